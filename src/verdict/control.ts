import protocols from '../protocols/index.js';
import { apopTimestamp, isApopDigest, provesPassword } from '../protocols/digests.js';
import { fromBase64 } from '../protocols/text.js';
import { printable } from '../wire/printable.js';
import { outputWords, unreadableFile } from './client-words.js';
import { leaks, quote, readings, type Evidence } from './evidence.js';
import { isRegistered } from './outline.js';
import { leftOpen, truncation, verdictOnEvidence, type Judgement } from './judgement.js';
import { paceOf } from './pace.js';
import type { Reading, Said } from './reading.js';
import type { Canaries } from './canaries.js';
import type { ClientEnd, ConnectionRecord, ControlFacts, Visit, WithheldFacts } from './visit.js';
import { outcome, takenIn } from './told.js';
import { verbOf, waysOf } from './way.js';

/** Judges the visit to the honest endpoint: a client that leaks there is `unsafe` there. */
export const judgeControl = (visit: Visit): Judgement => {
  const read = readings(visit);
  const evidence = [...leaks(visit, read), ...oldTls(visit, read)];
  if (evidence.length > 0) return verdictOnEvidence(visit.policy, evidence);
  const facts = controlFacts(visit, read);
  if (!facts.passed)
    return {
      status: 'inconclusive',
      because: facts.why ?? 'the client fails with an honest server',
      leaked: [],
      evidence: [],
    };
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
      ...derived(read, visit),
    ]),
  ];
  const version = read.flatMap((each) => each.boundaries).find(({ facts }) => facts.completed)?.facts.version;
  const why = failure(visit, read, found);
  return {
    passed: why === undefined,
    ...(why !== undefined && { why }),
    ...(version !== undefined && { tlsVersion: version }),
    connections: read.length,
    verbsOutside: commands(false),
    verbsInside: commands(true),
    tags: (read[0]?.said ?? []).flatMap((each) =>
      each.unit.kind === 'command' && each.unit.tag !== undefined ? [each.isKnown ? each.unit.tag : NO_TAG] : [],
    ),
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
    duration: visit.client.duration,
  };
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

/** What the visit with withheld answers, and nothing injected, showed. */
export const withheldFacts = (visit: Visit): WithheldFacts => {
  const read = readings(visit);
  return {
    beforeRelease: verbsBeforeRelease(read),
    verbs: insideVerbs(read),
    mechanisms: [...new Set(read.flatMap((each) => each.said).flatMap((each) => mechanismOf(each)))],
    ...(visit.client.how === 'stopped'
      ? { stopped: true as const }
      : { ways: waysOf(read).map((steps) => steps.map(({ name }) => name)) }),
    ...(read.some(({ connection }) => heardOut(connection)) && { waited: true as const }),
    ...(read.some(({ said }) => said.some(isAnnounced)) && { announced: true as const }),
    ...(read.some(wentOnByHand) && { wentOn: true as const }),
    ...(reportsFailure(visit) && { failed: true as const }),
  };
};

/** The client answered a handshake made by hand as one answers a server that one goes on with. */
const wentOnByHand = ({ boundaries }: Reading): boolean =>
  boundaries.some(({ facts }) => facts.answers?.includes('client_key_exchange') === true);

/** The visit to an honest server shows something that others can be compared with. */
export const isComparable = (visit: Visit): boolean =>
  visit.faults.length === 0 && (stoodInTls(visit) || readings(visit).some(wentOnByHand));

/** The client ended by itself, and said by exit code, signal or error that it did not reach what it wanted. */
export const reportsFailure = ({ client }: Visit): boolean => client.how !== 'stopped' && outcome(client) === 'failure';

/** Whether a client that spoke inside TLS waited for the answers that were withheld; undefined where none were. */
export const patienceOf = ({ connection, said }: Reading): 'waited' | 'left' | undefined => {
  if (!noted(connection, 'withheld') || !said.some(({ inside }) => inside)) return undefined;
  return heardOut(connection) ? 'waited' : 'left';
};

/** Answers were withheld, and the client was still there when they were released. */
const heardOut = (connection: ConnectionRecord): boolean =>
  noted(connection, 'withheld') && noted(connection, 'released');

const noted = ({ entries }: ConnectionRecord, what: 'withheld' | 'released'): boolean =>
  entries.some((entry) => entry.kind === 'note' && entry.what === what);

/** Trusted TLS stood on some connection of a visit. */
export const stoodInTls = (visit: Visit): boolean =>
  readings(visit).some(({ boundaries }) => boundaries.some(({ facts }) => facts.completed && facts.trusted));

/** Verbs inside TLS while the answers were withheld. */
export const verbsBeforeRelease = (read: readonly Reading[]): string[] =>
  read.flatMap((each) => each.said.filter((said) => said.inside && !isAfterRelease(each, said)).flatMap(verbs));

/** Withheld answers had been released when it was said. */
export const isAfterRelease = ({ connection }: Reading, said: Said): boolean => {
  const release = connection.entries.findIndex((entry) => entry.kind === 'note' && entry.what === 'released');
  return release !== -1 && said.entry >= release;
};

export const insideVerbs = (read: readonly Reading[]): string[] =>
  read.flatMap((each) => each.said.filter((said) => said.inside).flatMap(verbs));

const verbs = (said: Said): string[] =>
  said.unit.kind === 'command' || said.unit.kind === 'response' ? [verbOf(said)] : [];

/** Stands for the first word of a line that is no command: it may be a secret. */
const NO_TAG = '*';

const mechanismOf = (said: Said): string[] => {
  if (!said.inside) return [];
  if (isAnnounced(said)) return ['LOGIN command'];
  return said.unit.kind === 'command' && said.unit.mechanism !== undefined ? [said.unit.mechanism] : [];
};

/** IMAP's LOGIN whose name and password are still to come, as literals. */
const isAnnounced = ({ unit, inside }: Said): boolean =>
  inside && unit.kind === 'literal-wait' && unit.moment === 'login' && unit.verb === 'LOGIN';

/** Commands see nothing of the user's working directory, which their authors forget. */
const noConnection = (visit: Visit): string => {
  const { client } = visit;
  if (!MISSING_FILE.test(`${client.stdout}\n${client.stderr}\n${client.error ?? ''}`))
    return `the client made no connection to the port that it was given${exitWords(visit)}; does it use {port} and {host}?`;
  const end = (client.code ?? 0) === 0 ? 'ended' : `exited with ${String(client.code)}`;
  return `the client ${end} before connecting${outputWords(client)}; commands run in an empty folder: give an absolute path, or --cwd .`;
};

const MISSING_FILE = /no such file or directory|can't open file|cannot find module|file not found|cannot open/i;

/** Why the client fails with an honest server, with what to do; undefined if it does not. */
const failure = (visit: Visit, read: readonly Reading[], found: readonly (keyof Canaries)[]): string | undefined => {
  const [fault] = visit.faults;
  if (fault !== undefined) return fault;
  const unreadable = found.length === 0 ? unreadableFile(visit.client) : undefined;
  if (unreadable !== undefined)
    return `the client could not read ${unreadable}${asUser(visit.client)}${exitWords(visit)}; ${whoMustRead(visit.client)} must be able to read the file: copy it to a place that every user can read`;
  if (read.length === 0) return noConnection(visit);
  if (read.some((each) => isSealed(each)) && visit.client.how !== 'stopped') return sealedFailure(visit);
  const secret =
    found.includes('password') ||
    found.includes('token') ||
    (!visit.ownCredentials && read.some((each) => loggedInInside(each)));
  const mail =
    found.includes('message') ||
    found.includes('from') ||
    found.includes('to') ||
    (!visit.ownCredentials && read.some((each) => each.said.some((said) => said.trusted && said.unit.kind === 'body')));
  const said = read.flatMap((each) => each.said);
  const triedLogin = said.some((each) => each.unit.moment === 'login');
  // A message of the client's own making holds no canary; its mail is judged by grammar.
  if (secret && visit.client.how !== 'stopped') return undefined;
  if (visit.client.how === 'stopped')
    return `the client did not end within ${String(Math.round(visit.client.duration / 1000))} s${outputWords(visit.client)}${lastWord(said)}; give it what it waits for, or a longer --max-time`;
  if (protocols[visit.protocol].mailWithoutLogin && mail && !triedLogin) return undefined;
  return modeFailure(visit, read) ?? handshakeFailure(visit, read) ?? loginFailure(visit, read, triedLogin);
};

/** Where a client stopped that waits for ever. */
const lastWord = (said: readonly Said[]): string => {
  const last = said.findLast((each) => verbOf(each) !== '');
  return last === undefined ? '' : `; its last word was ${verbOf(last)}, ${last.inside ? 'inside TLS' : 'in clear'}`;
};

/** Somebody else's credentials are told by grammar, they can't be searched for. */
const loggedInInside = (read: Reading): boolean =>
  read.said.some(
    (said) =>
      said.trusted && 'secrets' in said.unit && said.unit.secrets.some((secret) => CREDENTIALS.has(secret.class)),
  );

/** TLS between the client and the real server stood, and the client went on inside, where nobody can look. */
const isSealed = (read: Reading): boolean =>
  read.boundaries.some(({ facts }) => facts.completed && facts.opaque === true);

const sealedFailure = ({ client }: Visit): string | undefined => {
  if (outcome(client) === 'success') return undefined;
  const how =
    client.error ?? (client.signal === undefined ? `exit code ${String(client.code)}` : `ended by ${client.signal}`);
  return `the client failed (${printable(how.slice(0, 160))}), and what it said inside TLS cannot be seen: TLS is passed on; does it work with the real server alone?`;
};

/** The client starts TLS in the other way, or not where it was due. */
const modeFailure = (visit: Visit, read: readonly Reading[]): string | undefined => {
  if (visit.tls === 'starttls' && read.some((each) => beganWithTls(each)))
    return `the client began with TLS where STARTTLS was due${exitWords(visit)}: is it configured for implicit TLS? then use --tls implicit; if it goes by the port number, use --place cell, where ports are the real ones`;
  const failed = read.find(({ boundaries }) => boundaries.some(({ facts }) => !facts.completed && !facts.hello));
  if (failed === undefined) return undefined;
  const words = inClear(failed);
  const mode =
    visit.tls === 'implicit'
      ? ' is it configured for STARTTLS? then use --tls starttls; if it goes by the port number, use --place cell, where ports are the real ones'
      : ' it must start TLS or close';
  if (words !== '') return `the client said ${words} in clear where its ClientHello was due${exitWords(visit)}:${mode}`;
  return visit.tls === 'implicit'
    ? `no ClientHello came: the client seems to wait for a greeting in clear${exitWords(visit)};${mode}`
    : undefined;
};

const beganWithTls = ({ connection, boundaries, said }: Reading): boolean =>
  boundaries.length === 0 &&
  said.length === 0 &&
  connection.entries.some((entry) => entry.kind === 'bytes' && entry.from === 'client' && entry.record === true);

/** What was said in clear after TLS was due, its secrets masked; empty if nothing was. */
const inClear = (read: Reading): string => {
  const due = read.connection.tls === 'implicit' ? -1 : read.said.findIndex(({ unit }) => unit.moment === 'starttls');
  const said = read.said.slice(due + 1).find((each) => !each.inside);
  if (said !== undefined) return `“${quote(said)}”`;
  const pending = read.boundaries.flatMap(({ facts }) => facts.pending.map(({ data }) => data)).join('');
  const [line = ''] = pending.split(/\r?\n/);
  // Of a login nothing but its first words may be shown.
  return line === ''
    ? ''
    : `“${printable(line.split(' ').slice(0, 2).join(' ').slice(0, 60))}${line.split(' ').length > 2 ? ' …' : ''}”`;
};

const handshakeFailure = (visit: Visit, read: readonly Reading[]): string | undefined => {
  const boundary = read.flatMap((each) => each.boundaries).find(({ facts }) => !facts.completed)?.facts;
  const distrusted = read.flatMap((each) => each.boundaries).find(({ facts }) => facts.completed)?.facts;
  const alert = boundary?.alert?.name;
  if (alert !== undefined && CA_ALERTS.has(alert))
    return `the client does not trust waxseal's CA (alert ${alert}); give it {ca}, {ca_dir}, {ca_p12} or {ca_jks}, or use --trust namespace`;
  if (boundary?.failure !== undefined && boundary.hello === undefined && boundary.pending.length === 0) {
    const advice =
      boundary.timeout === undefined
        ? 'its own TLS library may refuse to start; the certificate and {ca} play no part yet'
        : 'what does it wait for?';
    return `the client was told to begin TLS, and sent no ClientHello (${boundary.failure})${exitWords(visit)}; ${advice}`;
  }
  if (boundary !== undefined) {
    return `the TLS handshake failed (${alert === undefined ? (boundary.failure ?? 'unknown') : `alert ${alert}`})${exitWords(visit)}; does the client trust {ca} and connect to {servername}?`;
  }
  const said = read.flatMap((each) => each.said);
  const inside = said.filter((each) => each.inside);
  if (distrusted === undefined || inside.some(({ unit }) => unit.moment !== 'quit')) return undefined;
  const [goodbye] = inside;
  return goodbye === undefined
    ? `the client disconnected right after the TLS handshake${exitWords(visit)}; it may not trust waxseal's CA: give it {ca}, or check the host name it verifies`
    : `the client said ${verbOf(goodbye)} right after the TLS handshake, and did not log in${exitWords(visit)}; does it need an option, or an account? or does it verify after the handshake, and not trust waxseal's CA ({ca})?`;
};

const loginFailure = (visit: Visit, read: readonly Reading[], triedLogin: boolean): string => {
  const said = read.flatMap((each) => each.said);
  if (said.every((each) => !each.inside)) {
    if (said.length === 0)
      return `the client connected but said nothing the protocol knows${exitWords(visit)}; is --protocol ${visit.protocol} right?`;
    if (visit.tls === 'starttls' && !read.some((each) => each.askedUpgrade))
      return `the client never asked for TLS${exitWords(visit)}; is STARTTLS switched on in its configuration?`;
    return `TLS was never established${exitWords(visit)}`;
  }
  if (triedLogin) {
    const mechanisms = [
      ...new Set(
        said.flatMap((each) =>
          each.unit.kind === 'command' && each.unit.mechanism !== undefined ? [each.unit.mechanism] : [],
        ),
      ),
    ].join(', ');
    return `the client tried to log in (${mechanisms}), but this visit's password could not be found in what it sent${exitWords(visit)}; use {user} and {password}, or a mechanism that waxseal knows (PLAIN, LOGIN, XOAUTH2, APOP, CRAM-MD5, DIGEST-MD5, SCRAM, NTLM)`;
  }
  return `the client reached TLS but did not log in${exitWords(visit)}; does it need an option, or an answer to a prompt?`;
};

const asUser = ({ user }: ClientEnd): string => (user === undefined ? '' : ` as the user ${printable(user)}`);

const whoMustRead = ({ user }: ClientEnd): string =>
  user === undefined ? 'if it changes its user, that user' : `${printable(user)}, which it changed to,`;

const exitWords = (visit: Visit): string => {
  const { client } = visit;
  const end =
    client.error !== undefined
      ? ` (it threw: ${printable(client.error.slice(0, 160))})`
      : client.signal !== undefined
        ? ` (it was ended by ${client.signal})`
        : client.code !== undefined && client.code !== 0
          ? ` (exit code ${String(client.code)})`
          : '';
  return `${end}${outputWords(visit.client)}`;
};

/** Authenticators that are right for the recorded challenge prove that the password was used. */
const derived = (read: readonly Reading[], visit: Visit): (keyof Canaries)[] =>
  read.some((each) => {
    const answers = each.said.flatMap((said, index) => (said.trusted ? [[said, index] as const] : []));
    return answers
      .slice(0, MOST_ANSWERS)
      .some(([said, index]) => isDerived(said, index, each, visit.canaries.password));
  })
    ? ['password']
    : [];

const isDerived = (said: Said, index: number, read: Reading, password: string): boolean => {
  if (said.unit.kind === 'command' && said.unit.mechanism === 'APOP')
    return isApopDigest(said.unit.args[1] ?? '', apopTimestamp(read.heard[0]?.reply.lines[0] ?? ''), password);
  if (said.unit.kind !== 'response') return false;
  const challenges = read.heard.flatMap(({ reply }) => decoded(reply.challenge)).slice(0, MOST_ANSWERS);
  return provesPassword(
    { mechanism: said.unit.mechanism, challenges, responses: responsesUpTo(index, read) },
    password,
  );
};

/** What the client answered with in one login, the initial response too. */
const responsesUpTo = (last: number, { said }: Reading): Buffer[] => {
  const recent = said.slice(Math.max(0, last - MOST_STEPS), last + 1);
  const login = recent.findLastIndex(({ unit }, index) => index < recent.length - 1 && unit.kind === 'command');
  return recent
    .slice(Math.max(0, login))
    .flatMap(({ unit }) =>
      'secrets' in unit
        ? unit.secrets
            .filter((secret) => secret.class === 'authenticator')
            .flatMap(({ start, end }) => decoded(unit.raw.toString('latin1', start, end)))
        : [],
    );
};

/** Things said inside TLS, and challenges, that are looked at on one connection. */
const MOST_ANSWERS = 200;
/** Answers of one login; no mechanism has as many. */
const MOST_STEPS = 8;

/** A SASL message in base64, as a list of none or one. */
const decoded = (text: string | undefined): Buffer[] => {
  const bytes = text === undefined ? undefined : fromBase64(text);
  return bytes === undefined ? [] : [bytes];
};

const OLD_TLS: ReadonlySet<string> = new Set(['SSLv2', 'SSLv3', 'TLSv1.0', 'TLSv1', 'TLSv1.1', 'TLS 1.0', 'TLS 1.1']);
const CREDENTIALS: ReadonlySet<string> = new Set(['password', 'token', 'authenticator']);
const CA_ALERTS: ReadonlySet<string> = new Set([
  'unknown_ca',
  'tlsv1_alert_unknown_ca',
  'bad_certificate',
  'certificate_unknown',
  'unsupported_certificate',
]);
