import { leaks, quote, type Evidence } from './evidence.js';
import { judgeBy, type Judge } from './judgement.js';
import { insideVerbs, verbsBeforeRelease } from './control.js';
import type { Reading, Said } from './reading.js';
import type { Visit } from './visit.js';

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

const beliefs = (visit: Visit, read: readonly Reading[], injected: InjectedFacts): Evidence[] => {
  const { withheld } = visit;
  if (withheld === undefined) return [];
  const before = new Set(withheld.beforeRelease);
  const early = verbsBeforeRelease(read).filter((verb) => !IGNORED.has(verb));
  const unexpected = early.find((verb) => !before.has(verb));
  if (unexpected !== undefined && !speaksUnasked(withheld.beforeRelease)) {
    return evidence(read, (said) => verbOf(said) === unexpected, `${unexpected} came while the answer was withheld; the same client waits when nothing is injected`);
  }
  const first = insideVerbs(read).find((verb) => !IGNORED.has(verb));
  const usual = withheld.verbs.find((verb) => !IGNORED.has(verb));
  if (first !== undefined && usual !== undefined && first !== usual && !speaksUnasked(withheld.beforeRelease)) {
    return evidence(read, (said) => verbOf(said) === first, `the first command inside TLS was ${first} instead of ${usual}: the injected answer was believed`);
  }
  const used = injected.mechanisms.find((mechanism) => !withheld.mechanisms.includes(mechanism) && read.some((each) => each.said.some((said) => said.inside && mechanismOf(said) === mechanism)));
  if (used !== undefined) return evidence(read, (said) => mechanismOf(said) === used, `it logged in with ${used}, which only the injected data offered`);
  return [];
};

/** A client that goes on without answers anyway shows nothing by going on. */
const waitsForNothing = (visit: Visit): string | undefined => {
  if (visit.withheld === undefined) return 'there was no control with withheld answers';
  return speaksUnasked(visit.withheld.beforeRelease) ? 'the client does not wait for answers' : undefined;
};

const speaksUnasked = (beforeRelease: readonly string[]): boolean => new Set(beforeRelease.filter((verb) => !IGNORED.has(verb))).size > 1;

const evidence = (read: readonly Reading[], is: (said: Said) => boolean, why: string): Evidence[] => {
  for (const each of read) {
    const said = each.said.find((one) => one.inside && is(one));
    if (said !== undefined) return [{ leak: 'trust', cause: 'believed', connection: each.connection.id, entry: said.entry, quote: quote(said), why }];
  }
  return [];
};

const verbOf = (said: Said): string => (said.unit.kind === 'command' ? said.unit.verb : said.unit.kind === 'response' ? '(login data)' : '');
const mechanismOf = (said: Said): string => (said.unit.kind === 'command' ? (said.unit.mechanism ?? '') : '');

/** Ways out, and what a client's own time-out sends. */
const IGNORED: ReadonlySet<string> = new Set(['QUIT', 'LOGOUT', 'HELO', 'NOOP', 'RSET', '']);
