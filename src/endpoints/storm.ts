import type { ClientUnit } from '../protocols/protocol.js';

/** A client that says the same again and again. */
export interface Storm {
  /** The verb, or what was sent in its place. */
  readonly of: string;
  readonly count: number;
  /** Milliseconds. */
  readonly ms: number;
}

/** Counts what a client says on one connection: hundreds of equal commands in a few seconds are a storm, not a dialogue. A busy machine needs seconds for what an idle one does in 30 ms. */
export class StormWatch {
  readonly #counts = new Map<string, { since: number; count: number }>();

  /** Counts anew: a client that hands over one mail after the other says the same with each. */
  forget(): void {
    this.#counts.clear();
  }

  /** Counts one unit; `now` in milliseconds. Returns the storm that it completes. */
  heard(unit: ClientUnit, now: number): Storm | undefined {
    // A message is as long as it likes, and no two need be alike.
    if (unit.kind !== 'command' && unit.kind !== 'response') return undefined;
    const key = unit.kind === 'command' ? `${unit.verb} ${unit.args.join(' ')}`.slice(0, LONGEST_KEY) : 'login data';
    const known = this.#counts.get(key);
    const current = known === undefined || now - known.since > WINDOW ? { since: now, count: 0 } : known;
    current.count += 1;
    this.#counts.delete(key);
    this.#counts.set(key, current);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > MOST_KEYS && oldest !== undefined) this.#counts.delete(oldest);
    if (current.count < MOST_EQUAL) return undefined;
    const of = unit.kind === 'command' ? unit.verb || 'an unknown command' : 'a login';
    return { of: of.slice(0, 40), count: current.count, ms: Math.round(now - current.since) };
  }
}

const MOST_EQUAL = 200;
/** Milliseconds. */
const WINDOW = 5000;
const MOST_KEYS = 64;
const LONGEST_KEY = 200;
