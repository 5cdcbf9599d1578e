import protocols from '../protocols/index.js';
import { printable } from '../wire/printable.js';
import type { Canaries } from './canaries.js';
import { outputWords, saysOutOfDate, unreadableFile } from './client-words.js';
import { quote } from './evidence-words.js';
import { loggedInInside, loggedInWithoutPassword } from './proved-login.js';
import type { Reading, Said } from './reading.js';
import type { ClientEnd, Visit } from './visit.js';
import { outcome } from './told.js';
import { verbOf } from './way.js';

/** Why the client fails with an honest server, with what to do; undefined if it does not. */
export const controlFailure = (
  visit: Visit,
  read: readonly Reading[],
  found: readonly (keyof Canaries)[],
): string | undefined => {
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
    (!visit.ownCredentials && read.some((each) => loggedInInside(each))) ||
    read.some((each) => loggedInWithoutPassword(each));
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

/** Commands see nothing of the user's working directory, which their authors forget. */
const noConnection = (visit: Visit): string => {
  const { client } = visit;
  if (!MISSING_FILE.test(`${client.stdout}\n${client.stderr}\n${client.error ?? ''}`))
    return `the client made no connection to the port that it was given${exitWords(visit)}; does it use {port} and {host}?`;
  const end = (client.code ?? 0) === 0 ? 'ended' : `exited with ${String(client.code)}`;
  return `the client ${end} before connecting${outputWords(client)}; commands run in an empty folder: give an absolute path, or --cwd .`;
};

const MISSING_FILE = /no such file or directory|can't open file|cannot find module|file not found|cannot open/i;

/** Where a client stopped that waits for ever. */
const lastWord = (said: readonly Said[]): string => {
  const last = said.findLast((each) => verbOf(each) !== '');
  return last === undefined ? '' : `; its last word was ${verbOf(last)}, ${last.inside ? 'inside TLS' : 'in clear'}`;
};

/** TLS between the client and the real server stood, and the client went on inside, where nobody can look. */
export const isSealed = (read: Reading): boolean =>
  read.boundaries.some(({ facts }) => facts.completed && facts.opaque === true);

const sealedFailure = ({ client }: Visit): string | undefined => {
  if (outcome(client) !== 'failure') return undefined;
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

/** How the client gets the CA: a command by its placeholders, a client that somebody set up by hand from a file. */
const trustAdvice = ({ met }: Visit): string => {
  if (met === undefined) return 'give it {ca}, {ca_dir}, {ca_p12} or {ca_jks}, or use --trust namespace';
  return `have it trust ${caFileOf(met.by)}`;
};

/** The file that a client which waxseal did not start must trust. */
const caFileOf = (by: 'serve' | 'proxy'): string =>
  by === 'serve'
    ? 'the CA file that waxseal serve named at its start'
    : 'the CA file that waxseal proxy --write-ca FILE writes';

const handshakeFailure = (visit: Visit, read: readonly Reading[]): string | undefined => {
  const boundary = read.flatMap((each) => each.boundaries).find(({ facts }) => !facts.completed)?.facts;
  const alert = boundary?.alert?.name;
  const outOfDate =
    alert === 'certificate_expired' || saysOutOfDate(visit.client)
      ? `the client finds that the certificate is not valid at this time${alert === undefined ? '' : ` (alert ${alert})`}${exitWords(visit)}; is its clock right? the certificates of this session are valid today`
      : undefined;
  if (boundary !== undefined && outOfDate !== undefined) return outOfDate;
  if (alert !== undefined && CA_ALERTS.has(alert))
    return `the client does not trust waxseal's CA (alert ${alert}); ${trustAdvice(visit)}`;
  if (boundary?.failure !== undefined && boundary.hello === undefined && boundary.pending.length === 0) {
    const advice =
      boundary.timeout === undefined
        ? 'its own TLS library may refuse to start; the certificate and the CA play no part yet'
        : 'what does it wait for?';
    return `the client was told to begin TLS, and sent no ClientHello (${boundary.failure})${exitWords(visit)}; ${advice}`;
  }
  if (boundary !== undefined) {
    return `the TLS handshake failed (${alert === undefined ? (boundary.failure ?? 'unknown') : `alert ${alert}`})${exitWords(visit)}; ${visit.met === undefined ? 'does the client trust {ca} and connect to {servername}?' : 'does the client trust waxseal’s CA, and connect to a name that the certificate has?'}`;
  }
  const said = read.flatMap((each) => each.said);
  const inside = said.filter((each) => each.inside);
  const stood = read.some((each) => each.boundaries.some(({ facts }) => facts.completed));
  if (!stood || inside.some(({ unit }) => unit.moment !== 'quit')) return undefined;
  if (outOfDate !== undefined) return outOfDate;
  const [goodbye] = inside;
  return goodbye === undefined
    ? `the client disconnected right after the TLS handshake${exitWords(visit)}; it may not trust waxseal's CA: ${visit.met === undefined ? 'give it {ca}' : trustAdvice(visit)}, or check the host name it verifies`
    : `the client said ${verbOf(goodbye)} right after the TLS handshake, and did not log in${exitWords(visit)}; does it need an option, or an account? or does it verify after the handshake, and not trust waxseal's CA (${visit.met === undefined ? '{ca}' : caFileOf(visit.met.by)})?`;
};

const loginFailure = (visit: Visit, read: readonly Reading[], triedLogin: boolean): string => {
  const said = read.flatMap((each) => each.said);
  if (said.every((each) => !each.inside)) {
    if (said.length === 0 && visit.tls === 'starttls' && read.every((each) => leftAfterTheList(each)))
      return `the client read the capability list in the greeting, and disconnected without a word${exitWords(visit)}; is STARTTLS switched on in its configuration?`;
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
    return `the client tried to log in (${mechanisms}), but waxseal does not find the password of this run in what it sent${exitWords(visit)}; log in with {user} and {password}, and with a mechanism that waxseal can read (PLAIN, LOGIN, XOAUTH2, APOP, CRAM-MD5, DIGEST-MD5, SCRAM, NTLM)`;
  }
  return `the client reached TLS but did not log in${exitWords(visit)}; does it need an option, or an answer to a prompt?`;
};

/** Where the greeting has the list of logins, a client that finds none for itself need not say a word. */
const leftAfterTheList = ({ connection: { entries }, heard }: Reading): boolean =>
  heard.some(({ offer }) => offer !== undefined) &&
  !entries.some((entry) => entry.kind === 'bytes' && entry.from === 'client');

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

const CA_ALERTS: ReadonlySet<string> = new Set([
  'unknown_ca',
  'tlsv1_alert_unknown_ca',
  'bad_certificate',
  'certificate_unknown',
  'unsupported_certificate',
]);
