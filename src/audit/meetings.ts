import { isIP } from 'node:net';
import { listenerKey, type Listener } from '../probes/listener.js';
import type { Target } from '../targets/target.js';
import type { ServerName, ServerNames } from './observer.js';
import type { AuditOptions } from './options.js';
import type { AddressPart } from './part.js';
import type { Candidate } from './plan.js';

/** A listener that a target led to. */
export interface Wanted {
  readonly listener: Listener;
  readonly target: Target;
  /** A refused port is a fact, not a fault. */
  readonly optional: boolean;
}

/** A listener with all names and targets that led to it. */
export interface Meeting {
  readonly listener: Listener;
  readonly names: [ServerName, ...ServerName[]];
  readonly wanted: Wanted[];
}

/** Each listener once, with all that led to it. */
export const meetingsOf = (
  known: readonly Wanted[],
  options: Pick<AuditOptions, 'servername' | 'names'>,
): Meeting[] => {
  const merged = new Map<string, Meeting>();
  for (const candidate of known) {
    const { listener } = candidate;
    const key = listenerKey(listener);
    const [first, ...more] = namesOf(candidate, options);
    const meeting = merged.get(key) ?? { listener, names: [first], wanted: [] };
    merged.set(key, meeting);
    meeting.wanted.push(candidate);
    for (const name of [first, ...more])
      if (!meeting.names.some(({ servername }) => servername === name.servername)) meeting.names.push(name);
  }
  return [...merged.values()];
};

/** The names to ask for because of this candidate: its own, where it has one, and those that the user wants everywhere. */
export const namesOf = (
  { target }: Pick<Candidate, 'target'>,
  { servername, names = [] }: Pick<AuditOptions, 'servername' | 'names'>,
): [ServerName, ...ServerName[]] => {
  const { host, text } = target;
  const own: ServerName = { servername: servername ?? host, host, target: text };
  const [first, ...more] = names.map((name): ServerName => ({
    servername: name,
    host: name,
    target: text,
    isExtra: true,
  }));
  // An address is no name to ask for, if there is a better one.
  if (first === undefined) return [own];
  return isIP(own.servername) === 0 ? [own, first, ...more] : [first, ...more];
};

/** What is said of the listener as a whole is said under the first name; which others it holds for is told apart. */
export const alsoNamed = (
  { address, port }: Listener,
  [first, ...more]: ServerNames,
  wanted: readonly Wanted[],
): AddressPart['alsoNamed'][number][] => {
  const others = [
    ...more.map(({ target, host }) => ({ target, host })),
    ...wanted.map(({ target }) => ({ target: target.text, host: target.host })),
  ];
  const found: AddressPart['alsoNamed'][number][] = [];
  const told = new Set([`${first.target} ${first.host}`]);
  for (const { target, host } of others) {
    const key = `${target} ${host}`;
    // With names for all, a target is its names.
    if (told.has(key) || (isIP(host) !== 0 && first.isExtra === true)) continue;
    told.add(key);
    found.push({ target, host, address, port, as: first.host });
  }
  return found;
};
