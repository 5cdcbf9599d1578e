import { hangUp, reset, type Action, type MomentContext, type Tamper, type TamperRule } from '../endpoints/tamper.js';
import { readings } from '../verdict/evidence.js';
import { hasSpokenOn } from '../verdict/control.js';
import { secretsStayInsideTls, type Judgement } from '../verdict/judgement.js';
import type { ClientUnit } from '../protocols/protocol.js';
import type { ControlFacts, Visit } from '../verdict/visit.js';
import { commandOf, goodbye, line } from './rules.js';
import type { Variant } from './scenario.js';

/** Which connection of a client is the first that is attacked, and how the client comes to it. */
export type LaterRow = Variant & {
  readonly name:
    | 'next-connection'
    | 'after-reset'
    | 'after-lost-session'
    | 'after-goodbye'
    | 'after-first-mail'
    | 'third-connection'
    | 'last-connection';
};

/** Rows of an attack on later connections. */
export const LATER_ROWS: readonly LaterRow[] = [
  { name: 'next-connection', does: 'the client opens a further connection by itself' },
  { name: 'after-reset', does: 'the first connection is reset at the login, so that the client connects again' },
  // A session that has succeeded is often taken up again by other code than the one that began it.
  {
    name: 'after-lost-session',
    does: 'the first connection is reset at the first command after the login, so that the client connects again',
  },
  {
    name: 'after-goodbye',
    does: 'the server says goodbye on the first connection at the first command after the login, and closes it, so that the client connects again',
  },
  {
    name: 'after-first-mail',
    does: 'the first connection is closed when its first mail is done, so that the client connects again for the next one',
  },
  { name: 'third-connection', does: 'two connections are left alone; the client opens a third one by itself' },
  {
    name: 'last-connection',
    does: 'all connections but the last one are left alone, of a client that opens four or more by itself',
  },
];

/** The first connection, which nothing is done to. A client that opens several at once has said nothing on any of them when the others are greeted. */
export const isFirst = ({ ordinal, beside }: Pick<MomentContext, 'ordinal' | 'beside'>): boolean =>
  ordinal === 1 && beside !== true;

/** The first connection that is attacked, by its place; `control` says how many there are. */
export const attackedFrom = ({ name }: Pick<LaterRow, 'name'>, control: ControlFacts | undefined): number => {
  switch (name) {
    case 'next-connection':
    case 'after-reset':
    case 'after-lost-session':
    case 'after-goodbye':
    case 'after-first-mail':
      return 2;
    case 'third-connection':
      return 3;
    case 'last-connection':
      return Math.max(4, control?.spoken ?? 0);
  }
};

/** The connection comes before those that are attacked. */
export const isSparedYet = (context: MomentContext<LaterRow>): boolean => {
  const from = attackedFrom(context.variant, context.control);
  return from === 2 ? isFirst(context) : (context.place ?? context.ordinal) < from;
};

/** Ends the first connection inside TLS: at the login, or at the mail of a client that has none; at what follows the login, a NOOP too; or behind the first mail. */
const endsFirst: TamperRule<LaterRow> = (context, next) => {
  if (!isFirst(context) || !context.inside) return next();
  // Of other commands only a NOOP keeps a session alive: ID and the like come before the login, too.
  if (context.moment === 'other' && (context.unit?.kind !== 'command' || context.unit.verb !== 'NOOP')) return next();
  switch (context.variant.name) {
    case 'after-reset':
      return context.moment === 'other' ? next() : [reset];
    case 'after-lost-session':
      return context.moment === 'login' ? next() : [reset];
    case 'after-goodbye':
      return context.moment === 'login' ? next() : farewell(context);
    case 'after-first-mail':
      return endsMail(context.unit) ? [...next(), hangUp] : next();
    default:
      return next();
  }
};

/** A mail has come with this unit, or goes with its answer. */
const endsMail = (unit: ClientUnit | undefined): boolean => {
  if (unit?.kind !== 'command') return unit?.kind === 'body';
  if (unit.verb === 'BDAT') return unit.args.at(-1)?.toUpperCase() === 'LAST';
  return unit.moment === 'message' ? !ENVELOPE.has(unit.verb) : FETCHES.has(unit.verb);
};

const ENVELOPE: ReadonlySet<string> = new Set(['MAIL', 'RCPT', 'DATA']);
const FETCHES: ReadonlySet<string> = new Set(['FETCH', 'UID']);

const farewell = ({ protocol, unit, control }: MomentContext<LaterRow>): readonly Action[] => {
  const words = protocol.forgeries.refusals.find(({ then }) => then === 'close');
  return words === undefined ? [hangUp] : goodbye(line(words.reply, commandOf(unit)), control);
};

/** Rules by which the client comes to its next connection. */
export const endingFirst = {
  login: endsFirst,
  mailbox: endsFirst,
  message: endsFirst,
  other: endsFirst,
} satisfies Tamper<LaterRow>;

/** Why a client whose control is known has no connection that this row could attack; undefined where it may have. */
export const tooFewConnections = (row: LaterRow, { passed, spoken }: ControlFacts): string | undefined =>
  passed && attackedFrom(row, undefined) > 2 && spoken !== undefined && spoken < attackedFrom(row, undefined)
    ? onlySo(spoken)
    : undefined;

/** How many connections a client made, where that is too few. */
export const onlySo = (count: number): string =>
  `the client made ${count === 1 ? 'one connection' : `${String(count)} connections`} only`;

/** A client that connects less often has no such connection. */
export const staysInsideTlsLater = (visit: Visit, row: LaterRow): Judgement => {
  const judgement = secretsStayInsideTls(visit);
  const spoken = readings(visit).filter((each) => hasSpokenOn(each)).length;
  const least = attackedFrom(row, undefined);
  const tooFew =
    spoken > 0 &&
    spoken < least &&
    visit.control?.passed === true &&
    (visit.control.spoken ?? 0) < least &&
    row.name !== 'after-reset';
  if (judgement.status !== 'inconclusive' || !tooFew || visit.faults.length > 0 || visit.client.how === 'stopped')
    return judgement;
  return { ...judgement, status: 'not-applicable', because: onlySo(spoken) };
};

/** What a client with the flaw does: as many connections as it takes to come to the one on which it is careless. */
export const comesSoOften = (row: LaterRow): { readonly connections: number } => ({
  connections: attackedFrom(row, undefined),
});
