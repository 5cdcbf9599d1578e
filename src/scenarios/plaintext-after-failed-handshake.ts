import { hangUp, raw, reset, send, type Action, type MomentContext, type TamperRule } from '../endpoints/tamper.js';
import { latin1 } from '../protocols/text.js';
import type { Flaw } from '../toys/moments.js';
import { hasSpokenOn } from '../verdict/control.js';
import { leaks, readings } from '../verdict/evidence.js';
import { judgeBy, upgradeNeverTried, type Judgement } from '../verdict/judgement.js';
import type { Visit } from '../verdict/visit.js';
import { isTampered } from '../wire/tampered.js';
import { comesBackWithoutTls } from './flaws.js';
import { onlySo } from './later-connection.js';
import { commandOf, stripped } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

interface Row extends Variant {
  /** What the ClientHello of the first connection is answered with. */
  readonly failure: readonly Action[];
  /** Connections whose handshake fails, before the one that offers no TLS; 1 by default. */
  readonly times?: number;
}

const timesOf = ({ times = 1 }: Row): number => times;

/** The connection is one of those whose handshake fails. */
const isBroken = ({ ordinal, variant }: MomentContext<Row>): boolean => ordinal <= timesOf(variant);

const later =
  (rule: TamperRule): TamperRule<Row> =>
  (context, next) =>
    isBroken(context) ? next() : rule(context, next);

const accepted: TamperRule<Row> = ({ protocol, unit }) => [send(protocol.answers.goAhead(commandOf(unit)))];

/** The first connection's TLS fails on the ClientHello; later ones have none, and a ClientHello there gets no answer but the end. */
const handshake: TamperRule<Row> = (context) => {
  if (!context.spokeTls) return [];
  return isBroken(context) ? context.variant.failure : [hangUp];
};

/** Where TLS was due from the first byte, the first connection waits for the ClientHello in silence. */
const greeting: TamperRule<Row> = (context, next) =>
  !isBroken(context) ? stripped.greeting(context, next) : context.mode === 'implicit' ? [] : next();

const answered = (bytes: Buffer): readonly Action[] => [raw(bytes), hangUp];

/** RFC 8446 §6: level 2 is fatal, 1 a warning. */
const alert = (number: number, level = 2): readonly Action[] => answered(Buffer.from([21, 3, 3, 0, 2, level, number]));

/** Alerts that clients answer in ways of their own: with an older version, without SNI, with fewer suites. */
const ALERTS = [10, 20, 42, 44, 45, 46, 47, 48, 50, 71, 80, 86, 109, 112, 116, 120];

/** A hello of SSL 2.0 by its first bytes, and a record longer than any may be (RFC 8446 §5.1). */
const SSL_2 = Buffer.from([0x80, 0x0b, 4, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0]);
const TOO_LONG = Buffer.concat([Buffer.from([22, 3, 3, 0x4e, 0x20]), Buffer.alloc(20_000, 0xa5)]);
/** Nothing that any protocol begins with. */
const NOISE = Buffer.from(Array.from({ length: 64 }, (_, index) => (index * 151 + 7) % 256));

/** Some clients try several times as they should, and then once as they should not. */
const OFTEN = [
  { name: 'twice', times: 2, words: 'first two connections' },
  { name: 'three-times', times: 3, words: 'first three connections' },
] as const;

const judged = judgeBy((visit, read) => leaks(visit, read), { bait: upgradeNeverTried });

/** A client that comes back less often is never offered a connection without TLS. Where connections are judged one by one, each has its turn. */
const judge = (visit: Visit, row: Row): Judgement => {
  const judgement = judged(visit);
  if (judgement.status !== 'safe' || timesOf(row) === 1 || visit.met !== undefined) return judgement;
  const read = readings(visit);
  const spoken = read.filter((each) => hasSpokenOn(each));
  const last = spoken[timesOf(row) - 1]?.connection.id ?? Infinity;
  const isReached = read.some(
    (each) => each.connection.id > last && (hasSpokenOn(each) || each.connection.entries.some(isTampered)),
  );
  return isReached ? judgement : { ...judgement, status: 'not-applicable', because: onlySo(spoken.length) };
};

/** It gives up TLS when its last handshake fails. */
const givesUpTlsAtLast = (times: number): Flaw => ({
  name: 'comes back without TLS at last',
  client: {
    onHandshakeFailure: (toy, careful) => (toy.ordinal === times ? toy.comeBack('in-clear') : careful()),
  },
  habits: { connections: times + 1 },
});

export default defineScenario<Row>({
  id: 'plaintext-after-failed-handshake',
  family: 'fallback',
  title: 'The handshake fails, and the next connection offers no TLS',
  attack: 'makes the first handshake fail, or the first two or three; offers no TLS on later connections',
  why: 'An attacker who can break a handshake must gain nothing by it: the next try must insist on TLS as the first one did.',
  references: ['RFC 3207 §4', 'RFC 8314 §5.2'],
  cwe: ['CWE-757', 'CWE-636'],
  modes: ['starttls', 'implicit'],
  variants: [
    // handshake_failure
    { name: 'alert', does: 'the server answers the ClientHello with the alert handshake_failure', failure: alert(40) },
    {
      name: 'garbage',
      does: 'the server answers the ClientHello with an HTTP error in clear',
      failure: answered(latin1('HTTP/1.1 400 Bad Request\r\n\r\n')),
    },
    { name: 'fin', does: 'the server closes the connection (FIN)', failure: [hangUp] },
    { name: 'reset', does: 'the server resets the connection (RST)', failure: [reset], covers: ['oktls-rst'] },
    // protocol_version: there are clients that try an older version, and then none at all.
    {
      name: 'alert-70',
      does: 'the server answers the ClientHello with the alert protocol_version (70)',
      failure: alert(70),
    },
    ...ALERTS.map((number): Row => ({
      name: `alert-${String(number)}`,
      does: `the server answers the ClientHello with alert ${String(number)}`,
      failure: alert(number),
      extra: 'more',
    })),
    ...OFTEN.map(({ name, times, words }): Row => ({
      name: `alert-${name}`,
      does: `the server answers the ClientHellos of the ${words} with the alert handshake_failure; the next one offers no TLS`,
      failure: alert(40),
      times,
    })),
    ...OFTEN.map(({ name, times, words }): Row => ({
      name: `reset-${name}`,
      does: `the server resets the ${words} at the ClientHello; the next one offers no TLS`,
      failure: [reset],
      times,
      extra: 'more',
    })),
    {
      name: 'close-notify',
      does: 'the server answers the ClientHello with close_notify',
      failure: alert(0, 1),
      extra: 'more',
    },
    {
      name: 'noise',
      does: 'the server answers the ClientHello with bytes without meaning',
      failure: answered(NOISE),
      extra: 'more',
    },
    {
      name: 'ssl-2',
      does: 'the server answers the ClientHello with a message of SSL 2.0',
      failure: answered(SSL_2),
      extra: 'more',
    },
    {
      name: 'too-long-record',
      does: 'the server answers the ClientHello with a TLS record that is longer than allowed',
      failure: answered(TOO_LONG),
      extra: 'more',
    },
  ],
  goesOn: timesOf,
  tamper: {
    greeting,
    capabilities: later(stripped.capabilities),
    starttls: (context, next) => (isBroken(context) ? accepted : stripped.starttls)(context, next),
    handshake,
  },
  judge,
  flaw: (row) => (timesOf(row) === 1 ? comesBackWithoutTls : givesUpTlsAtLast(timesOf(row))),
  covers: ['fb-hs-then-plain', 'oktls-alert', 'oktls-garbage', 'oktls-fin'],
});
