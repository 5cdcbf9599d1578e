import { renegotiation } from '../probes/renegotiation.js';
import { defineCheck, fail, info, pass } from './check.js';
import { oneOfEachKind, usersPort } from './subjects.js';

export default defineCheck({
  id: 'client-renegotiation',
  title: 'A client cannot repeat the handshake without limit within a connection',
  why: 'A handshake costs a server many times what it costs a client: with one connection an attacker can keep a processor busy, past all limits of connections. Without protection (RFC 5746) renegotiation also lets an attacker insert commands before those of the client.',
  references: ['RFC 9325 §3.5', 'RFC 5746'],
  cve: ['CVE-2011-1473', 'CVE-2009-3555'],
  cwe: ['CWE-400'],
  severity: 'low',
  relay: { status: 'info' },
  intrusiveness: 'standard',
  depth: 'full',
  needs: { renegotiation },
  judge: ({ renegotiation: { served, tried, refusal = '', isSecure, at } }) => {
    const proof = { text: `${String(served)} of ${String(tried)} handshakes within TLS 1.2`, at };
    if (served === 0) return pass(`renegotiation by the client is refused (${refusal})`, { proof });
    if (!isSecure)
      return fail('renegotiation by the client is served without protection (RFC 5746)', { proof, severity: 'medium' });
    return served < tried
      ? info(`renegotiation by the client is served ${String(served)} times, and then no more (${refusal})`, { proof })
      : fail(`renegotiation by the client is served ${String(served)} times in one connection, without a limit`, {
          proof,
        });
  },
  remedy: {
    postfix: 'tls_ssl_options = NO_RENEGOTIATION (OpenSSL 3 refuses it by default)',
    'exim with OpenSSL': 'openssl_options = +no_renegotiation (OpenSSL 3 refuses it by default)',
    'any server': 'OpenSSL 3 or later, which refuses it by default',
  },
  byHand: 'not with common tools',
  flaw: { name: 'renegotiates as often as the client likes', server: { renegotiates: true }, roles: oneOfEachKind },
  covers: ['srv-tls-renego-client'],
  examples: [
    { given: { renegotiation: { served: 0, tried: 6, refusal: 'no_renegotiation', isSecure: true } }, then: 'pass' },
    { given: { renegotiation: { served: 3, tried: 6, refusal: 'closed', isSecure: true } }, then: 'info' },
    { given: { renegotiation: { served: 6, tried: 6, isSecure: true } }, on: usersPort, then: 'fail' },
    {
      given: { renegotiation: { served: 1, tried: 6, isSecure: false } },
      on: usersPort,
      then: 'fail',
      severity: 'medium',
    },
  ],
});
