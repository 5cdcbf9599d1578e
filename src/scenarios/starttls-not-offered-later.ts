import { reset, type TamperRule } from '../endpoints/tamper.js';
import { secretsStayInsideTls, type Judge } from '../verdict/judgement.js';
import type { ConnectionRecord } from '../verdict/visit.js';
import { refusingUpgrade, withoutUpgrade } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & { readonly name: 'next-connection' | 'after-reset' };

/** A client that opens several connections at once has said nothing on any of them when the others are greeted. */
const later =
  (rule: TamperRule): TamperRule<Row> =>
  (context, next) =>
    context.ordinal === 1 && context.beside !== true ? next() : rule(context, next);

/** At the login, or at the mail of a client that has none. */
const cut: TamperRule<Row> = ({ ordinal, beside, inside, variant }, next) =>
  variant.name === 'after-reset' && ordinal === 1 && beside !== true && inside ? [reset] : next();

const hasClientSpoken = ({ leg, entries }: ConnectionRecord): boolean =>
  leg === 'client' && entries.some((entry) => entry.kind === 'bytes' && entry.from === 'client');

/** A client that connects once has no later connection. */
const judge: Judge = (visit) => {
  const judgement = secretsStayInsideTls(visit);
  const single =
    visit.connections.filter(hasClientSpoken).length === 1 &&
    visit.control?.passed === true &&
    visit.variant === 'next-connection';
  if (judgement.status !== 'inconclusive' || !single || visit.faults.length > 0 || visit.client.how === 'stopped')
    return judgement;
  return { ...judgement, status: 'not-applicable', because: 'the client made one connection only' };
};

export default defineScenario<Row>({
  id: 'starttls-not-offered-later',
  family: 'strip',
  title: 'The first connection has TLS, later ones are not offered it',
  attack:
    'is honest on the first connection; on later ones removes STARTTLS from greeting and capability list, and answers STARTTLS with an error',
  why: 'Pools, folder synchronisation and reconnects open further connections; each of them must insist on TLS, also after one that went well.',
  references: ['RFC 3207 §6', 'RFC 8314 §5.2'],
  cwe: ['CWE-757', 'CWE-319'],
  modes: ['starttls'],
  variants: [
    { name: 'next-connection', does: 'the client opens a further connection by itself' },
    { name: 'after-reset', does: 'the first connection is reset at the login, so that the client connects again' },
  ],
  tamper: {
    greeting: later(withoutUpgrade),
    capabilities: later(withoutUpgrade),
    starttls: later(refusingUpgrade),
    login: cut,
    message: cut,
  },
  judge,
  flaw: {
    name: 'enforces TLS on its first connection only',
    client: {
      onConnected: (toy) => {
        if (toy.ordinal > 1) toy.goOnInClear();
      },
    },
    habits: { connections: 2 },
  },
  covers: ['strip-later-connection', 'strip-reconnect-after-tls'],
});
