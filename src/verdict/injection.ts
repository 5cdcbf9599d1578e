import protocols from '../protocols/index.js';
import { leaks, quote, type Evidence } from './evidence.js';
import { judgeBy, listNeverRead, type Judge } from './judgement.js';
import { insideVerbs, verbsBeforeRelease } from './control.js';
import type { Reading, Said } from './reading.js';
import type { Visit, WithheldFacts } from './visit.js';

/** What only the injected bytes carried; its use inside TLS proves belief. */
export interface InjectedFacts {
  /** Mechanisms that the injected data offered and the released answer does not. */
  readonly mechanisms: readonly string[];
}

/**
 * The judge of response injection (verdicts.md, "Evidence" 3): which of two answers the client believed shows in what it does,
 * compared with the same silence and nothing injected.
 */
export const believesNothingInjected = (injected: InjectedFacts): Judge =>
  judgeBy((visit, read) => [...leaks(visit, read), ...beliefs(visit, read, injected)], { doubts: waitsForNothing });

/**
 * The judge of capabilities that were listed before TLS and are not inside: a client goes by the old list if it logs in with
 * what only that one offered, or skips a question that it asked in its control.
 */
export const followsTheListInside = (stale: InjectedFacts): Judge =>
  judgeBy(
    (visit, read) => [
      ...leaks(visit, read),
      ...(visit.withheld === undefined
        ? []
        : [...otherFirstCommand(visit.withheld, read), ...usedMechanism(visit.withheld, read, stale)].slice(0, 1)),
    ],
    {
      bait: listNeverRead,
      doubts: (visit, read) => noComparison(visit, read) ?? unaskedLogin(visit, read, stale),
    },
  );

const beliefs = (visit: Visit, read: readonly Reading[], injected: InjectedFacts): Evidence[] => {
  const { withheld } = visit;
  if (withheld === undefined) return [];
  return [
    ...earlyCommand(visit, withheld, read),
    ...(speaksUnasked(visit, withheld) ? [] : otherFirstCommand(withheld, read)),
    ...usedMechanism(withheld, read, injected),
  ].slice(0, 1);
};

/** A command while the answer was withheld, which the control did not send. */
const earlyCommand = (visit: Visit, withheld: WithheldFacts, read: readonly Reading[]): Evidence[] => {
  // Who said nothing inside TLS in its control has not shown what it says while it waits.
  if (speaksUnasked(visit, withheld) || !withheld.verbs.some((verb) => !IGNORED.has(verb))) return [];
  const before = new Set(withheld.beforeRelease);
  const early = verbsBeforeRelease(read).filter((verb) => !IGNORED.has(verb));
  const unexpected = early.find((verb) => !before.has(verb));
  if (unexpected === undefined) return [];
  return evidence(
    read,
    (said) => verbOf(said) === unexpected,
    `${unexpected} came while the answer was withheld; the same client waits when nothing is injected`,
  );
};

const otherFirstCommand = (withheld: WithheldFacts, read: readonly Reading[]): Evidence[] => {
  const first = insideVerbs(read).find((verb) => !IGNORED.has(verb));
  const usual = withheld.verbs.find((verb) => !IGNORED.has(verb));
  if (first === undefined || usual === undefined || first === usual) return [];
  return evidence(
    read,
    (said) => verbOf(said) === first,
    `the first command inside TLS was ${first} instead of ${usual}: what was said in clear was believed`,
  );
};

const usedMechanism = (withheld: WithheldFacts, read: readonly Reading[], injected: InjectedFacts): Evidence[] => {
  const used = injected.mechanisms.find(
    (mechanism) =>
      !withheld.mechanisms.includes(mechanism) &&
      read.some((each) => each.said.some((said) => said.inside && mechanismOf(said) === mechanism)),
  );
  if (used === undefined) return [];
  return evidence(
    read,
    (said) => mechanismOf(said) === used,
    `it logged in with ${used}, which was offered in clear only`,
  );
};

/** A client that goes on without answers anyway shows nothing by going on. */
const waitsForNothing = (visit: Visit, read: readonly Reading[]): string | undefined =>
  noComparison(visit, read) ??
  (visit.withheld !== undefined && speaksUnasked(visit, visit.withheld)
    ? 'the client does not wait for answers'
    : undefined);

/** A client that says nothing inside TLS believes nothing there; one that does needs a control to compare with. */
const noComparison = ({ withheld }: Visit, read: readonly Reading[]): string | undefined => {
  if (withheld === undefined) return 'there was no control with withheld answers';
  const spoke = insideVerbs(read).some((verb) => !IGNORED.has(verb));
  return spoke && !withheld.verbs.some((verb) => !IGNORED.has(verb))
    ? 'the client said nothing inside TLS in its control with withheld answers'
    : undefined;
};

/**
 * A login inside TLS where none is offered there: a habit, if the control shows the same one, which no list offered either;
 * else it may be the list from before TLS.
 */
const unaskedLogin = (visit: Visit, read: readonly Reading[], stale: InjectedFacts): string | undefined => {
  const isHabit = (mechanism: string): boolean =>
    visit.withheld?.mechanisms.includes(mechanism) === true && !stale.mechanisms.includes(mechanism);
  const grammar = protocols[visit.protocol];
  const isUnasked = ({ said, heard }: Reading): boolean => {
    const login = said.find((each) => each.inside && each.unit.moment === 'login');
    if (login === undefined || isHabit(mechanismOf(login))) return false;
    const offers = heard
      .filter((each) => each.inside && each.entry < login.entry)
      .map(({ reply }) => grammar.offer([reply]));
    return offers.findLast((offer) => offer !== undefined)?.logins.length === 0;
  };
  return read.some(isUnasked)
    ? 'the client logged in although no login was offered inside TLS: it may not read the list, or remember the old one'
    : undefined;
};

/** Where the server speaks first inside TLS, any command before that is one too many. */
const speaksUnasked = (visit: Visit, { beforeRelease }: WithheldFacts): boolean =>
  new Set(beforeRelease.filter((verb) => !IGNORED.has(verb))).size >
  (protocols[visit.protocol].speaksFirstAfterUpgrade ? 0 : 1);

const evidence = (read: readonly Reading[], is: (said: Said) => boolean, why: string): Evidence[] => {
  for (const each of read) {
    const said = each.said.find((one) => one.inside && is(one));
    if (said !== undefined)
      return [
        {
          leak: 'trust',
          cause: 'believed',
          connection: each.connection.id,
          entry: said.entry,
          quote: quote(said),
          why,
        },
      ];
  }
  return [];
};

const verbOf = (said: Said): string =>
  said.unit.kind === 'command' ? said.unit.verb : said.unit.kind === 'response' ? '(login data)' : '';
const mechanismOf = (said: Said): string => (said.unit.kind === 'command' ? (said.unit.mechanism ?? '') : '');

/** Ways out, and what a client's own time-out sends. */
const IGNORED: ReadonlySet<string> = new Set(['QUIT', 'LOGOUT', 'HELO', 'NOOP', 'RSET', '']);
