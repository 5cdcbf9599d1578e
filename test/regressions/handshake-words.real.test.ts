import { join } from 'node:path';
import { expectTruths, type Truth } from '../support/client-rows.js';
import { requireReal } from '../support/real.js';

const CLIENT = join(import.meta.dirname, 'clients', 'odd', 'says_in_handshake.py');

/** Before there are keys, everybody reads a handshake and what stands in records behind it. */
const rows: readonly (readonly [where: string, what: string, says: RegExp])[] = [
  ['sni', 'user', /^unsafe: user name sent outside trusted TLS$/],
  ['alpn', 'user', /^unsafe: user name sent outside trusted TLS$/],
  ['sni', 'password', /^unsafe: password sent outside trusted TLS$/],
  ['alpn', 'password', /^unsafe: password sent outside trusted TLS$/],
  ['record', 'password', /^unsafe: password sent outside trusted TLS \(base64\)$/],
  ['record', 'user', /^unsafe: user name sent outside trusted TLS \(base64\)$/],
];
const TOLD: Truth = ['control', 'unsafe', 'it says it in its handshake'];

describe('clients that say in their handshake what they should not', function () {
  this.timeout(60_000);

  before(function () {
    requireReal(this, 'python3');
  });

  for (const [where, what, says] of rows)
    it(`${what} in ${where}`, () =>
      expectTruths({
        ...{ client: 'says_in_handshake.py', protocol: 'smtp', tls: 'starttls', scenario: ['control'] },
        run: ['python3', '-B', CLIENT, where, what],
        truths: [TOLD],
        says: [['control', says]],
      }));

  it('a careful one', () =>
    expectTruths({
      ...{ client: 'says_in_handshake.py', protocol: 'smtp', tls: 'starttls' },
      scenario: ['control', 'starttls-refused/454', 'certificate-fault/self-signed'],
      run: ['python3', '-B', CLIENT, 'sni', 'nothing'],
      truths: [],
    }));
});
