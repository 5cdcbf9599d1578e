import { latin1 } from '../text.js';
import { listing } from './capabilities.js';

/** The mailbox of one visit: one message, whose deletion lasts as long as the connection. */
export class Maildrop {
  readonly #message: Buffer;
  readonly #uid: string;
  #deleted = false;
  #last = 0;

  constructor(message: Buffer, uid: string) {
    this.#message = message.subarray(-2).equals(CRLF) ? message : Buffer.concat([message, CRLF]);
    this.#uid = uid;
  }

  stat(): Buffer {
    return latin1(`+OK ${this.#deleted ? '0 0' : `1 ${this.#message.length}`}\r\n`);
  }

  /** LIST and UIDL, of all messages or of one. */
  list(number: string | undefined, about: 'size' | 'uid'): Buffer {
    const entry = `1 ${about === 'size' ? this.#message.length : this.#uid}`;
    if (number === undefined) return listing(`+OK ${this.#deleted ? 0 : 1} messages`, this.#deleted ? [] : [entry]);
    return this.#has(number) ? latin1(`+OK ${entry}\r\n`) : NO_SUCH;
  }

  /** The message, or its header and the first `lines` lines of its body. */
  retrieve(number: string | undefined, lines = Infinity): Buffer {
    if (!this.#has(number)) return NO_SUCH;
    this.#last = 1;
    const all = this.#message.toString('latin1').split('\r\n').slice(0, -1);
    const body = all.indexOf('') + 1;
    return listing(`+OK ${this.#message.length} octets`, body === 0 ? all : all.slice(0, body + lines));
  }

  remove(number: string | undefined): Buffer {
    if (!this.#has(number)) return NO_SUCH;
    this.#deleted = true;
    return latin1('+OK Marked to be deleted\r\n');
  }

  restore(): Buffer {
    this.#deleted = false;
    this.#last = 0;
    return latin1('+OK\r\n');
  }

  /** LAST of RFC 1460: the highest message that was seen. */
  last(): Buffer {
    return latin1(`+OK ${this.#last}\r\n`);
  }

  #has(number: string | undefined): boolean {
    return number !== undefined && /^0*1$/.test(number) && !this.#deleted;
  }
}

const CRLF = latin1('\r\n');
const NO_SUCH = latin1('-ERR There is no such message\r\n');
