import type { MailHost } from '../../mail/mail-host.js';
import { latin1 } from '../text.js';
import { listing } from './capabilities.js';

/** A mail as POP3 shows it. */
export interface DroppedMail {
  readonly uid: string;
  /** Octets. */
  readonly size: number;
  content(): Buffer;
}

/** The mail that waits for each connection, where mailboxes are not shared. */
export const ownMail = ({ message, nonce }: { readonly message: Buffer; readonly nonce: string }): DroppedMail => {
  const whole = message.subarray(-2).equals(CRLF) ? message : Buffer.concat([message, CRLF]);
  return { uid: nonce, size: whole.length, content: () => whole };
};

/** A shared inbox as it is now; what is deleted goes when the client leaves with QUIT (RFC 1939 §6). */
export const sharedDrop = (host: MailHost): Maildrop => {
  const { inbox } = host;
  const mails = inbox.mails.map((mail) => ({
    uid: `${inbox.uidValidity}.${mail.uid}`,
    size: mail.size,
    content: () => mail.content(),
    mail,
  }));
  return new Maildrop(mails, (deleted) => {
    const gone = new Set(mails.filter((each) => deleted.has(each)).map(({ mail }) => mail));
    if (gone.size > 0) host.take(inbox, (mail) => gone.has(mail));
  });
};

/** The mailbox of one connection: its messages keep their numbers as long as it lasts. */
export class Maildrop {
  readonly #mails: readonly DroppedMail[];
  readonly #onLeave: (deleted: ReadonlySet<DroppedMail>) => void;
  readonly #deleted = new Set<DroppedMail>();
  #last = 0;

  constructor(mails: readonly DroppedMail[], onLeave: (deleted: ReadonlySet<DroppedMail>) => void = () => undefined) {
    this.#mails = mails;
    this.#onLeave = onLeave;
  }

  stat(): Buffer {
    const left = this.#left();
    return latin1(`+OK ${left.length} ${left.reduce((sum, { mail }) => sum + mail.size, 0)}\r\n`);
  }

  /** LIST and UIDL, of all messages or of one. */
  list(number: string | undefined, about: 'size' | 'uid'): Buffer {
    const entry = (index: number, mail: DroppedMail): string => `${index} ${about === 'size' ? mail.size : mail.uid}`;
    if (number === undefined) {
      const left = this.#left();
      return listing(
        `+OK ${left.length} messages`,
        left.map(({ mail, index }) => entry(index, mail)),
      );
    }
    const mail = this.#find(number);
    return mail === undefined ? NO_SUCH : latin1(`+OK ${entry(Number(number), mail)}\r\n`);
  }

  /** The message, or its header and the first `lines` lines of its body. */
  retrieve(number: string | undefined, lines = Infinity): Buffer {
    const mail = this.#find(number);
    if (mail === undefined) return NO_SUCH;
    this.#last = Math.max(this.#last, Number(number));
    const all = mail.content().toString('latin1').split('\r\n');
    if (all.at(-1) === '') all.pop();
    const body = all.indexOf('') + 1;
    return listing(`+OK ${mail.size} octets`, body === 0 ? all : all.slice(0, body + lines));
  }

  remove(number: string | undefined): Buffer {
    const mail = this.#find(number);
    if (mail === undefined) return NO_SUCH;
    this.#deleted.add(mail);
    return latin1('+OK Marked to be deleted\r\n');
  }

  restore(): Buffer {
    this.#deleted.clear();
    this.#last = 0;
    return latin1('+OK\r\n');
  }

  /** LAST of RFC 1460: the highest message that was seen. */
  last(): Buffer {
    return latin1(`+OK ${this.#last}\r\n`);
  }

  /** The client says goodbye. */
  leave(): void {
    this.#onLeave(this.#deleted);
  }

  #left(): { readonly mail: DroppedMail; readonly index: number }[] {
    return this.#mails.flatMap((mail, index) => (this.#deleted.has(mail) ? [] : [{ mail, index: index + 1 }]));
  }

  #find(number: string | undefined): DroppedMail | undefined {
    const mail = number !== undefined && /^\d{1,9}$/.test(number) ? this.#mails[Number(number) - 1] : undefined;
    return mail !== undefined && !this.#deleted.has(mail) ? mail : undefined;
  }
}

const CRLF = latin1('\r\n');
const NO_SUCH = latin1('-ERR There is no such message\r\n');
