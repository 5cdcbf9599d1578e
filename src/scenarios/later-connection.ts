import { reset, type MomentContext, type TamperRule } from '../endpoints/tamper.js';
import { secretsStayInsideTls, type Judgement } from '../verdict/judgement.js';
import type { ConnectionRecord, Visit } from '../verdict/visit.js';
import type { Variant } from './scenario.js';

/** How a client comes to a later connection, which is the one that is attacked. */
export type LaterRow = Variant & { readonly name: 'next-connection' | 'after-reset' };

/** Rows of an attack on later connections. */
export const LATER_ROWS: readonly LaterRow[] = [
  { name: 'next-connection', does: 'the client opens a further connection by itself' },
  { name: 'after-reset', does: 'the first connection is reset at the login, so that the client connects again' },
];

/** The first connection, which nothing is done to. A client that opens several at once has said nothing on any of them when the others are greeted. */
export const isFirst = ({ ordinal, beside }: Pick<MomentContext, 'ordinal' | 'beside'>): boolean =>
  ordinal === 1 && beside !== true;

/** At the login, or at the mail of a client that has none. */
export const resetsFirst: TamperRule<LaterRow> = (context, next) =>
  context.variant.name === 'after-reset' && isFirst(context) && context.inside ? [reset] : next();

const hasClientSpoken = ({ leg, entries }: ConnectionRecord): boolean =>
  leg === 'client' && entries.some((entry) => entry.kind === 'bytes' && entry.from === 'client');

/** A client that connects once has no later connection. */
export const staysInsideTlsLater = (visit: Visit): Judgement => {
  const judgement = secretsStayInsideTls(visit);
  const single =
    visit.connections.filter(hasClientSpoken).length === 1 &&
    visit.control?.passed === true &&
    visit.variant === 'next-connection';
  if (judgement.status !== 'inconclusive' || !single || visit.faults.length > 0 || visit.client.how === 'stopped')
    return judgement;
  return { ...judgement, status: 'not-applicable', because: 'the client made one connection only' };
};
