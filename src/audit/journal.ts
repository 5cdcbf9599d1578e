import type { Depth } from '../probes/depth.js';
import type { NamedHandshake } from '../probes/named-chain.js';
import type { Observation } from './observer.js';
import type { AddressPart } from './part.js';

/** What was found out under one further name, with the connection that shows it. */
export interface NamedRecord {
  readonly outcome: NamedHandshake;
  readonly connection?: Observation;
}

/** What an audit has done so far, kept so that a later run goes on where this one ends. */
export interface Journal {
  /** The seed of the run that began the audit. */
  readonly seed: string;
  /** When that was, ISO 8601. */
  readonly startedAt: string;
  /** The highest number of a connection so far; 0 where there was none. */
  readonly lastConnection: number;
  /** What an address gave at this depth, where it was done. */
  part(address: string, depth: Depth): AddressPart | undefined;
  /** What is known of a listener (`listenerKey`) under further names. */
  namedAt(listener: string): readonly NamedRecord[];
  /** Login attempts at an address in the last ten minutes. */
  loginsAt(address: string): number;
  addPart(part: AddressPart, depth: Depth): void;
  addNamed(listener: string, record: NamedRecord): void;
  addLogin(address: string, change: 1 | -1): void;
}
