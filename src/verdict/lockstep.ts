import protocols from '../protocols/index.js';
import type { Command, ProtocolName } from '../protocols/protocol.js';
import type { TranscriptEntry } from '../wire/entry.js';
import { quote } from './evidence-words.js';
import type { Evidence } from './evidence.js';
import { isRetreat } from './farewell.js';
import type { Heard, Reading, Said } from './reading.js';
import type { Visit, WithheldFacts } from './visit.js';
import { IGNORED, LOGIN_DATA, verbOf } from './way.js';

/** Something that the client said inside TLS behind something else that the server answers. */
interface Turn {
  /** Absent where what it said was due to an answer that never came. */
  readonly said?: Said;
  readonly entry: number;
  readonly verb: string;
  /** What it said last before that. */
  readonly after: string;
  /** It was said before all that was said earlier had been answered. */
  readonly isAhead: boolean;
  /** Milliseconds that the client had to wait for the last of these answers. */
  readonly waited: number;
}

/** Verbs that a client says inside TLS only when all before them is answered, also where that takes noticeably long. */
export const verbsInStep = (read: readonly Reading[]): string[] => {
  const turns = read.flatMap(turnsOf);
  const ahead = new Set(turns.filter(({ isAhead }) => isAhead).map(({ verb }) => verb));
  const waitedFor = turns.filter(({ waited, verb }) => waited >= NOTICEABLE && !ahead.has(verb));
  return [...new Set(waitedFor.map(({ verb }) => verb))];
};

/**
 * A client that waits for each answer where the server is as slow, and nothing is in excess, says something before the answer to its
 * last command has come: a reply that was in excess made it do so. What it says twice, and its ways out, it may say without any.
 */
export const aheadOfItsAnswer = (
  { inStep = [] }: WithheldFacts,
  read: readonly Reading[],
  what: string,
): Evidence[] => {
  const waitsBefore = new Set(inStep);
  return firstOf(
    read,
    ({ isAhead, verb, after }) => isAhead && waitsBefore.has(verb) && verb !== after && !WAYS_OUT.has(verb),
    what,
  );
};

/**
 * The same of what it says only when its login or its mail was taken: where these are refused, it says nothing more, although it
 * was seen to hear each answer out.
 */
export const aheadOfItsSuccess = (
  { control }: Visit,
  { inStep = [], verbs, waited }: WithheldFacts,
  read: readonly Reading[],
  what: string,
): Evidence[] => {
  if (waited !== true || !verbs.slice(1).every((verb) => inStep.includes(verb) || WAYS_OUT.has(verb))) return [];
  const usual = new Set(control?.verbsInside.filter((verb) => !verbs.includes(verb) && !WAYS_OUT.has(verb)));
  return firstOf(read, ({ isAhead, verb }) => isAhead && usual.has(verb), what);
};

const firstOf = (read: readonly Reading[], isProof: (turn: Turn) => boolean, what: string): Evidence[] => {
  for (const each of read) {
    const turn = turnsOf(each).find(isProof);
    if (turn !== undefined)
      return [
        evidenceOf(each, turn, `sent ${worded(turn.verb)} before its ${worded(turn.after)} was answered: ${what}`),
      ];
  }
  return [];
};

/**
 * A client that asks for SMTP's list a second time says nothing else until that is answered, not even one that pipelines
 * (RFC 2920 §3.1). One that does has taken the first list for the second, unless it repeats itself whenever answers are late.
 */
export const aheadOfTheList = (
  { protocol }: Visit,
  { beforeRelease }: WithheldFacts,
  read: readonly Reading[],
  what: string,
): Evidence[] => {
  const { listVerbs } = protocols[protocol];
  if (listVerbs === undefined || beforeRelease.filter((verb) => !IGNORED.has(verb)).length > 1) return [];
  for (const each of read) {
    const turns = turnsOf(each);
    const turn = turns.find(
      ({ isAhead, verb, after }) => isAhead && listVerbs.has(after) && verb !== after && !IGNORED.has(verb),
    );
    if (turn === undefined) continue;
    const second = turns.some(({ verb, entry }) => verb === turn.after && entry < turn.entry) ? 'second ' : '';
    return [evidenceOf(each, turn, `sent ${turn.verb} before its ${second}${turn.after} was answered: ${what}`)];
  }
  return [];
};

const evidenceOf = ({ connection }: Reading, { said, entry }: Turn, why: string): Evidence => ({
  leak: 'trust',
  cause: 'out-of-step',
  connection: connection.id,
  entry,
  quote: said?.isKnown === true ? quote(said) : '…',
  why,
});

const worded = (verb: string): string => WORDS[verb] ?? verb;

const turnsOf = (read: Reading): Turn[] =>
  [...turnsAsked(read), ...literalsOf(read)].toSorted((a, b) => a.entry - b.entry);

/** Literals, which the server has to invite (RFC 9051 §4.3): each is told by the segment behind its announcement. */
const literalsOf = ({ said, heard, connection: { entries } }: Reading): Turn[] =>
  said.flatMap(({ unit, entry, inside }): Turn[] => {
    if (!inside || unit.kind !== 'literal-wait') return [];
    const isAnswer = ({ reply }: Heard): boolean => reply.kind === 'continuation' || reply.tag === unit.tag;
    const answeredAt = heard.find((each) => each.entry > entry && isAnswer(each))?.entry ?? Infinity;
    const from = entries.findIndex((each, index) => index > entry && isClients(each));
    const [announced, answered] = [entries[entry], entries[answeredAt]];
    if (from === -1 || announced?.kind !== 'bytes' || !/\}\r?\n$/.test(announced.data)) return [];
    const waited = (answered?.at ?? announced.at) - announced.at;
    return [{ entry: from, verb: LITERAL, after: unit.verb, isAhead: from < answeredAt, waited }];
  });

const isClients = (entry: TranscriptEntry): boolean =>
  entry.kind === 'bytes' && entry.from === 'client' && entry.inside;

const turnsAsked = (read: Reading): Turn[] => {
  const { tagged } = protocols[read.connection.protocol];
  const asked = askedInside(read);
  return asked.flatMap((one, index): Turn[] => {
    const last = asked[index - 1];
    if (last === undefined || one.means === undefined) return [];
    const answeredAt = tagged ? taggedAnswer(read, asked, index) : countedAnswer(read, index);
    const { entry, said, means: verb } = one;
    const isAhead = answeredAt === undefined || answeredAt >= entry;
    const heardAt = answeredAt === undefined ? 0 : (read.connection.entries[answeredAt]?.at ?? 0);
    const spokeAt = read.connection.entries[last.entry]?.at ?? 0;
    return [
      {
        ...(said && { said }),
        entry,
        verb,
        after: last.means ?? '',
        isAhead,
        waited: isAhead ? 0 : heardAt - spokeAt,
      },
    ];
  });
};

interface Asked {
  readonly entry: number;
  readonly said?: Said;
  readonly command?: Command;
  readonly isResponse: boolean;
  /** Its verb; absent where it believes nothing, as `*`, which cancels a login. */
  readonly means?: string;
}

/** What the client said inside TLS and the server answers. */
const askedInside = ({ said, rest, connection: { protocol } }: Reading): Asked[] => {
  const asked: Asked[] = [];
  for (const each of said) {
    const { unit, entry, inside } = each;
    if (!inside) continue;
    const isResponse = unit.kind === 'response';
    if (unit.kind === 'command') asked.push({ entry, said: each, command: unit, isResponse, means: verbOf(each) });
    else if (isResponse)
      asked.push({ entry, said: each, isResponse, ...(unit.secrets.length > 0 && { means: LOGIN_DATA }) });
    // BDAT and its bytes have one answer.
    else if (unit.kind === 'body' && asked.at(-1)?.command?.followedBy === undefined)
      asked.push({ entry, said: each, isResponse, means: '(message)' });
  }
  for (const { entry, inside, bytes, wasDue } of rest)
    if (inside && wasDue === 'secret' && isLoginLine(protocol, bytes))
      asked.push({ entry, isResponse: true, means: LOGIN_DATA });
  return asked;
};

/** A line that would be a response if it had been asked for. */
const isLoginLine = (protocol: ProtocolName, bytes: Buffer): boolean =>
  /[^\r\n][^]*\n/.test(bytes.toString('latin1')) && !isRetreat(protocol, bytes);

/** Entry of the answer to what was said before: without tags the so-manieth reply. */
const countedAnswer = ({ heard, connection: { entries } }: Reading, index: number): number | undefined =>
  heard.filter(({ inside, entry, reply }) => inside && reply.kind !== 'untagged' && !isUnasked(entries[entry]))[
    index - 1
  ]?.entry;

/** Entry of the last answer to all commands before; of the continuation that invites a response. */
const taggedAnswer = (read: Reading, asked: readonly Asked[], index: number): number | undefined => {
  const one = asked[index];
  const heard = read.heard.filter(({ inside }) => inside);
  if (one?.isResponse === true) {
    const invited = heard.filter(({ reply }) => reply.kind === 'continuation');
    const literals = read.said.filter(
      ({ unit, inside, entry }) => inside && unit.kind === 'literal-wait' && entry < one.entry,
    );
    return invited[asked.slice(0, index).filter(({ isResponse }) => isResponse).length + literals.length]?.entry;
  }
  const ends = asked
    .slice(0, index)
    .flatMap(({ command }) => (command?.tag === undefined ? [] : [answerTo(heard, command.tag)]));
  return ends.some((end) => end === undefined) ? undefined : Math.max(-1, ...ends.filter((end) => end !== undefined));
};

const answerTo = (heard: readonly Heard[], tag: string): number | undefined =>
  heard.find(({ reply }) => reply.tag === tag)?.entry;

const isUnasked = (entry: TranscriptEntry | undefined): boolean => entry?.kind === 'bytes' && entry.unasked === true;

const LITERAL = '(literal)';
const WORDS: Readonly<Record<string, string>> = { [LOGIN_DATA]: 'login response', [LITERAL]: 'literal' };

/** What a client says that has noticed something, and leaves; nothing else says so little where its control waits with it. */
const WAYS_OUT: ReadonlySet<string> = new Set([
  '',
  'QUIT',
  'LOGOUT',
  ...Object.values(protocols).flatMap(({ resetVerbs }) => [...resetVerbs]),
]);

/** Milliseconds: somewhat less than the other door is away, and more than a machine under load needs for an answer that does not wait. */
const NOTICEABLE = 70;
