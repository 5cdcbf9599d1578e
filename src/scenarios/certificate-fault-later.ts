import { hasRightName, isRightPeer } from '../toys/verification.js';
import { LATER_ROWS, resetsFirst, staysInsideTlsLater, type LaterRow } from './later-connection.js';
import { defineScenario } from './scenario.js';

export default defineScenario<LaterRow>({
  id: 'certificate-fault-later',
  family: 'certificate',
  title: 'The first connection has a right certificate, later ones have a self-signed one',
  attack: 'is honest on the first connection; presents a self-signed certificate on later ones',
  why: 'A client that verifies only its first connection gives its password to an attacker who answers the second one.',
  references: ['RFC 8314 §5.2', 'RFC 7817 §3', 'RFC 9525 §6'],
  cwe: ['CWE-295'],
  modes: ['starttls', 'implicit'],
  variants: LATER_ROWS,
  laterCertificate: 'self-signed',
  tamper: { login: resetsFirst, message: resetsFirst },
  judge: staysInsideTlsLater,
  flaw: {
    name: 'verifies the certificate of its first connection only',
    client: {
      acceptsPeer: (peer, name, ordinal) => (ordinal === 1 ? isRightPeer(peer, name) : hasRightName(peer, name)),
    },
    habits: { connections: 2 },
  },
  covers: ['fb-hs-then-noverify'],
});
