import { MECHANISMS_WITHOUT_PASSWORD } from '../protocols/sasl.js';
import type { TranscriptEntry } from '../wire/entry.js';
import { printable } from '../wire/printable.js';
import { isTampered } from '../wire/tampered.js';
import { outputWords } from './client-words.js';
import { leaks, readings, type Cause, type Evidence } from './evidence.js';
import { impatience } from './impatience.js';
import type { Accepted, Reading } from './reading.js';
import type { ClientStatus, ConnectionRecord, Leak, Severity, TlsPolicy, Visit } from './visit.js';

/** What a judge says of a visit. */
export interface Judgement {
  readonly status: ClientStatus;
  /** One sentence: why, for `safe` too. */
  readonly because: string;
  readonly severity?: Severity;
  readonly leaked: readonly Leak[];
  readonly evidence: readonly Evidence[];
  /** The client was still waiting when this case ended: the case that waits longer and shows what it does then, such as `starttls-unanswered/for-seconds`. */
  readonly decidedBy?: string;
}

/** Something was proved against the client: it needs no control, and no second look. */
export const isProof = ({ status }: Pick<Judgement, 'status'>): boolean =>
  status === 'unsafe' || status === 'downgradable';

/** A judge is a pure function of a visit. */
export type Judge = (visit: Visit) => Judgement;

/** Finds evidence in a visit. */
export type Finder = (visit: Visit, read: readonly Reading[]) => readonly Evidence[];

/** Why nothing can be concluded: a sentence, or why the case is none for this client at all. */
export type Doubt = string | { readonly notApplicable: string };

/** What a judge may want beyond evidence. */
export interface JudgeOptions {
  /** Reasons of its own why nothing can be concluded; the first one is reported. */
  readonly doubts?: (visit: Visit, read: readonly Reading[]) => Doubt | undefined;
  /** The worst severity that this case can have. */
  readonly atMost?: Severity;
  /** What the client did in this attack, in words of its own, where it is safe; the usual words by default. */
  readonly safely?: (visit: Visit, read: readonly Reading[]) => string | undefined;
  /** The client may rightly make no connection to a mail server, which is then what it did. */
  readonly mayStayAway?: true;
  /** Whether the tampered moment was reached and the client acted after it; why not, if not. */
  readonly bait?: (visit: Visit, read: readonly Reading[]) => Doubt | undefined;
}

/** A judge that looks for evidence, and proves `safe` where there is none (verdicts.md, "Safe is proved too"). */
export const judgeBy =
  (finder: Finder, options: JudgeOptions = {}): Judge =>
  (visit) => {
    const read = readings(visit);
    const evidence = [...finder(visit, read), ...reconnectStorm(visit), ...commandStorm(visit), ...crash(visit)];
    return evidence.length > 0
      ? verdictOnEvidence(visit.policy, evidence, options.atMost)
      : verdictWithoutEvidence(visit, read, options);
  };

/** A client that comes back again and again to a server that misbehaves, without a pause: it loads both, and its user's connection. */
const reconnectStorm = ({ connections }: Visit): readonly Evidence[] => {
  const attacked = connections.filter((each) => each.leg === 'client' && firstTampered(each) !== -1);
  for (const [index, last] of attacked.slice(MOST_ATTEMPTS).entries()) {
    const first = attacked[index];
    const ms = last.openedAt - (first?.openedAt ?? 0);
    if (ms > STORM_WINDOW) continue;
    return [
      {
        leak: 'availability',
        cause: 'availability',
        connection: last.id,
        entry: firstTampered(last),
        quote: '…',
        why: `reconnected ${String(MOST_ATTEMPTS)} times within ${String(Math.max(1, Math.round(ms / 1000)))} s of the first attack, and did not stop`,
      },
    ];
  }
  return [];
};

/** A client that says the same without end where it was attacked, and does not where it is not. */
const commandStorm = ({ connections, control }: Visit): readonly Evidence[] => {
  if (control?.passed !== true) return [];
  for (const { entries, id, leg } of connections) {
    if (leg !== 'client') continue;
    const from = firstTampered({ entries });
    const storm =
      from === -1 ? undefined : entries.slice(from).find((each) => each.kind === 'note' && each.what === 'storm');
    if (storm === undefined) continue;
    const why = `said ${printable(storm.of)} ${String(storm.count)} times in ${String(Math.max(1, Math.round(storm.ms)))} ms after the attack, and did not stop`;
    return [{ leak: 'availability', cause: 'availability', connection: id, entry: from, quote: '…', why }];
  }
  return [];
};

/** A signal that a program gets by its own mistake, where it ends without one when nobody attacks it. */
const crash = ({ client: { how, signal = '' }, connections, control }: Visit): readonly Evidence[] => {
  const attacked = connections.findLast((each) => each.leg === 'client' && firstTampered(each) !== -1);
  if (how !== 'ended' || !CRASHES.has(signal) || control?.passed !== true || attacked === undefined) return [];
  return [
    {
      leak: 'availability',
      cause: 'availability',
      connection: attacked.id,
      entry: firstTampered(attacked),
      quote: '…',
      why: `crashed (${signal}) after the attack`,
    },
  ];
};

const CRASHES: ReadonlySet<string> = new Set(['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP', 'SIGSYS']);

/** Attacked connections within a minute: a client that tries again waits longer each time, and gives up. */
const MOST_ATTEMPTS = 20;
/** Milliseconds. */
const STORM_WINDOW = 60_000;

/** Credentials, mail and names stay inside trusted TLS: the judge of most scenarios. */
export const secretsStayInsideTls: Judge = judgeBy((visit, read) => leaks(visit, read));

/** The verdict on evidence under a policy: on one piece at least. */
export const verdictOnEvidence = (
  policy: TlsPolicy,
  evidence: readonly Evidence[],
  atMost: Severity = 'critical',
): Judgement => {
  const status = evidence.some((each) => !isPolicyMatter(policy, each.cause)) ? 'unsafe' : 'downgradable';
  const decisive = evidence.filter((each) => status === 'downgradable' || !isPolicyMatter(policy, each.cause));
  const worst = decisive.reduce((first, each) => (weight(each) < weight(first) ? each : first));
  const severity = severityOf(worst);
  return {
    status,
    because: worst.why,
    severity: rank(severity) < rank(atMost) ? atMost : severity,
    leaked: [...new Set(evidence.map((each) => each.leak))],
    evidence,
  };
};

/** 0 is the worst: of the severest, a password comes before mail, also where the client says `MAIL` first. */
const weight = (evidence: Evidence): number =>
  2 * rank(severityOf(evidence)) + (evidence.leak === 'credentials' ? 0 : 1);

/** What an opportunistic user asked for is not a defect (verdicts.md, "Policy"). */
const isPolicyMatter = (policy: TlsPolicy, cause: Cause): boolean =>
  policy === 'opportunistic' && POLICY_MATTERS.has(cause);

const POLICY_MATTERS: ReadonlySet<Cause> = new Set(['denied', 'unverified', 'broken-tls', 'old-tls']);

const verdictWithoutEvidence = (visit: Visit, read: readonly Reading[], options: JudgeOptions): Judgement => {
  const doubt: Doubt | undefined =
    visit.faults[0] ??
    controlDoubt(visit) ??
    (visit.client.how === 'stopped'
      ? `still running after ${String(Math.round(visit.client.duration / 1000))} s`
      : undefined) ??
    (read.length === 0 && options.mayStayAway !== true
      ? `the client made no connection${outputWords(visit.client)}`
      : undefined) ??
    truncation(visit) ??
    impatience(visit) ??
    leftOpen(visit) ??
    unnamedDoubt(visit) ??
    (options.bait ?? baitMissed)(visit, read) ??
    options.doubts?.(visit, read) ??
    loginBegun(read) ??
    stillToCome(visit);
  if (typeof doubt === 'string') return { status: 'inconclusive', because: doubt, leaked: [], evidence: [] };
  if (doubt !== undefined) return { status: 'not-applicable', because: doubt.notApplicable, leaked: [], evidence: [] };
  return { status: 'safe', because: whySafe(visit, read, options.safely?.(visit, read)), leaked: [], evidence: [] };
};

/** Why what was not kept may be what matters; undefined if all was kept. */
export const truncation = ({ connections }: Visit): string | undefined =>
  connections.some((connection) => connection.truncated)
    ? 'a transcript is incomplete: the connection carried more than is kept'
    : undefined;

/** Why more may have been said than was seen; undefined if every connection was seen to its end. */
export const leftOpen = ({ drained }: Visit): string | undefined =>
  drained ? undefined : 'a connection was still open when the visit ended';

/** A login in clear whose secret was never said, as where the server refused or ended before it asked for it (AUTH LOGIN, CRAM-MD5). */
const loginBegun = (read: readonly Reading[]): string | undefined =>
  read.some(({ said }) => said.some((each) => !each.trusted && each.unit.moment === 'login'))
    ? 'the client began to log in outside TLS, and was not asked for its secret'
    : undefined;

const controlDoubt = (visit: Visit): string | undefined => {
  if (visit.control === undefined && visit.met?.unnamed === true) return undefined;
  if (visit.control === undefined) return 'this client was not yet seen without an attack';
  return visit.control.passed
    ? undefined
    : `the client already fails with an honest server: ${visit.control.why ?? 'unknown reason'}`;
};

/** Whose control it is that guards `safe` must be known. */
const unnamedDoubt = ({ control, met }: Visit): string | undefined =>
  control === undefined && met?.unnamed === true
    ? 'this client was not yet seen without an attack: it said nothing that tells which client it is; where only one client connects, --one-client says so'
    : undefined;

/** What a client does in the half of an attack says nothing about the other half. */
const stillToCome = ({ met }: Visit): string | undefined =>
  met?.awaited === true
    ? 'so far the client did nothing wrong; but the attack goes on in its next connection, and it has not come back yet'
    : undefined;

/** The scenario's interference happened, and the client acted after it. */
export const baitMissed = (visit: Visit): string | undefined => {
  const touched = visit.connections.filter(
    (connection) => connection.leg === 'client' && firstTampered(connection) !== -1,
  );
  if (touched.length === 0) return 'the client disconnected before the attack';
  const acted = touched.some((connection) => {
    const from = firstTampered(connection);
    const entry = connection.entries[from];
    if (entry?.kind === 'boundary') return entry.hello !== undefined;
    return (
      connection.entries.slice(from + 1).some((later) => isClients(later)) ||
      visit.connections.some((later) => later.leg === 'client' && later.id > connection.id)
    );
  });
  // Where waxseal itself ended the connection, the client's answer is that it ended too, without another word.
  const ended = touched.some((connection) =>
    connection.entries.some(
      (entry) =>
        entry.kind === 'note' && entry.by === 'scenario' && (entry.what === 'hung-up' || entry.what === 'reset'),
    ),
  );
  // A library call that threw has given up, even where it left its connection open.
  const gaveUp = visit.client.how === 'rested' && visit.client.error !== undefined;
  return acted || ended || gaveUp ? undefined : 'the client did nothing after the attack';
};

/** The attack is on a client that asked for TLS; one that gave up earlier shows nothing about it. */
export const upgradeNeverTried = (visit: Visit, read: readonly Reading[]): string | undefined =>
  triedUpgrade(read) || visit.met?.returned === true
    ? baitMissed(visit)
    : 'the client never tried to start TLS, so the attack could not begin';

/** The client asked for TLS, or began it. */
export const triedUpgrade = (read: readonly Reading[]): boolean =>
  read.some(
    (each) =>
      each.askedUpgrade ||
      each.connection.entries.some(
        (entry) =>
          (entry.kind === 'bytes' && entry.record === true) || (entry.kind === 'boundary' && entry.hello !== undefined),
      ),
  );

/** Who starts TLS without a look at the list cannot be misled by it. */
export const listNeverRead = (visit: Visit, read: readonly Reading[]): string | undefined => {
  const isBlind = ({ said, boundaries }: Reading): boolean =>
    boundaries.some(({ facts }) => facts.completed) && said.every((each) => each.inside || !each.sawOffer);
  return read.some((each) => each.askedUpgrade && isBlind(each)) ? undefined : baitMissed(visit);
};

/** What the client did; an end of ours is none of its doing. */
const isClients = (entry: TranscriptEntry): boolean =>
  entry.kind === 'end'
    ? entry.from === 'client' && entry.by !== 'us'
    : entry.kind === 'boundary' || (entry.kind !== 'note' && entry.from === 'client');

const firstTampered = ({ entries }: Pick<ConnectionRecord, 'entries'>): number =>
  entries.findIndex((entry) => isTampered(entry) || (entry.kind === 'boundary' && !entry.trusted));

const whySafe = (visit: Visit, read: readonly Reading[], did = reaction(read)): string => {
  const control = visit.control;
  const version = control?.tlsVersion === undefined ? 'TLS' : control.tlsVersion.replace('TLSv', 'TLS ');
  const count = visit.connections.filter((connection) => connection.leg === 'client').length;
  return `${did}; unattacked, it ${whatControlDid(visit)} over ${version}; ${String(count)} connection${count === 1 ? '' : 's'} seen`;
};

const whatControlDid = ({ control, ownCredentials }: Visit): string => {
  if (control === undefined) return 'goes on';
  const triedLogin =
    control.found.includes('password') ||
    control.found.includes('token') ||
    control.mechanisms.some((each) => !ownCredentials || MECHANISMS_WITHOUT_PASSWORD.includes(each));
  // Recordings of version 1 do not say whether the login was taken.
  if (triedLogin) return control.loggedIn === false ? 'tries to log in' : 'logs in';
  return control.verbsInside.length > 0 ? 'sends its mail' : 'goes on, unseen,';
};

/** What the client did after the interference, in a few words. */
const reaction = (read: readonly Reading[]): string => {
  for (const { connection, said, boundaries, accepted } of read) {
    const from = firstTampered(connection);
    const tampered = connection.entries[from];
    if (tampered === undefined) continue;
    if (tampered.kind === 'boundary') {
      if (tampered.alert !== undefined) return `refused with the alert ${tampered.alert.name}`;
      if (!tampered.completed) return 'gave up the handshake';
      return 'disconnected after the handshake, without a command';
    }
    const isInTls = boundaries.some((boundary) => boundary.entry > from && boundary.facts.completed);
    // Nothing was said outside trusted TLS, or there would be evidence or a doubt.
    const isLaterLogin = ({ what, inside, after }: Accepted): boolean =>
      what === 'login' && (isInTls || (inside && (said[after - 1]?.entry ?? -1) > from));
    if (accepted.some((each) => isLaterLogin(each))) return 'went on and logged in inside TLS only';
    if (isInTls && said.some((each) => each.unit.moment === 'login'))
      return 'went on inside TLS only, where its login was not taken';
    if (isInTls && accepted.length > 0) return 'went on and sent its mail inside TLS only';
    const next = said.find((each) => each.entry > from);
    const end = connection.entries.find(
      (entry, index) => index > from && (entry.kind === 'end' || entry.kind === 'outside') && isClients(entry),
    );
    const after = (at: number): string => `${String(Math.round(at - tampered.at))} ms after the attack`;
    if (next?.unit.kind === 'command' && next.unit.moment === 'quit') return `sent ${next.unit.verb} ${after(next.at)}`;
    if (next?.unit.kind === 'command' && next.unit.moment === 'starttls')
      return isInTls ? 'started TLS, and did not log in' : `asked for ${next.unit.verb} anyway and stopped`;
    if (end !== undefined) return `disconnected ${after(end.at)}, without logging in`;
  }
  return 'nothing secret in clear';
};

const severityOf = (evidence: Evidence): Severity => {
  switch (evidence.leak) {
    case 'credentials':
    case 'mail':
      return 'critical';
    case 'trust':
    case 'encryption':
      return 'high';
    case 'metadata':
    case 'availability':
      return 'medium';
  }
};

/** 0 is the worst. */
export const rank = (severity: Severity): number => SEVERITIES.indexOf(severity);

export const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];
