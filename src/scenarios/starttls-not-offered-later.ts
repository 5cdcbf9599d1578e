import type { TamperRule } from '../endpoints/tamper.js';
import {
  attackedFrom,
  comesSoOften,
  endingFirst,
  isSparedYet,
  LATER_ROWS,
  staysInsideTlsLater,
  tooFewConnections,
  type LaterRow,
} from './later-connection.js';
import { refusingUpgrade, withoutUpgrade } from './rules.js';
import { defineScenario } from './scenario.js';

const later =
  (rule: TamperRule): TamperRule<LaterRow> =>
  (context, next) =>
    isSparedYet(context) ? next() : rule(context, next);

export default defineScenario<LaterRow>({
  id: 'starttls-not-offered-later',
  family: 'strip',
  title: 'The first connection has TLS, later ones are not offered it',
  attack:
    'is honest on the first connection, on two, or on all but the last one; on later ones removes STARTTLS from greeting and capability list, and answers STARTTLS with an error',
  why: 'Pools, folder synchronisation and reconnects open further connections; each of them must insist on TLS, also after one that went well.',
  references: ['RFC 3207 §6', 'RFC 8314 §5.2'],
  cwe: ['CWE-757', 'CWE-319'],
  modes: ['starttls'],
  variants: LATER_ROWS,
  pointless: tooFewConnections,
  tamper: {
    greeting: later(withoutUpgrade),
    capabilities: later(withoutUpgrade),
    starttls: later(refusingUpgrade),
    ...endingFirst,
  },
  judge: staysInsideTlsLater,
  flaw: (row) => ({
    name: 'enforces TLS on its first connections only',
    client: {
      onConnected: (toy) => {
        if (toy.ordinal >= attackedFrom(row, undefined)) toy.goOnInClear();
      },
    },
    habits: comesSoOften(row),
  }),
  covers: ['strip-later-connection', 'strip-reconnect-after-tls'],
});
