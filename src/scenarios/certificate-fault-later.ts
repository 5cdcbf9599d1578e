import { hasRightName, isRightPeer } from '../toys/verification.js';
import {
  attackedFrom,
  comesSoOften,
  endingFirst,
  LATER_ROWS,
  staysInsideTlsLater,
  tooFewConnections,
  type LaterRow,
} from './later-connection.js';
import { defineScenario } from './scenario.js';

export default defineScenario<LaterRow>({
  id: 'certificate-fault-later',
  family: 'certificate',
  title: 'The first connection has a right certificate, later ones have a self-signed one',
  attack:
    'is honest on the first connection, on two, or on all but the last one; presents a self-signed certificate on later ones',
  why: 'A client that verifies only its first connections gives its password to an attacker who answers the next one.',
  references: ['RFC 8314 §5.2', 'RFC 7817 §3', 'RFC 9525 §6'],
  cwe: ['CWE-295'],
  modes: ['starttls', 'implicit'],
  variants: LATER_ROWS,
  laterCertificate: 'self-signed',
  laterFrom: attackedFrom,
  pointless: tooFewConnections,
  tamper: endingFirst,
  judge: staysInsideTlsLater,
  flaw: (row) => ({
    name: 'verifies the certificates of its first connections only',
    client: {
      acceptsPeer: (peer, name, ordinal) =>
        ordinal < attackedFrom(row, undefined) ? isRightPeer(peer, name) : hasRightName(peer, name),
    },
    habits: comesSoOften(row),
  }),
  covers: ['fb-hs-then-noverify'],
});
