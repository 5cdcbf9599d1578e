import type { KeyObject } from 'node:crypto';
import type { ClientHelloFacts } from './client-hello.js';

/** What a server shows and signs with in a handshake that is made by hand. */
export interface HandmadeCredential {
  /** DER, leaf first. */
  readonly certificates: readonly Buffer[];
  /** RSA. */
  readonly key: KeyObject;
}

/** What a script knows when it makes a flight. */
export interface ScriptContext extends HandmadeCredential {
  readonly hello: ClientHelloFacts;
  /** The ClientHello as a handshake message, without the headers of its records. */
  readonly helloMessage: Buffer;
  /** 1 for the client's first ClientHello of the handshake. */
  readonly round: number;
}

/** This ClientHello leaves no room for what the script does; a sentence says why. */
export interface Unfit {
  readonly unfit: string;
}

/** A server's side of a handshake that is made by hand: answers each ClientHello with records, and is never finished. */
export type HandshakeScript = (context: ScriptContext) => Buffer | Unfit;
