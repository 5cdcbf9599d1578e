import { isIP } from 'node:net';
import { hasRightChain, hasRightName } from '../toys/verification.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { defineScenario } from './scenario.js';

export default defineScenario({
  id: 'certificate-localhost-for-address',
  family: 'certificate',
  title: 'A certificate for localhost, on a connection to an IP address',
  attack: 'gives the client an IP address to connect to; presents a certificate for “localhost”',
  why: 'A library that is not told the server’s name may check for “localhost”; then every machine with such a certificate is accepted.',
  references: ['RFC 9525 §6', 'RFC 5804 §2.2.1.2'],
  cwe: ['CWE-297'],
  modes: ['starttls', 'implicit'],
  connectBy: 'address',
  certificate: 'localhost-for-ip',
  tamper: {},
  judge: secretsStayInsideTls,
  flaw: {
    name: 'takes localhost for any address',
    client: {
      acceptsPeer: (peer, name) =>
        hasRightChain(peer) && (hasRightName(peer, name) || (isIP(name) !== 0 && hasRightName(peer, 'localhost'))),
    },
  },
  covers: ['cert-localhost-for-ip', 'cert-ip-no-san'],
});
