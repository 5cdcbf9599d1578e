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
  /** `stale`: its day has passed. `unexpectedly-good`: what was accepted no longer happens. */
  readonly state: 'expected' | 'stale' | 'unexpectedly-good';
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

/** What the list says of a result; undefined where it says nothing, or something milder than what happened. `today` is `2026-01-31`. */
export const knownState = (
  list: readonly Known[],
  key: string,
  status: string,
  today: string,
): KnownState | undefined => {
  const matching = list.filter((known) => covers(known.case, key));
  const same = matching.find((known) => known.status === status);
  if (same !== undefined)
    return { reason: same.reason, state: same.until !== undefined && same.until < today ? 'stale' : 'expected' };
  const better = matching.find((known) => BADNESS.indexOf(status) < BADNESS.indexOf(known.status) && GOOD.has(status));
  return better === undefined ? undefined : { reason: better.reason, state: 'unexpectedly-good' };
};

/** Entries that meant none of the cases that were run. */
export const unusedKnown = (list: readonly Known[], keys: readonly string[]): Known[] =>
  list.filter((known) => !keys.some((key) => covers(known.case, key)));

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
