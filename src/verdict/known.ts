import picomatch from 'picomatch';
import Type, { type Static } from 'typebox';
import { Errors } from 'typebox/value';
import { Fault } from '../fault.js';

const Status = Type.Enum(['unsafe', 'downgradable', 'inconclusive', 'not-applicable', 'fail', 'warn', 'info']);

export const KnownModel = Type.Object(
  {
    case: Type.String({
      minLength: 1,
      description: 'Glob over case keys, such as starttls-refused/*@smtp+starttls#server',
    }),
    status: Status,
    reason: Type.String({ minLength: 1, description: 'Why it is accepted' }),
    until: Type.Optional(
      Type.String({ pattern: String.raw`^\d{4}-\d{2}-\d{2}$`, description: 'Last day on which it is accepted' }),
    ),
  },
  { additionalProperties: false },
);

export const KnownListModel = Type.Array(KnownModel);

/** A result that is accepted for a reason, perhaps for a time. */
export type Known = Static<typeof KnownModel>;

/** What a known result says of an actual one. */
export interface KnownState {
  readonly reason: string;
  /** `stale`: acceptance expired. `unexpectedly-good`: what was accepted no longer happens. */
  readonly state: 'expected' | 'stale' | 'unexpectedly-good';
  /** The last day of acceptance, where that is past. */
  readonly until?: string;
}

/** Reads a file of known results; `name` is for messages. Throws `BAD_USAGE` that says which entry is wrong and how. */
export const parseKnown = (text: string, name: string): Known[] => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Fault(
      'BAD_USAGE',
      `${name} is not JSON (${error instanceof Error ? error.message.slice(0, 120) : 'unreadable'}); expected ${SHAPE}`,
    );
  }
  const [wrong] = Errors(KnownListModel, value);
  if (wrong !== undefined)
    throw new Fault(
      'BAD_USAGE',
      `${name}: ${wrong.instancePath === '' ? 'the document' : wrong.instancePath} ${wrong.message}; expected ${SHAPE}`,
    );
  const list = value as Known[];
  const impossible = list.findIndex(({ until }) => until !== undefined && !isDay(until));
  if (impossible !== -1)
    throw new Fault(
      'BAD_USAGE',
      `${name}: /${String(impossible)}/until is no day of the calendar; expected a date such as 2027-01-31`,
    );
  return list;
};

/** What the known results are held against. */
export interface Judged {
  /** Key of the case. */
  readonly case: string;
  readonly status: string;
}

/**
 * What the list says of each result, in their order; undefined where it says nothing, or something milder than what happened.
 * A glob that still matches what it was written for says nothing about the other results that it matches. `today` is `2026-01-31`.
 */
export const knownStates = (
  list: readonly Known[],
  results: readonly Judged[],
  today: string,
): (KnownState | undefined)[] => {
  const obsolete = new Set(list.filter((known) => isObsolete(known, results)));
  return results.map((result) => {
    const matching = list.filter((known) => covers(known.case, result.case));
    const same = matching.find((known) => known.status === result.status);
    if (same !== undefined) {
      const { reason, until } = same;
      return until !== undefined && until < today ? { reason, state: 'stale', until } : { reason, state: 'expected' };
    }
    const better = matching.find((known) => obsolete.has(known) && isBetter(result.status, known.status));
    return better === undefined ? undefined : { reason: better.reason, state: 'unexpectedly-good' };
  });
};

/** One sentence for each entry that should go: it matched nothing, and no case that was `leftOut`, or nothing that it matches is bad any more. */
export const knownNotes = (
  list: readonly Known[],
  results: readonly Judged[],
  { isPartial, leftOut = [] }: { readonly isPartial: boolean; readonly leftOut?: readonly string[] },
): string[] =>
  list.flatMap((known) => {
    const name = JSON.stringify(known.case);
    const matched = results.filter((result) => covers(known.case, result.case));
    if (matched.length === 0)
      return isPartial || leftOut.some((key) => covers(known.case, key))
        ? []
        : [`known result ${name} matched no result: correct its "case", or remove the entry`];
    if (!isObsolete(known, results)) return [];
    const now = [...new Set(matched.map(({ status }) => status))].filter((status) => isBetter(status, known.status));
    return [`known result ${name} is listed as ${known.status} but is now ${now.join(' or ')}: remove the entry`];
  });

/** Something that the entry matches is better than listed, and nothing is as bad, worse or unobserved. */
const isObsolete = (known: Known, results: readonly Judged[]): boolean => {
  const statuses = results.filter((result) => covers(known.case, result.case)).map(({ status }) => status);
  return (
    statuses.some((status) => isBetter(status, known.status)) &&
    statuses.every((status) => isBetter(status, known.status) || status === 'not-applicable')
  );
};

const isBetter = (status: string, listed: string): boolean =>
  GOOD.has(status) && BADNESS.indexOf(status) < BADNESS.indexOf(listed);

/** As `--scenario` chooses: the whole key, the case without protocol and mode, or the id alone, which means its variants too. */
const covers = (glob: string, key: string): boolean => {
  const isMatch = picomatch(glob, { dot: true, nonegate: true, noextglob: true });
  const [name = key] = key.split('@');
  return [key, name, name.split('/')[0] ?? name].some((each) => each === glob || isMatch(each));
};

const isDay = (text: string): boolean => {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
};

const SHAPE = '[{ "case": "glob", "status": "unsafe", "reason": "…", "until": "2027-01-31" }]';
/** From good to bad. */
const BADNESS = ['safe', 'pass', 'info', 'warn', 'downgradable', 'fail', 'unsafe'];
const GOOD: ReadonlySet<string> = new Set(['safe', 'pass', 'downgradable', 'warn', 'info']);
