import { leaks, readings, type Evidence } from './evidence.js';
import { controlFailure, isSealed } from './control-failure.js';
import { isRegistered } from './outline.js';
import { leftOpen, truncation, verdictOnEvidence, type Judgement } from './judgement.js';
import { paceInClearOf, paceOf } from './pace.js';
import { loggedInInside, loggedInWithoutPassword, provedByDigest } from './proved-login.js';
import type { Reading } from './reading.js';
import type { ConnectionRecord, ControlFacts, Visit } from './visit.js';
import { outcome, takenIn } from './told.js';
import { verbOf } from './way.js';

/** Judges the visit to the honest endpoint: a client that leaks there is `unsafe` there. */
export const judgeControl = (visit: Visit): Judgement => {
  const read = readings(visit);
  const evidence = [...leaks(visit, read), ...oldTls(visit, read)];
  if (evidence.length > 0) return verdictOnEvidence(visit.policy, evidence);
  const facts = controlFacts(visit, read);
  if (facts.why !== undefined) return { status: 'inconclusive', because: facts.why, leaked: [], evidence: [] };
  const doubt = (visit.connections.every(isCutInside) ? undefined : truncation(visit)) ?? leftOpen(visit);
  if (doubt !== undefined) return { status: 'inconclusive', because: doubt, leaked: [], evidence: [] };
  const version = facts.tlsVersion === undefined ? 'TLS' : facts.tlsVersion.replace('TLSv', 'TLS ');
  const count = `${String(facts.connections)} connection${facts.connections === 1 ? '' : 's'} seen`;
  if (read.some((each) => isSealed(each))) {
    return {
      status: 'safe',
      because: `${version} started before the client sent anything secret, and was passed on unread; ${count}`,
      leaked: [],
      evidence: [],
    };
  }
  const what = [
    ...facts.found,
    ...(visit.ownCredentials ? [] : [read.some((each) => loggedInInside(each)) ? 'login' : 'mail']),
    ...(visit.ownCredentials && read.some((each) => loggedInWithoutPassword(each)) ? ['login'] : []),
  ].join(', ');
  return { status: 'safe', because: `${what} found inside ${version} only; ${count}`, leaked: [], evidence: [] };
};

/** What the control teaches about this client. */
export const controlFacts = (visit: Visit, read: readonly Reading[] = readings(visit)): ControlFacts => {
  const said = read.flatMap((each) => each.said);
  const commands = (inside: boolean): string[] =>
    said
      .filter((each) => each.inside === inside)
      .flatMap((each) => (each.unit.kind === 'command' ? [verbOf(each)] : []));
  const found = [
    ...new Set([
      ...visit.hits.filter((hit) => hit.inside && hit.visit === undefined).map((hit) => hit.canary),
      ...provedByDigest(read, visit),
    ]),
  ];
  const version = read.flatMap((each) => each.boundaries).find(({ facts }) => facts.completed)?.facts.version;
  const upgrade = upgradeIn(read);
  const why = controlFailure(visit, read, found);
  return {
    passed: why === undefined,
    ...(why !== undefined && { why }),
    ...(version !== undefined && { tlsVersion: version }),
    connections: read.length,
    spoken: read.filter((each) => hasSpokenOn(each)).length,
    verbsOutside: commands(false),
    verbsInside: commands(true),
    tags: (upgrade?.said ?? read[0]?.said ?? []).flatMap((each) =>
      each.unit.kind === 'command' && each.unit.tag !== undefined ? [each.isKnown ? each.unit.tag : NO_TAG] : [],
    ),
    ...(upgrade && { upgrade: { connection: upgrade.connection, after: upgrade.after } }),
    mechanisms: [
      ...new Set(
        said.flatMap((each) =>
          each.unit.kind === 'command' && each.unit.mechanism !== undefined ? [each.unit.mechanism] : [],
        ),
      ),
    ],
    found,
    took: takenIn(visit, read),
    ...(visit.client.how !== 'stopped' && { reported: outcome(visit.client) }),
    loggedIn: read.some(({ accepted }) => accepted.some(({ what, trusted }) => what === 'login' && trusted)),
    pace: paceOf(read),
    paceInClear: paceInClearOf(read),
    duration: visit.client.duration,
  };
};

/** The client sent a byte, or a ClientHello. */
export const hasSpokenOn = ({ connection: { entries } }: Reading): boolean =>
  entries.some(
    (entry) =>
      (entry.kind === 'bytes' && entry.from === 'client') || (entry.kind === 'boundary' && entry.hello !== undefined),
  );

interface AskedUpgrade {
  /** Counted as scenarios count them: without those on which the client said nothing. */
  readonly connection: number;
  readonly after: readonly string[];
  readonly said: Reading['said'];
}

/** Where the client asked for STARTTLS first: a client may look around on other connections before. */
const upgradeIn = (read: readonly Reading[]): AskedUpgrade | undefined => {
  const spoken = read.filter(({ said }) => said.length > 0);
  for (const [index, { said }] of spoken.entries()) {
    const at = said.findIndex(({ unit, inside }) => unit.moment === 'starttls' && !inside);
    if (at === -1) continue;
    const after = said.slice(0, at).flatMap((each) => (each.unit.kind === 'command' ? [verbOf(each)] : []));
    return { connection: index + 1, after, said };
  }
  return undefined;
};

/** What a control taught, as it may be told on other connections: `sweep` overwrites the secrets of its own. */
export const factsWithoutSecrets = (facts: ControlFacts, sweep: (text: string) => string): ControlFacts => ({
  ...facts,
  mechanisms: facts.mechanisms.map((each) => (isRegistered(each) ? each : sweep(each))),
  ...(facts.why !== undefined && { why: sweep(facts.why) }),
});

/** What was not kept, as of a long mail, was said inside TLS; canaries are looked for in it all the same. */
const isCutInside = ({ truncated, entries }: ConnectionRecord): boolean => {
  const start = entries.findLastIndex((entry) => entry.kind === 'boundary' && entry.completed && entry.trusted);
  const rest = entries.slice(start);
  return !truncated || (start !== -1 && rest.every((entry) => entry.kind !== 'bytes' || entry.inside));
};

/** TLS that stood with a version which is forbidden (RFC 8996), because the client knows no other. */
const oldTls = (visit: Visit, read: readonly Reading[]): Evidence[] => {
  if (!knowsOldTlsOnly(visit)) return [];
  return read
    .flatMap(({ connection, boundaries }) => boundaries.map(({ entry, facts }) => ({ connection, entry, facts })))
    .filter(({ facts }) => facts.completed)
    .slice(0, 1)
    .map(({ connection, entry, facts }) => ({
      leak: 'encryption',
      cause: 'old-tls',
      connection: connection.id,
      entry,
      quote: `ClientHello: ${(facts.hello?.versions ?? []).join(', ')}`,
      why: 'the client offers no TLS version above 1.1 (RFC 8996)',
    }));
};

/** No ClientHello of the visit offers anything newer than TLS 1.1. */
export const knowsOldTlsOnly = (visit: Visit): boolean => {
  const hellos = readings(visit)
    .flatMap(({ boundaries }) => boundaries)
    .flatMap(({ facts }) => facts.hello ?? []);
  return hellos.length > 0 && hellos.every(({ versions }) => versions.every((version) => OLD_TLS.has(version)));
};

/** Stands for the first word of a line that is no command: it may be a secret. */
const NO_TAG = '*';

const OLD_TLS: ReadonlySet<string> = new Set(['SSLv2', 'SSLv3', 'TLSv1.0', 'TLSv1', 'TLSv1.1', 'TLS 1.0', 'TLS 1.1']);
