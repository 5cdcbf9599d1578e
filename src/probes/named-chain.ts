import type { ChainFacts } from '../tls/inspect-chain.js';
import type { RevocationStatus } from '../tls/ocsp.js';
import type { Place } from './place.js';

/** The chain that is presented to a client which asks for this name, as it came on the wire. */
export interface NamedChain {
  readonly name: string;
  readonly chain: ChainFacts;
  /** The handshake. */
  readonly at: Place;
  /** What the stapled OCSP response says; absent where none was stapled. */
  readonly staple?: RevocationStatus;
  /** TLS version under which it was sent; TLS 1.3 shows it to the two ends of the connection only. */
  readonly version: string;
}

/** No chain was presented under this name, though one is under another. */
export interface NoChain {
  readonly name: string;
  /** Why, as the end of a sentence. */
  readonly failure: string;
}

/** What came of a handshake under one name. */
export type NamedHandshake = NamedChain | NoChain;
