import { challengeLogin } from '../probes/challenge-login.js';
import { ASKED_FROM_ITSELF, defineCheck, fail, inconclusive, pass } from './check.js';

export default defineCheck({
  id: 'challenge-given-before-tls',
  title: 'No challenge-response login is started before TLS',
  why: 'The response to CRAM-MD5, DIGEST-MD5 or NTLM can be recorded: the password is then guessed offline, and NTLM’s can be relayed to another server at once.',
  references: ['RFC 8314 §4.1', 'RFC 2195 §4', 'RFC 6331 §1'],
  cwe: ['CWE-319', 'CWE-327'],
  severity: 'medium',
  intrusiveness: 'standard',
  logLines: 'at most one line for a login that was given up, which fail2ban counts; it takes one of the login attempts',
  depth: 'full',
  modes: ['starttls'],
  needs: { login: challengeLogin },
  judge: ({ login }, { fromItself }) => {
    if (!login.tried) return inconclusive(login.reason);
    const { mechanism, isChallenged, answer } = login;
    const proof = answer?.lines.at(-1);
    if (!isChallenged)
      return answer === undefined
        ? inconclusive(`the server did not answer ${mechanism} before TLS`)
        : pass(`${mechanism} is refused before TLS: ${proof?.text ?? ''}`, { proof });
    const because = `${mechanism} is begun before TLS: the server gives a challenge`;
    return fromItself === true ? inconclusive(`${because}; ${ASKED_FROM_ITSELF}`, { proof }) : fail(because, { proof });
  },
  remedy: {
    'any other server': 'demand TLS before any login (AUTH, AUTHENTICATE), whatever the mechanism',
    postfix: 'smtpd_tls_auth_only = yes',
    Sendmail: "define(`confAUTH_MECHANISMS', `PLAIN LOGIN'), with define(`confAUTH_OPTIONS', `A p y')",
    aiosmtpd: 'auth_require_tls=True',
    dovecot: 'ssl = required, and auth_mechanisms = plain login',
    exim: 'server_advertise_condition = ${if def:tls_in_cipher} in each authenticator',
  },
  byHand: 'not with common tools',
  flaw: {
    name: 'gives challenges before TLS',
    server: {
      settings: (honest) => ({
        ...honest,
        acceptsLoginOutside: true,
        outside: { ...honest.outside, logins: ['CRAM-MD5'], loginDisabled: false },
      }),
    },
  },
  covers: ['srv-auth-cram-clear'],
  examples: [
    { given: { login: { tried: false, reason: 'limit' } }, then: 'inconclusive' },
    {
      given: {
        login: {
          tried: true,
          mechanism: 'CRAM-MD5',
          isChallenged: false,
          answer: { status: 'no', lines: [{ text: '538 TLS first' }] },
        },
      },
      then: 'pass',
    },
    { given: { login: { tried: true, mechanism: 'NTLM', isChallenged: false } }, then: 'inconclusive' },
    {
      given: {
        login: {
          tried: true,
          mechanism: 'CRAM-MD5',
          isChallenged: true,
          answer: { status: 'continue', lines: [{ text: '334 PDE+' }] },
        },
      },
      then: 'fail',
    },
    {
      given: { login: { tried: true, mechanism: 'CRAM-MD5', isChallenged: true } },
      on: { fromItself: true },
      then: 'inconclusive',
    },
  ],
});
