import { renegotiation } from '../probes/renegotiation.js';
import { defineCheck, fail, info, pass } from './check.js';
import { oneOfEachKind, usersPort } from './subjects.js';

export default defineCheck({
  id: 'client-renegotiation',
  title: 'A client cannot repeat the handshake without limit within a connection',
  why: 'A handshake takes a server much more computing time than a client. An attacker who repeats it can keep a processor busy with one connection; limits on connections do not help. Without protection (RFC 5746) renegotiation also lets an attacker insert commands before those of the client.',
  references: ['RFC 9325 §3.5', 'RFC 5746'],
  cve: ['CVE-2011-1473', 'CVE-2009-3555'],
  cwe: ['CWE-400'],
  severity: 'low',
  relay: { status: 'info' },
  intrusiveness: 'standard',
  depth: 'full',
  needs: { renegotiation },
  judge: ({ renegotiation: { served, tried, refusal = '', isSecure, at } }) => {
    const proof = { text: `${String(served)} of ${String(tried)} further handshakes in one connection`, at };
    if (served === 0) return pass(`the server refuses to renegotiate when the client asks (${refusal})`, { proof });
    if (!isSecure)
      return fail('the server renegotiates when the client asks, and without protection (RFC 5746)', {
        proof,
        severity: 'medium',
      });
    return served < tried
      ? info(`the server renegotiates ${String(served)} times when the client asks, then refuses (${refusal})`, {
          proof,
        })
      : fail(`the server renegotiates each time that the client asks (${String(served)} times in one connection)`, {
          proof,
        });
  },
  remedy: {
    postfix: 'tls_ssl_options = NO_RENEGOTIATION (OpenSSL 3 refuses it by default)',
    'exim with OpenSSL (exim -bV tells; Debian’s has GnuTLS)':
      'openssl_options = +no_renegotiation (OpenSSL 3 refuses it by default)',
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
