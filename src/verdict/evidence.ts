import { mailCutOff } from './cut-off-mail.js';
import protocols from '../protocols/index.js';
import type { BoundaryEntry, TranscriptEntry } from '../wire/entry.js';
import { isTampered } from '../wire/tampered.js';
import { printable } from '../wire/printable.js';
import { CANARY_WORDS, nameOf, quote, whyOf } from './evidence-words.js';
import { hitQuote } from './hit-quote.js';
import type { Reading, Said } from './reading.js';
import { keepReadings, reading, readingSteps } from './reading.js';
import type { Steps } from './steps.js';
import { takenWithoutSecret } from './taken-without-secret.js';
import { unfinishedCommand } from './unfinished-command.js';
import type { CanaryHit, Leak, Visit } from './visit.js';

/** Why something went wrong, which decides what a policy makes of it. */
export type Cause =
  /** The offer of TLS vanished, was refused, or came to nothing. */
  | 'denied'
  /** TLS was on offer. */
  | 'on-offer'
  /** TLS stands, with an unverified server. */
  | 'unverified'
  | 'believed'
  /** A login or mail went to a server that the attacker had named: in a referral, in DNS or in a configuration file. */
  | 'referred'
  /** An answer that answers nothing it had asked was taken for one. */
  | 'out-of-step'
  /** Clear text in the middle of TLS. */
  | 'broken-stream'
  | 'broken-tls'
  /** TLS stands, in a version that is forbidden. */
  | 'old-tls'
  | 'metadata'
  | 'availability';

/** One proof that a client did what it should not. */
export interface Evidence {
  readonly leak: Leak;
  readonly cause: Cause;
  /** Number of the connection. */
  readonly connection: number;
  /** Index of the entry in its transcript. */
  readonly entry: number;
  /** What was said, escaped, with secrets masked. */
  readonly quote: string;
  readonly why: string;
}

/** The visit's connections to clients, understood; what was understood last is not read again. */
export const readings = (visit: Visit): readonly Reading[] => {
  const { connections } = visit;
  const isSame =
    latest?.of === connections &&
    connections.length === latest.ends.length &&
    connections.every(({ entries }, index) => latest?.ends[index] === entries.at(-1));
  if (latest === undefined || !isSame)
    latest = {
      of: connections,
      // Of a connection that is still open, more may have been said meanwhile.
      ends: connections.map(({ entries }) => entries.at(-1)),
      read: connections.filter((connection) => connection.leg === 'client').map(reading),
    };
  return latest.read;
};

/** The same in steps, after which `readings` has them at once. */
export function* readingsSteps(visit: Visit): Steps<readonly Reading[]> {
  const read: Reading[] = [];
  for (const connection of visit.connections)
    if (connection.leg === 'client') read.push(yield* readingSteps(connection));
  keepReadings(read);
  return readings(visit);
}

let latest:
  | {
      readonly of: Visit['connections'];
      readonly ends: readonly (TranscriptEntry | undefined)[];
      readonly read: readonly Reading[];
    }
  | undefined;

/** Credentials, mail and user names that left the client outside trusted TLS. */
export const leaks = (visit: Visit, read: readonly Reading[] = readings(visit)): Evidence[] => {
  const spoken = read.flatMap((each) => [
    ...spokenLeaks(visit, each, read),
    ...unfinishedLeaks(visit, each, read),
    ...cutOffMail(visit, each, read),
    ...cutOffCommands(visit, each, read),
    ...misplacedTrust(each),
    ...loginsWithoutSecret(visit, each, read),
  ]);
  const byNumber = new Map(read.map((each) => [each.connection.id, each]));
  // What the grammar understood is told once; a hit adds what it did not, before that and on the other side of TLS too.
  const places = new Set(spoken.map(({ connection, entry }) => placeName(connection, entry)));
  const firstTold = new Map<string, number>();
  for (const { connection, entry, leak } of spoken) {
    const key = sideName(byNumber.get(connection), entry, leak);
    firstTold.set(key, Math.min(entry, firstTold.get(key) ?? Infinity));
  }
  const silent = visit.hits
    .filter((hit) => hit.canary !== 'user' || !isPartOf(hit, places, byNumber.get(hit.connection)))
    .flatMap((hit) => hitEvidence(visit, hit, byNumber.get(hit.connection), read))
    .filter(
      ({ connection, entry, leak }) =>
        (firstTold.get(sideName(byNumber.get(connection), entry, leak)) ?? Infinity) > entry &&
        !places.has(placeName(connection, entry)),
    );
  return [...spoken, ...silent];
};

/** Whether a hit lies in something that was told already: a login may come in several segments, its user name in a later one. */
const isPartOf = (hit: CanaryHit, told: ReadonlySet<string>, read: Reading | undefined): boolean =>
  read?.said.some(
    (said, index) =>
      said.entry < hit.entry &&
      hit.entry <= (read.said[index + 1]?.entry ?? Infinity) &&
      told.has(placeName(hit.connection, said.entry)),
  ) === true;

/** The leaks of one kind on one side of TLS, on one connection. */
const sideName = (read: Reading | undefined, entry: number, leak: Leak): string => {
  const place = read?.connection.entries[entry];
  const side = place?.kind === 'bytes' && place.inside ? 'inside' : 'in clear';
  return `${String(read?.connection.id)} ${leak} ${side}`;
};

const placeName = (connection: number, entry: number): string => `${String(connection)} entry ${String(entry)}`;

/** A session that went on in clear after a login without a secret. */
const loginsWithoutSecret = (visit: Visit, read: Reading, all: readonly Reading[]): Evidence[] =>
  takenWithoutSecret(read).map((said) => ({
    leak: 'trust',
    cause: denied(visit, read, all, said.entry) ? 'denied' : 'on-offer',
    connection: read.connection.id,
    entry: said.entry,
    quote: quote(said),
    why: 'logged in without TLS and without a secret: the session goes on in clear',
  }));

/** A command or SASL data inside a TLS session that should have been refused; ways out (QUIT, LOGOUT, and a reset before them) are a refusal. */
export const misplacedTrust = (read: Reading): Evidence[] => {
  const first = read.said.find((said) => said.inside && !said.trusted && !isWayOut(said));
  if (first === undefined) return [];
  return [
    {
      leak: 'trust',
      cause: 'unverified',
      connection: read.connection.id,
      entry: first.entry,
      quote: quote(first),
      why: `${nameOf(first)} sent to an unverified server (${faultAt(read, first.entry)})`,
    },
  ];
};

/** Commands to a mailbox outside TLS: a client that reads or fills it there trusts a server that proved nothing (IMAP's PREAUTH). */
export const mailboxInClear = (read: readonly Reading[]): Evidence[] =>
  read.flatMap((each) =>
    each.said
      .filter((said) => !said.inside && (said.unit.moment === 'mailbox' || said.unit.moment === 'message'))
      .slice(0, 1)
      .map((said) => ({
        leak: 'trust',
        cause: 'denied',
        connection: each.connection.id,
        entry: said.entry,
        quote: quote(said),
        why: `${nameOf(said)} sent in clear: the session went on without TLS`,
      })),
  );

/** IMAP's ID with something in it, outside TLS (RFC 2971 §3.1; `NIL` says nothing). */
export const identities = (read: readonly Reading[]): Evidence[] =>
  read.flatMap((each) =>
    each.said
      .filter(
        ({ inside, unit }) =>
          !inside &&
          unit.kind === 'command' &&
          unit.moment === 'identify' &&
          !['', 'NIL', '()'].includes((unit.args[0] ?? '').toUpperCase()),
      )
      .map((said) => ({
        leak: 'metadata',
        cause: 'metadata',
        connection: each.connection.id,
        entry: said.entry,
        quote: quote(said),
        why: 'client name and version sent in clear (ID)',
      })),
  );

// Libraries reset a session before they leave it; nothing in that is of use to the peer.
export const isWayOut = ({ unit }: Said): boolean =>
  unit.moment === 'quit' || (unit.kind === 'command' && RESETS.has(unit.verb));

const RESETS: ReadonlySet<string> = new Set(Object.values(protocols).flatMap(({ resetVerbs }) => [...resetVerbs]));

const spokenLeaks = (visit: Visit, read: Reading, all: readonly Reading[]): Evidence[] =>
  read.said
    .filter((said) => !said.trusted)
    .flatMap((said): Evidence[] => {
      if (!('secrets' in said.unit)) return [];
      const classes = new Set(said.unit.secrets.map((secret) => secret.class));
      const leak = leakOf(classes);
      if (leak === undefined) return [];
      return [
        {
          leak,
          cause: causeOf(visit, said, leak, read, all),
          connection: read.connection.id,
          entry: said.entry,
          quote: quote(said),
          why: whyOf(said, leak),
        },
      ];
    });

/** A mail inside a command, as IMAP’s APPEND, that had begun to come when the connection ended. */
const cutOffMail = (visit: Visit, read: Reading, all: readonly Reading[]): Evidence[] =>
  read.rest.flatMap((rest): Evidence[] => {
    if (rest.trusted || rest.wasDue !== 'command') return [];
    const mail = mailCutOff(read.connection.protocol, rest.bytes);
    if (mail === undefined) return [];
    const cause = rest.inside ? 'unverified' : denied(visit, read, all, rest.entry) ? 'denied' : 'on-offer';
    return [
      {
        leak: 'mail',
        cause,
        connection: read.connection.id,
        entry: rest.entry,
        quote: printable(rest.bytes.toString('latin1', 0, mail.start).trimEnd()).slice(0, 160),
        why: `mail sent ${rest.inside ? 'to an unverified server' : 'in clear'}, until the connection ended`,
      },
    ];
  });

/** A login, an envelope or a script of which the connection's end left a part: the rest is easily guessed, or comes with the next try. */
const cutOffCommands = (visit: Visit, read: Reading, all: readonly Reading[]): Evidence[] =>
  read.rest.flatMap((rest): Evidence[] => {
    const { protocol, id } = read.connection;
    if (rest.trusted || rest.wasDue !== 'command' || mailCutOff(protocol, rest.bytes) !== undefined) return [];
    const unit = unfinishedCommand(protocol, rest.bytes);
    const leak = leakOf(new Set(unit?.secrets.map((secret) => secret.class)));
    // A user name is metadata only where all of it came, which a search finds.
    if (unit === undefined || leak === undefined || leak === 'metadata') return [];
    const { entry, inside } = rest;
    const cause = inside ? 'unverified' : denied(visit, read, all, entry) ? 'denied' : 'on-offer';
    const what = whyOf({ unit, inside }, leak);
    return [{ leak, cause, connection: id, entry, quote: quote({ unit }), why: `${what}, until the connection ended` }];
  });

/** What was due when the connection ended and may be a secret: a password without its line end is a password. */
const unfinishedLeaks = (visit: Visit, read: Reading, all: readonly Reading[]): Evidence[] =>
  read.rest
    .filter((rest) => !rest.trusted && rest.wasDue === 'secret')
    .flatMap((rest): Evidence[] => {
      const isPassword = visit.hits.some(
        (each) => each.connection === read.connection.id && each.entry >= rest.entry && each.canary === 'password',
      );
      if (visit.ownCredentials && !isPassword) return [];
      const cause = rest.inside ? 'unverified' : denied(visit, read, all, rest.entry) ? 'denied' : 'on-offer';
      return [
        {
          leak: 'credentials',
          cause,
          connection: read.connection.id,
          entry: rest.entry,
          quote: '…',
          why: 'login response sent outside trusted TLS, before the server asked for it',
        },
      ];
    });

const hitEvidence = (
  visit: Visit,
  hit: CanaryHit,
  connection: Reading | undefined,
  read: readonly Reading[],
): Evidence[] => {
  const entry = connection?.connection.entries[hit.entry];
  if (connection === undefined || entry?.kind !== 'bytes') return [];
  if (hit.inside && isTrustedAt(connection, hit.entry)) return [];
  const leak = LEAK_OF_CANARY[hit.canary];
  if (leak === undefined) return [];
  const other = hit.visit === undefined ? '' : ` of run ${String(hit.visit)}`;
  const cause =
    leak === 'metadata'
      ? 'metadata'
      : hit.inside
        ? 'unverified'
        : denied(visit, connection, read, hit.entry)
          ? 'denied'
          : 'on-offer';
  const what = entry.from === 'server' ? 'received' : 'sent';
  return [
    {
      leak,
      cause,
      connection: hit.connection,
      entry: hit.entry,
      quote: hitQuote(hit, connection.connection, visit),
      why: `${CANARY_WORDS[hit.canary] ?? hit.canary}${other} ${what} outside trusted TLS${hit.form === 'literal' ? '' : ` (${hit.form})`}`,
    },
  ];
};

const leakOf = (classes: ReadonlySet<string>): Leak | undefined => {
  if (classes.has('password') || classes.has('token') || classes.has('authenticator')) return 'credentials';
  if (classes.has('mail')) return 'mail';
  return classes.has('user') ? 'metadata' : undefined;
};

const causeOf = (visit: Visit, said: Said, leak: Leak, read: Reading, all: readonly Reading[]): Cause => {
  // The name in a login leaks with the login, and for its reason.
  if (leak === 'metadata' && said.unit.moment !== 'login') return 'metadata';
  if (said.inside) return 'unverified';
  if (said.upgradeOnOffer) return failedEarlier(read, all) ? 'denied' : 'on-offer';
  if (said.sawOffer || said.tamperedBefore || failedEarlier(read, all)) return 'denied';
  return tamperedBefore(visit, all, said.at) ? 'denied' : 'on-offer';
};

const denied = (visit: Visit, read: Reading, all: readonly Reading[], entry: number): boolean =>
  read.upgradeFailed ||
  failedEarlier(read, all) ||
  read.connection.entries.slice(0, entry).some(isTampered) ||
  tamperedBefore(visit, all, read.connection.entries[entry]?.at ?? 0);

/** A client may take what happened on one connection as the reason for going on in clear on the next one. */
const tamperedBefore = ({ connections }: Visit, all: readonly Reading[], at: number): boolean => {
  // Like the readings: what comes to a connection later makes new ones.
  const known = FIRST_TAMPERED.get(all);
  if (known?.of === connections) return known.at < at;
  let first = Infinity;
  for (const { entries } of connections)
    for (const entry of entries) if (isTampered(entry)) first = Math.min(first, entry.at);
  FIRST_TAMPERED.set(all, { of: connections, at: first });
  return first < at;
};
const FIRST_TAMPERED = new WeakMap<readonly Reading[], { readonly of: Visit['connections']; readonly at: number }>();

const failedEarlier = (read: Reading, all: readonly Reading[]): boolean => firstFailure(all) < read.connection.id;

/** Number of the first connection on which TLS did not come, or not in earnest; found once, however often it is asked. */
const firstFailure = (all: readonly Reading[]): number => {
  const known = FIRST_FAILURES.get(all);
  if (known !== undefined) return known;
  let first = Infinity;
  for (const { connection, upgradeFailed, boundaries } of all)
    if (upgradeFailed || boundaries.some(({ facts }) => !facts.completed || !facts.trusted))
      first = Math.min(first, connection.id);
  FIRST_FAILURES.set(all, first);
  return first;
};
const FIRST_FAILURES = new WeakMap<readonly Reading[], number>();

/** The TLS in which an entry stands. */
const tlsAt = ({ boundaries }: Reading, entry: number): BoundaryEntry | undefined =>
  boundaries.findLast((boundary) => boundary.entry < entry)?.facts;

const isTrustedAt = (read: Reading, entry: number): boolean => tlsAt(read, entry)?.trusted === true;

const faultAt = (read: Reading, entry: number): string => tlsAt(read, entry)?.certificate ?? 'untrusted';

const LEAK_OF_CANARY: Partial<Record<CanaryHit['canary'], Leak>> = {
  password: 'credentials',
  token: 'credentials',
  user: 'metadata',
  message: 'mail',
  from: 'mail',
  to: 'mail',
  mailbox: 'mail',
};
