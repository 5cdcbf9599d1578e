import protocols from '../protocols/index.js';
import { leaks, type Evidence } from './evidence.js';
import { quote } from './evidence-words.js';
import { judgeBy, listNeverRead, type Judge } from './judgement.js';
import { insideVerbs, isAfterRelease, patienceOf, reportsFailure, verbsBeforeRelease } from './comparison.js';
import { aheadOfItsAnswer, aheadOfTheList } from './lockstep.js';
import type { Reading, Said } from './reading.js';
import type { ConnectionRecord, Visit, WithheldFacts } from './visit.js';
import { unseenReport } from './told.js';
import { departure, IGNORED, LOGGED_IN, verbOf, waysOf } from './way.js';

/**
 * The judge of response injection (verdicts.md, "Evidence" 3): which of two answers the client believed shows in what it does,
 * compared with the same silence and nothing injected.
 */
export const believesNothingInjected: Judge = judgeBy(
  (visit, read) => [...leaks(visit, read), ...beliefs(visit, read)],
  {
    doubts: (visit, read) =>
      waitsForNothing(visit, read) ??
      brooded(visit, read) ??
      strayed(visit, read) ??
      succeeded(visit, read) ??
      ignoresRefusal(visit, read),
  },
);

/**
 * The judge of capabilities that were listed before TLS and are not inside: a client goes by the old list if it logs in with
 * what only that one offered, skips a question that it asked in its control, or else goes another way than there.
 */
export const followsTheListInside: Judge = judgeBy(
  (visit, read) => [
    ...leaks(visit, read),
    ...(visit.withheld === undefined ? [] : goesByTheOldList(visit.withheld, read)),
  ],
  {
    bait: listNeverRead,
    doubts: (visit, read) => noComparison(visit, read) ?? unaskedLogin(visit, read) ?? strayed(visit, read),
  },
);

/** Goes by a list from before TLS if it logs in with what that list alone offered; it could log in as usual. */
export const choosesFromTheListInside: Judge = judgeBy(
  (visit, read) => [
    ...leaks(visit, read),
    ...(visit.withheld === undefined ? [] : usedMechanism(visit.withheld, read)),
  ],
  {
    bait: listNeverRead,
    doubts: (visit, read) => noComparison(visit, read) ?? unaskedLogin(visit, read) ?? strayed(visit, read),
  },
);

const goesByTheOldList = (withheld: WithheldFacts, read: readonly Reading[]): Evidence[] => {
  // Where no login is offered inside TLS, a careful client leaves without a word: one that logs in all the same heard of it before.
  if (!spokeInside(withheld)) return withheld.stopped === true ? [] : usedMechanism(withheld, read);
  return [...otherFirstCommand(withheld, read), ...usedMechanism(withheld, read), ...otherWay(withheld, read)].slice(
    0,
    1,
  );
};

const beliefs = (visit: Visit, read: readonly Reading[]): Evidence[] => {
  const { withheld } = visit;
  if (withheld === undefined) return [];
  if (!spokeInside(withheld)) return withheld.waited === true ? brokeSilence(visit, withheld, read) : [];
  return [
    ...earlyCommand(visit, withheld, read),
    ...(speaksUnasked(visit, withheld) ? [] : otherFirstCommand(withheld, read)),
    ...usedMechanism(withheld, read),
    ...otherWay(withheld, read),
    ...(isOneAhead(read)
      ? [...aheadOfTheList(visit, withheld, read, COUNTED), ...aheadOfItsAnswer(withheld, read, COUNTED)]
      : []),
  ].slice(0, 1);
};

const COUNTED = 'text from before TLS was taken for an answer';

/** It said more than one thing while the first answer was withheld, so that the answers came one by one afterwards. */
const isOneAhead = (read: readonly Reading[]): boolean => read.some((each) => verbsBeforeRelease([each]).length > 1);

/** Its control heard the same answers out and left without a word: what makes it speak here is the injected data. */
const brokeSilence = (visit: Visit, withheld: WithheldFacts, read: readonly Reading[]): Evidence[] =>
  [...earlyCommand(visit, withheld, read), ...otherWay(withheld, read)].slice(0, 1);

/** Something else than in the control: what the server says inside TLS is the same. */
export const otherWay = ({ ways: usual, waited }: WithheldFacts, read: readonly Reading[]): Evidence[] => {
  const left = usual === undefined ? undefined : departure(waysOf(read), usual);
  if (left?.step?.said === undefined || left.isLate) return [];
  const { name, said } = left.step;
  // A patience that is about as long as ours ends before the answers come in one visit, and after them in another.
  const hadLeft = left.usual === undefined && waited !== true;
  if (hadLeft && read.some((each) => each.said.includes(said) && isAfterRelease(each, said))) return [];
  const calm = left.usual === undefined ? 'disconnects' : `sends ${spoken(left.usual)}`;
  return evidenceOf(
    read,
    (one) => one === said,
    `sent ${spoken(name)}: it believed text from before TLS; without that text this client ${calm}`,
  );
};

/** A step in words: the login command of a protocol is named once (`LOGIN`, not `LOGIN LOGIN command`). */
const spoken = (step: string): string => {
  const [verb = '', ...mechanism] = step.split(' ');
  return mechanism.join(' ').split(/[ /]/).includes(verb) ? verb : step;
};

/** It stopped where its control goes on, or took another way once it was logged in: something was believed, or something else went wrong. */
const strayed = ({ withheld }: Visit, read: readonly Reading[]): string | undefined => {
  if (withheld?.waited === true && read.some((each) => patienceOf(each) === 'left'))
    return 'the client disconnected while answers were withheld; without injected data it waits for them';
  const left = withheld?.ways === undefined ? undefined : departure(waysOf(read), withheld.ways);
  if (left === undefined) return undefined;
  const here = left.step === undefined ? 'disconnected' : `sent ${left.step.name}`;
  return `after ${left.last?.name ?? 'the handshake'} the client ${here}; without injected data it ${left.usual === undefined ? 'disconnects' : `sends ${left.usual}`}`;
};

/** It stayed inside TLS without a word, where it speaks otherwise: it may have waited for more of what it had read in clear. */
const brooded = ({ withheld }: Visit, read: readonly Reading[]): string | undefined => {
  if (withheld === undefined || !spokeInside(withheld) || insideVerbs(read).length > 0) return undefined;
  for (const { connection } of read) {
    const begun = connection.entries.find((entry) => entry.kind === 'boundary' && entry.completed);
    const left = connection.entries.findLast((entry) => entry.kind === 'end' && entry.by === 'client');
    const silence = begun === undefined || left === undefined ? 0 : left.at - begun.at;
    if (silence > BROODING)
      return `the client said nothing inside TLS for ${String(Math.round(silence / 100) / 10)} s and left; without injected data it speaks there`;
  }
  return undefined;
};

/** Milliseconds; who has noticed what was slipped in leaves sooner. */
const BROODING = 2000;

/** A client that only logs in and leaves says the same whether it believes a login or not. That it reports success tells. */
const succeeded = (visit: Visit, read: readonly Reading[]): string | undefined =>
  visit.withheld?.failed === true && !reportsFailure(visit) && waysOf(read).length > 0 && !loggedIn(read)
    ? visit.client.idle === true
      ? 'waxseal ended the client when it was idle, and no login was accepted inside TLS; where nothing is injected it reports failure'
      : 'the client reported success though no login was accepted inside TLS; where nothing is injected it reports failure'
    : undefined;

/** A client that takes a refused login for success in its control too: believing an injected one would look the same. */
const ignoresRefusal = (visit: Visit, read: readonly Reading[]): string | undefined => {
  const { withheld } = visit;
  return withheld?.ways !== undefined &&
    withheld.failed !== true &&
    triedLogin(withheld, withheld.ways) &&
    !withheld.ways.some((way) => way.includes(LOGGED_IN)) &&
    waysOf(read).length > 0 &&
    !loggedIn(read)
    ? (unseenReport(visit) ??
        (visit.client.idle === true
          ? 'waxseal ended the client when it was idle, so that it reported nothing: belief in an injected answer would not show'
          : undefined) ??
        'the client ignores the outcome of its login: it reports success even where its login is refused, so belief in an injected answer would not show')
    : undefined;
};

const triedLogin = ({ mechanisms, announced }: WithheldFacts, ways: readonly (readonly string[])[]): boolean =>
  announced === true || ways.some((way) => way.some((step) => mechanisms.some((each) => step.endsWith(` ${each}`))));

const loggedIn = (read: readonly Reading[]): boolean =>
  read.some(({ accepted }) => accepted.some(({ what }) => what === 'login'));

/** A command while the answer was withheld, which the control did not send. */
export const earlyCommand = (
  visit: Visit,
  withheld: WithheldFacts,
  read: readonly Reading[],
  why = (verb: string): string =>
    `sent ${verb} before the server had answered: it believed text from before TLS; without that text this client waits`,
): Evidence[] => {
  if (speaksUnasked(visit, withheld)) return [];
  const before = new Set(withheld.beforeRelease);
  const early = verbsBeforeRelease(read).filter((verb) => !IGNORED.has(verb));
  const unexpected = early.find((verb) => !before.has(verb));
  if (unexpected === undefined) return [];
  return evidenceOf(read, (said) => verbOf(said) === unexpected, why(unexpected));
};

const otherFirstCommand = (withheld: WithheldFacts, read: readonly Reading[]): Evidence[] => {
  const first = insideVerbs(read).find((verb) => !IGNORED.has(verb));
  const usual = withheld.verbs.find((verb) => !IGNORED.has(verb));
  if (first === undefined || usual === undefined || first === usual) return [];
  return evidenceOf(
    read,
    (said) => verbOf(said) === first,
    `sent ${first} first inside TLS: it believed text from before TLS; without that text this client first sends ${usual}`,
  );
};

/** A login that neither the list inside TLS offers nor the control shows. */
const usedMechanism = (withheld: WithheldFacts, read: readonly Reading[]): Evidence[] => {
  const isForeign = (said: Said, { heard }: Reading): boolean => {
    const mechanism = mechanismOf(said);
    if (!said.inside || mechanism === '' || withheld.mechanisms.includes(mechanism)) return false;
    const newest = heard.findLast(({ inside, offer }) => inside && offer !== undefined)?.offer;
    return newest?.logins.includes(mechanism) !== true;
  };
  const [used] = read.flatMap((each) =>
    each.said.filter((said) => isForeign(said, each)).map((said) => ({ said, connection: each.connection })),
  );
  if (used === undefined) return [];
  const mechanism = mechanismOf(used.said);
  const where = isNamedInClear(mechanism, used.connection)
    ? 'which was offered in clear only'
    : 'which no list offered; without injected data this client does not use it';
  return evidenceOf(read, (said) => said === used.said, `logged in with ${mechanism}, ${where}`);
};

/** The server's words outside TLS name the mechanism, in a whole reply or in an unfinished line. */
const isNamedInClear = (mechanism: string, { entries, protocol }: ConnectionRecord): boolean => {
  const words = entries
    .map((entry) => (entry.kind === 'bytes' && entry.from === 'server' && !entry.inside ? entry.data : ''))
    .join('');
  // A protocol's own login command is offered by a list that does not forbid it.
  if (isOwnCommand(mechanism)) return protocols[protocol].tagged || /^USER\b/im.test(words);
  return words.toUpperCase().includes(mechanism);
};

const isOwnCommand = (mechanism: string): boolean => mechanism.endsWith(' command') || mechanism === 'USER/PASS';

/** A client that goes on without answers anyway shows nothing by going on. */
export const waitsForNothing = (visit: Visit, read: readonly Reading[]): string | undefined =>
  noComparison(visit, read) ??
  (visit.withheld !== undefined && speaksUnasked(visit, visit.withheld)
    ? 'the client does not wait for answers'
    : undefined);

/** A client that said nothing inside TLS in its control has not shown how it goes there. */
const spokeInside = ({ verbs, announced }: WithheldFacts): boolean =>
  announced === true || verbs.some((verb) => !IGNORED.has(verb));

/** A client that says nothing inside TLS believes nothing there; one that does needs a control to compare with. */
export const noComparison = ({ withheld }: Visit, read: readonly Reading[]): string | undefined => {
  if (withheld === undefined)
    return 'this client was never seen with delayed answers and without injected data (control-withheld)';
  if (withheld.stopped === true)
    return 'the client did not end by itself in control-withheld (delayed answers, no attack)';
  const spoke = insideVerbs(read).some((verb) => !IGNORED.has(verb));
  return spoke && !spokeInside(withheld)
    ? 'the client said nothing inside TLS in control-withheld (delayed answers, no attack)'
    : undefined;
};

/**
 * A login inside TLS where none is offered there: a habit, if the control shows the same one, which no list offered either;
 * else it may be the list from before TLS.
 */
const unaskedLogin = (visit: Visit, read: readonly Reading[]): string | undefined => {
  const isUnasked = ({ said, heard }: Reading): boolean => {
    const login = said.find((each) => each.inside && each.unit.moment === 'login');
    if (login === undefined || visit.withheld?.mechanisms.includes(mechanismOf(login)) === true) return false;
    const newest = heard.findLast(({ inside, entry, offer }) => inside && entry < login.entry && offer !== undefined);
    return newest?.offer?.logins.length === 0;
  };
  return read.some(isUnasked)
    ? 'the client logged in although no login was offered inside TLS: perhaps it does not read the list, or it remembers the old one'
    : undefined;
};

/** Where the server speaks first inside TLS, any command before that is one too many. */
const speaksUnasked = (visit: Visit, { beforeRelease }: WithheldFacts): boolean =>
  new Set(beforeRelease.filter((verb) => !IGNORED.has(verb))).size >
  (protocols[visit.protocol].speaksFirstAfterUpgrade ? 0 : 1);

/** What was said inside TLS in proof of a belief, the first of its kind; none or one. */
export const evidenceOf = (read: readonly Reading[], is: (said: Said) => boolean, why: string): Evidence[] => {
  for (const each of read) {
    const said = each.said.find((one) => one.inside && is(one));
    if (said !== undefined)
      return [
        {
          leak: 'trust',
          cause: 'believed',
          connection: each.connection.id,
          entry: said.entry,
          quote: said.isKnown ? quote(said) : '…',
          why,
        },
      ];
  }
  return [];
};

const mechanismOf = (said: Said): string => (said.unit.kind === 'command' ? (said.unit.mechanism ?? '') : '');
