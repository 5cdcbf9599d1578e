import { Fault, isFault } from '../fault.js';
import type { Route } from '../probes/route.js';
import { overwritten, placesOf } from '../verdict/sweep.js';
import { printable } from '../wire/printable.js';
import { Transcript } from '../wire/transcript.js';
import type { Journal } from './journal.js';

/** Overwrites a secret in every text of a value; what is no text, list or plain object stays as it is. */
export type Sweep = <T>(value: T) => T;

/**
 * A proxy, or what stands behind it, knows the password that waxseal logs in with there, and may repeat it: nothing of an audit tells
 * it. Undefined where no password was given.
 */
export const routeSweep = ({ proxy }: Route = {}): Sweep | undefined => {
  const password = proxy?.login?.password;
  if (password === undefined || password === '') return undefined;
  const bytes = Buffer.from(password).toString('latin1');
  const values = [...new Set([bytes, password, printable(bytes), encodeURIComponent(password)])];
  const places = placesOf(values, { pieces: values });
  const known = new WeakMap<object, unknown>();
  const swept = (value: unknown): unknown => {
    if (typeof value === 'string') return overwritten(value, places.in(value));
    if (typeof value !== 'object' || value === null) return value;
    if (!known.has(value)) known.set(value, sweptObject(value));
    return known.get(value);
  };
  const sweptObject = (value: object): unknown => {
    if (Array.isArray(value)) return value.map(swept);
    if (value instanceof Transcript) return { entries: swept(value.entries) };
    if (isFault(value)) return new Fault(value.code, overwritten(value.message, places.in(value.message)), value);
    return Object.getPrototypeOf(value) === Object.prototype
      ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, swept(each)]))
      : value;
  };
  // A copy of the same shape, which the type system cannot follow through every level.
  return (value) => swept(value) as typeof value;
};

/** A journal to which nothing is written before it was swept. */
export const sweptJournal = (journal: Journal, sweep: Sweep): Journal => ({
  seed: journal.seed,
  startedAt: journal.startedAt,
  get lastConnection() {
    return journal.lastConnection;
  },
  part: (address, depth) => journal.part(address, depth),
  namedAt: (listener) => journal.namedAt(listener),
  loginsAt: (address) => journal.loginsAt(address),
  addPart: (part, depth) => {
    journal.addPart(sweep(part), depth);
  },
  addNamed: (listener, record) => {
    journal.addNamed(listener, sweep(record));
  },
  addLogin: (address, change) => {
    journal.addLogin(address, change);
  },
});
