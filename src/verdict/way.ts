import protocols from '../protocols/index.js';
import type { Reading, Said } from './reading.js';

/** One step of a client inside TLS: what it said, or what the server took of it. */
export interface Step {
  /** `AUTH PLAIN`, `(login data)`, `(logged in)`. */
  readonly name: string;
  /** Absent where the step is the server's. */
  readonly said?: Said;
}

/** How a connection went inside TLS; repetitions and ways out are no steps. */
export const wayOf = ({ said, accepted }: Reading): Step[] => {
  const steps: Step[] = [];
  const add = (step: Step): void => {
    if (steps.at(-1)?.name !== step.name) steps.push(step);
  };
  for (const [index, each] of said.entries()) {
    const name = nameOf(each, said[index + 1]);
    if (each.inside && name !== undefined) add({ name, said: each });
    for (const { what, inside, after } of accepted)
      if (inside && after === index + 1) add({ name: what === 'login' ? LOGGED_IN : MAIL_TAKEN });
  }
  return steps;
};

/** A connection that says nothing inside TLS goes no way. */
export const waysOf = (read: readonly Reading[]): Step[][] => read.map(wayOf).filter((steps) => steps.length > 0);

const nameOf = (said: Said, next: Said | undefined): string | undefined => {
  const { unit } = said;
  switch (unit.kind) {
    case 'command':
      return IGNORED.has(verbOf(said)) ? undefined : [verbOf(said), unit.mechanism ?? ''].join(' ').trim();
    case 'response':
      // DONE, which ends IDLE, is no step: when it comes the server decides.
      return unit.moment === 'other' ? undefined : LOGIN_DATA;
    case 'body':
      return '(message)';
    case 'literal-wait':
      // The command whose literal is not waited for, or not invited; a login that is begun so is told by its mechanism.
      return unit.moment === 'login' || isCompletedBy(unit.tag, next) ? undefined : unit.verb;
    case 'oversize':
      return undefined;
  }
};

const isCompletedBy = (tag: string, next: Said | undefined): boolean =>
  next?.unit.kind === 'command' && next.unit.tag === tag;

/**
 * The verb of what was said; empty for what has none. A line that grammar does not know gets no name: it may be the answer to
 * a question that only injected data asked, and so a secret.
 */
export const verbOf = ({ unit, isKnown }: Said): string => {
  if (unit.kind === 'response') return LOGIN_DATA;
  if (unit.kind !== 'command') return '';
  return isKnown || unit.raw.toString('latin1').trim() === '' ? unit.verb : UNKNOWN;
};

export const LOGIN_DATA = '(login data)';
const UNKNOWN = '(another line)';
export const LOGGED_IN = '(logged in)';
const MAIL_TAKEN = '(message taken)';

/** What is no step in any protocol; what has no verb is none either. */
export const IGNORED: ReadonlySet<string> = new Set([
  '',
  ...Object.values(protocols).flatMap(({ aimlessVerbs }) => [...aimlessVerbs]),
]);

/** Where a client left the way that it goes when nothing is injected. */
export interface Departure {
  /** What it did instead; absent where it only stopped. */
  readonly step?: Step;
  /** The last thing that both have in common. */
  readonly last?: Step;
  /** What the control did here; absent where it had stopped. */
  readonly usual?: string;
  /** Both were logged in before: what follows depends on more than what was believed. */
  readonly isLate: boolean;
}

/** The same steps up to the login, and the same kinds of steps after it: folders are read in threads, in any order. */
const isSameWay = (one: readonly string[], other: readonly string[]): boolean => {
  const [before, after] = parted(one);
  const [usualBefore, usualAfter] = parted(other);
  return same(before, usualBefore) && same(kindsOf(after), kindsOf(usualAfter));
};

/** What comes up to the accepted login, and what comes after it. */
const parted = (names: readonly string[]): [before: readonly string[], after: readonly string[]] => {
  const end = names.indexOf(LOGGED_IN) + 1;
  return end === 0 ? [names, []] : [names.slice(0, end), names.slice(end)];
};

const kindsOf = (names: readonly string[]): string[] => [...new Set(names)].toSorted();

const same = (one: readonly string[], other: readonly string[]): boolean => one.join('\n') === other.join('\n');

/** The first of the ways that is none of the control's, and where it left the one that is most like it. */
export const departure = (ways: readonly Step[][], usual: readonly (readonly string[])[]): Departure | undefined => {
  for (const way of ways) {
    const names = way.map(({ name }) => name);
    if (usual.some((each) => isSameWay(names, each))) continue;
    const common = usual.map((each) => {
      const at = names.findIndex((name, index) => name !== each[index]);
      return { each, at: at === -1 ? names.length : at };
    });
    const { each, at } = common.toSorted((a, b) => b.at - a.at)[0] ?? { each: [], at: 0 };
    const step = way.slice(at).find(({ said }) => said !== undefined);
    const last = way.slice(0, at).findLast(({ said }) => said !== undefined);
    return {
      ...(step && { step }),
      ...(last && { last }),
      ...(each[at] !== undefined && { usual: each[at] }),
      isLate: names.slice(0, at).includes(LOGGED_IN),
    };
  }
  return undefined;
};
