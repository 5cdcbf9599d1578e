import protocols from '../protocols/index.js';
import { cipherSuite, type CipherClass } from '../tls/cipher-suites.js';
import { VERSION_NUMBERS } from '../tls/registries.js';
import { printable } from '../wire/printable.js';
import { leaks, mailboxInClear, misplacedTrust, type Evidence } from '../verdict/evidence.js';
import { quote } from '../verdict/evidence-words.js';
import { verdictOnEvidence, type Judgement } from '../verdict/judgement.js';
import { reading, type Reading, type Said } from '../verdict/reading.js';
import type { TlsPolicy, Visit } from '../verdict/visit.js';
import type { CapturedConnection, CapturedTls } from './connection.js';
import type { EarlyDataFate } from './early-data.js';
import { findingOf, type FindingId } from './findings.js';

/** What was found on a captured connection. */
export interface CapturedFinding {
  readonly id: FindingId;
  readonly judgement: Judgement;
}

/**
 * Everything that can be said of a captured connection. The first finding is always there: whether a login or mail was seen in
 * clear. What was not captured is never taken for harmless.
 */
export const judgeConnection = (connection: CapturedConnection, visit: Visit): readonly CapturedFinding[] => {
  const read = reading(visit.connections[0] ?? connection.record);
  const found = (id: FindingId, evidence: readonly Evidence[]): CapturedFinding[] => {
    const [sure, unsure] = parted(connection, read, evidence);
    if (sure.length > 0) return [{ id, judgement: verdictOnEvidence(visit.policy, sure, findingOf(id).severity) }];
    const [first] = unsure;
    return first === undefined ? [] : [{ id, judgement: inconclusive(`${first.why}, it seems, but ${UNSURE}`) }];
  };
  const inClear = leaks(visit, [read]).filter((each) => each.cause !== 'unverified' && !isRestOfMail(read, each));
  const mailbox = inClear.length === 0 ? mailboxInClear([read]) : [];
  const [secrets = { id: 'secrets-in-clear', judgement: nothingInClear(connection, read) }] = found(
    'secrets-in-clear',
    [...inClear, ...mailbox],
  );
  return [
    secrets,
    ...found('starttls-not-taken', notTaken(read)),
    ...found('starttls-refused', wentOnAfterRefusal(connection, read)),
    ...found('text-before-tls', textBeforeTls(connection, visit)),
    ...greetingInside(connection, read, found),
    ...connection.sessions.flatMap((session) => [
      ...found('tls-downgraded', downgraded(session, visit.policy)),
      ...found('tls-weak', weak(session)),
    ]),
    ...connection.sessions.flatMap((session) => certificate(session, read, found)),
  ];
};

/** What is left of a mail that was cut off is no login: the mail before it is evidence already. */
const isRestOfMail = ({ rest, said }: Reading, { leak, entry }: Evidence): boolean =>
  leak === 'credentials' &&
  rest.some((each) => each.entry === entry && each.wasDue === 'secret') &&
  said.findLast((each) => each.entry <= entry)?.unit.moment === 'message';

type Found = (id: FindingId, evidence: readonly Evidence[]) => CapturedFinding[];

/** What was seen for sure, and what may mean something else because bytes before it are missing. */
const parted = (
  { losses, startSeen, contradicts, record }: CapturedConnection,
  read: Reading,
  evidence: readonly Evidence[],
): readonly [sure: readonly Evidence[], unsure: readonly Evidence[]] => {
  const firstLoss = startSeen ? Math.min(Infinity, ...losses.map(({ before }) => before)) : -1;
  // A login that the server took was one.
  const tookLogin = read.accepted.some(({ what, inside }) => what === 'login' && !inside);
  const isSure = ({ entry, leak }: Evidence): boolean => {
    if (contradicts && record.entries[entry]?.kind === 'bytes' && !(leak === 'credentials' && tookLogin)) return false;
    return entry < firstLoss || (leak === 'credentials' && tookLogin);
  };
  return [evidence.filter(isSure), evidence.filter((each) => !isSure(each))];
};

const UNSURE = 'bytes before it were not captured, or captured twice with different contents';

const inconclusive = (because: string): Judgement => ({ status: 'inconclusive', because, leaked: [], evidence: [] });

const nothingInClear = (connection: CapturedConnection, read: Reading): Judgement => {
  const doubt = doubtOf(connection, read);
  if (doubt !== undefined) return inconclusive(doubt);
  return {
    status: 'safe',
    because: `nothing secret was seen in clear on this connection; ${tlsWords(connection)}`,
    leaked: [],
    evidence: [],
  };
};

/** Why more may have been said in clear than was seen. */
const doubtOf = (connection: CapturedConnection, read: Reading): string | undefined => {
  const { losses, startSeen, contradicts, end, record, tlsUnseen } = connection;
  const lost = losses.reduce((sum, { count }) => sum + count, 0);
  if (!startSeen)
    return tlsUnseen
      ? 'the beginning of the connection was not captured: TLS was on then, and what came before it is unknown'
      : 'the beginning of the connection was not captured';
  if (lost > 0) return `${String(lost)} bytes of the connection were not captured`;
  if (contradicts)
    return 'TCP segments that overlap say different things: what was captured may not be what the other side read';
  if (end === 'limit') return 'too much was captured at once: the connection was not followed to its end';
  if (end === 'open') return 'the capture ends before the connection does';
  if (record.entries.some((entry) => entry.kind === 'bytes' && !entry.inside && entry.dropped !== undefined))
    return 'more was said in clear than is kept';
  if (read.said.some((each) => !each.inside && each.unit.kind === 'oversize'))
    return 'a line or mail in clear is too long to be read';
  if (read.said.some((each) => !each.inside && each.unit.moment === 'login'))
    return 'the client began to log in outside TLS, and was not asked for its secret';
  if (read.rest.some(({ inside, wasDue }) => !inside && wasDue === 'secret'))
    return 'the connection ended when a secret was due in clear';
  return undefined;
};

/** What a capture shows of TLS, and what it cannot show. */
const tlsWords = ({ sessions, tls }: CapturedConnection): string => {
  const session = sessions.find(({ facts }) => facts.completed);
  if (session === undefined)
    return sessions.length > 0 ? 'TLS was begun and not completed' : 'TLS was not begun, and the client did not log in';
  const { facts, fault } = session;
  const version = facts.answer?.version.replace('TLSv', 'TLS ') ?? 'TLS';
  const how = tls === 'implicit' ? 'from the first byte' : 'after STARTTLS';
  const keys = {
    yes: 'decrypted',
    none: 'not decrypted, no keys were given',
    failed: 'not wholly decrypted, the keys given do not open all of it',
    unsupported: `not decrypted, ${printable(cipherSuite(facts.answer?.cipherSuite ?? 0).name)} is not supported`,
  }[facts.decrypted];
  const certificate = fault === undefined ? certificateWords(facts) : '';
  const early = facts.earlyData === undefined ? '' : EARLY_DATA[facts.earlyData];
  return `${version} ${how} (${keys}${early}); ${certificate}whether the client verified the server cannot be seen`;
};

const EARLY_DATA: Readonly<Record<EarlyDataFate, string>> = {
  read: ', early data too',
  unread: ', early data not read',
  refused: ', early data refused by the server',
};

const certificateWords = ({ certificates, resumed, answer }: CapturedTls['facts']): string => {
  if (certificates !== undefined) return '';
  if (resumed) return 'the session was resumed, without a certificate; ';
  return answer?.version === 'TLSv1.3' ? 'its certificate is encrypted; ' : '';
};

/** What shows that a client goes on in clear: anything but greeting the server, asking what it can do, and leaving. */
const isGoingOn = ({ unit, inside }: Said): boolean =>
  !inside && (unit.moment === 'login' || unit.moment === 'mailbox' || unit.moment === 'message' || isEnvelope(unit));

const isEnvelope = (unit: Said['unit']): boolean =>
  'secrets' in unit && unit.secrets.some((secret) => secret.class === 'mail');

const notTaken = (read: Reading): Evidence[] => {
  const offered = read.heard.find(({ offer, inside }) => offer?.upgrade === true && !inside);
  if (offered === undefined || read.askedUpgrade) return [];
  const first = read.said.find((said) => isGoingOn(said) && said.entry > offered.entry);
  return first === undefined
    ? []
    : [proof(read, first, 'on-offer', `STARTTLS was offered and not taken: ${wordOf(first)} sent in clear`)];
};

const wentOnAfterRefusal = ({ upgrade }: CapturedConnection, read: Reading): Evidence[] => {
  if (upgrade !== 'refused' && !(upgrade === 'granted' && read.boundaries.every(({ facts }) => !facts.completed)))
    return [];
  const asked = read.said.findIndex(({ unit, inside }) => unit.moment === 'starttls' && !inside);
  const first = read.said.slice(asked + 1).find(isGoingOn);
  if (first === undefined) return [];
  const what = upgrade === 'refused' ? 'STARTTLS was refused' : 'TLS did not start after the go-ahead';
  return [proof(read, first, 'denied', `${what}, and the client went on in clear: ${wordOf(first)}`)];
};

const wordOf = ({ unit }: Said): string =>
  unit.kind === 'command' || unit.kind === 'literal-wait' ? unit.verb : unit.kind === 'body' ? 'mail' : 'login';

const proof = (read: Reading, said: Said, cause: Evidence['cause'], why: string): Evidence => ({
  leak: said.unit.moment === 'login' ? 'credentials' : 'mail',
  cause,
  connection: read.connection.id,
  entry: said.entry,
  quote: quote(said),
  why,
});

/** Of either side: a client that means well waits for the answer, and a server for TLS. */
const textBeforeTls = ({ lateReplies, sessions }: CapturedConnection, visit: Visit): Evidence[] => {
  const [connection] = visit.connections;
  if (connection === undefined) return [];
  const pending = connection.entries.flatMap((entry, index): Evidence[] => {
    if (entry.kind !== 'boundary' || entry.pending.length === 0) return [];
    const text = entry.pending.map(({ data }) => data).join('');
    return [
      {
        leak: 'trust',
        cause: 'believed',
        connection: connection.id,
        entry: index,
        quote: firstWords(text),
        why: `${String(text.length)} bytes came in clear from the client between STARTTLS and TLS: a server that keeps them runs them as if they had come encrypted`,
      },
    ];
  });
  const late = lateReplies.flatMap((index): Evidence[] => {
    const entry = connection.entries[index];
    // Without TLS behind them they are only answers that nobody has asked for.
    if (entry?.kind !== 'bytes' || sessions.every(({ facts }) => facts.answer === undefined)) return [];
    return [
      {
        leak: 'trust',
        cause: 'believed',
        connection: connection.id,
        entry: index,
        quote: printable(entry.data.slice(0, 80)),
        why: 'the server’s side said more in clear between its go-ahead and TLS: a client that keeps it takes it for encrypted',
      },
    ];
  });
  return [...pending, ...late.slice(0, 1)];
};

/** Enough to recognise a command by, and nothing that may be its secret. */
const firstWords = (text: string): string => printable(/^\S*(?: \S*)?/.exec(text)?.[0].slice(0, 40) ?? '');

/** Client-first protocols: the server says nothing inside TLS until it is asked. */
const greetingInside = (connection: CapturedConnection, read: Reading, found: Found): CapturedFinding[] => {
  const protocol = protocols[connection.protocol];
  const session = connection.sessions.find(({ facts }) => facts.completed);
  if (connection.tls !== 'starttls' || protocol.speaksFirstAfterUpgrade || session?.facts.firstData !== 'server')
    return [];
  if (session.facts.decrypted !== 'yes')
    return [
      {
        id: 'greeting-inside-tls',
        judgement: inconclusive(
          'the server spoke first inside TLS, which it does not do after STARTTLS: the client’s TLS may have been connected to another port',
        ),
      },
    ];
  const { entries } = connection.record;
  const at = entries.findIndex((entry) => entry.kind === 'bytes' && entry.inside);
  const entry = entries[at];
  if (entry?.kind !== 'bytes') return [];
  const [line = ''] = entry.data.split(/\r?\n/);
  if (!protocol.inspection.greets(line)) return [];
  const wentOn = read.said.some(({ inside, unit }) => inside && unit.moment !== 'quit');
  if (!wentOn)
    return [
      {
        id: 'greeting-inside-tls',
        judgement: {
          status: 'safe',
          because: 'the server greeted inside TLS after STARTTLS, and the client did not go on',
          leaked: [],
          evidence: [],
        },
      },
    ];
  return found('greeting-inside-tls', [
    {
      leak: 'trust',
      cause: 'out-of-step',
      connection: connection.record.id,
      entry: at,
      quote: printable(line.slice(0, 80)),
      why: 'the server greeted inside TLS after STARTTLS, and the client went on: its TLS was connected to another port',
    },
  ]);
};

const downgraded = ({ entry, facts }: CapturedTls, policy: TlsPolicy): Evidence[] => {
  const { hello, answer, serverRandom, completed } = facts;
  if (hello === undefined || answer === undefined || !completed) return [];
  const one = {
    leak: 'encryption' as const,
    cause: 'broken-tls' as const,
    connection: 1,
    entry,
    quote: answer.version,
  };
  const mark = serverRandom?.toString('latin1', 24);
  const offers13 = hello.versions.includes('TLSv1.3');
  if (offers13 && answer.version !== 'TLSv1.3' && (mark === 'DOWNGRD\x01' || mark === 'DOWNGRD\x00'))
    return [
      {
        ...one,
        why: `the client went on with ${words(answer.version)} although the server’s hello says that it was downgraded from TLS 1.3`,
      },
    ];
  if (hello.cipherSuites.includes(FALLBACK_SCSV) && policy === 'required')
    return [
      {
        ...one,
        why: `the client came back with ${words(hello.versions[0] ?? answer.version)} after a better version had failed (TLS_FALLBACK_SCSV)`,
      },
    ];
  return [];
};

const FALLBACK_SCSV = 0x5600;

const weak = ({ entry, facts }: CapturedTls): Evidence[] => {
  const { answer, completed } = facts;
  if (answer === undefined || !completed) return [];
  const suite = cipherSuite(answer.cipherSuite);
  const isOld = OLD.has(answer.version);
  const flaw = BROKEN.find((each) => suite.classes.has(each));
  if (!isOld && flaw === undefined) return [];
  return [
    {
      leak: 'encryption',
      cause: isOld ? 'old-tls' : 'broken-tls',
      connection: 1,
      entry,
      quote: `${answer.version} ${suite.name}`,
      why: isOld
        ? `${words(answer.version)} was used, which is forbidden today`
        : `${suite.name} was used, which is broken`,
    },
  ];
};

const words = (version: string): string =>
  version
    .replace(/^TLSv1$/, 'TLSv1.0')
    .replace('TLSv', 'TLS ')
    .replace('SSLv', 'SSL ');

const OLD: ReadonlySet<string> = new Set(Object.keys(VERSION_NUMBERS).filter((name) => !/^TLSv1\.[23]$/.test(name)));
const BROKEN: readonly CipherClass[] = ['null', 'anon', 'export', 'rc2', 'rc4', 'des', '3des', 'idea'];

const certificate = (session: CapturedTls, read: Reading, found: Found): CapturedFinding[] => {
  const { fault, facts, entry } = session;
  if (fault === undefined) return [];
  const id = 'certificate-wrong';
  const said = misplacedTrust(read);
  if (said.length > 0) return found(id, said);
  const because = `the certificate is ${fault.what}`;
  if (facts.decrypted === 'yes' || facts.applicationData.client === 0)
    return [
      {
        id,
        judgement: {
          status: 'safe',
          because: `${because}, and the client sent nothing to that server${facts.alert === undefined ? '' : ` (alert ${printable(facts.alert.name)})`}`,
          leaked: [],
          evidence: [],
        },
      },
    ];
  if (facts.applicationData.client < LONGEST_GOODBYE)
    return [
      { id, judgement: inconclusive(`${because}; the client said a few encrypted bytes, which may be a goodbye`) },
    ];
  return found(id, [
    {
      leak: 'trust',
      cause: 'unverified',
      connection: 1,
      entry,
      quote: printable(fault.subject.slice(0, 80)),
      why: `${because}, and the client went on: ${String(facts.applicationData.client)} encrypted bytes or more`,
    },
  ]);
};

/** Octets; more than RSET and QUIT, or a tag and LOGOUT, take. */
const LONGEST_GOODBYE = 48;
