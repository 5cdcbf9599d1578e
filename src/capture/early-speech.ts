import protocols from '../protocols/index.js';
import type { Protocol } from '../protocols/protocol.js';
import type { Party } from '../wire/entry.js';
import { firstLine, greets, placeOf, protocolBySpeech, speaks } from './found-protocol.js';

/** A piece of what was said on a captured connection; `at` in milliseconds since 1970. */
export interface SpokenText {
  readonly from: Party;
  readonly bytes: Buffer;
  /** Inside TLS. */
  readonly inside: boolean;
  readonly at: number;
}

/** What was said on a connection before its protocol was known, and what it tells of the protocol. */
export class EarlySpeech {
  readonly #usual: Protocol | undefined;
  #texts: SpokenText[] = [];
  #size = 0;

  /** @param port the server's, whose usual protocol is likeliest */
  constructor(port: number) {
    const place = placeOf(port);
    this.#usual = place && protocols[place.protocol];
  }

  /** Bytes. */
  get size(): number {
    return this.#size;
  }

  add(text: SpokenText): void {
    this.#texts.push(text);
    this.#size += text.bytes.length;
  }

  /** All that was said, which is not kept any longer. */
  take(): readonly SpokenText[] {
    const texts = this.#texts;
    this.#texts = [];
    this.#size = 0;
    return texts;
  }

  /** The protocol; `none` where it is no mail; undefined while more must be known. `isGappy`: bytes of the connection are missing. */
  protocol(isGappy: boolean): Protocol | 'none' | undefined {
    const server = firstLine(this.#texts, 'server');
    const client = firstLine(this.#texts, 'client');
    const usual = this.#usual;
    // On a usual port one of both lines is enough, and where bytes are missing none is needed.
    if (usual !== undefined && (isGappy || isLikely(usual, server, client))) return usual;
    const found = protocolBySpeech(server, client);
    if (typeof found === 'object') return found;
    const isDecided = found === 'none' && (usual === undefined || client !== undefined);
    return isDecided || this.#size > MOST_BYTES || this.#texts.length > MOST_PIECES ? 'none' : undefined;
  }

  /** No more will come: on a usual port, what was left unanswered counts as that port's protocol. */
  protocolAtLast(): Protocol | undefined {
    return firstLine(this.#texts, 'server') === undefined && this.#texts.length > 0 ? this.#usual : undefined;
  }
}

const isLikely = (usual: Protocol, server: string | undefined, client: string | undefined): boolean => {
  if (server === undefined) return false;
  if (greets(usual, server)) return true;
  return client !== undefined && speaks(usual, client) && protocolBySpeech(server, client) === 'none';
};

const MOST_BYTES = 4096;
const MOST_PIECES = 64;
