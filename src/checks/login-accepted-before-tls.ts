import { plaintextLogin } from '../probes/plaintext-login.js';
import { ASKED_FROM_ITSELF, defineCheck, fail, inconclusive, notApplicable, pass } from './check.js';
import { logsIn, logsInBy } from './by-hand.js';

export default defineCheck({
  id: 'login-accepted-before-tls',
  title: 'No login is accepted before TLS',
  why: 'Anybody who listens on the path reads the password of every client that logs in without TLS, by mistake or because it was stripped.',
  references: ['RFC 8314 §4.1', 'RFC 4954 §4', 'RFC 5804 §1.3', 'RFC 9051 §6.2.3'],
  cwe: ['CWE-319', 'CWE-523'],
  severity: 'critical',
  intrusiveness: 'standard',
  logLines:
    'at most one line that fail2ban counts, such as "Disconnected (tried to use disallowed plaintext auth)" in Dovecot or "AUTH command used when not advertised" in Exim; Postfix leaves none',
  modes: ['starttls'],
  needs: { login: plaintextLogin },
  judge: ({ login }, { fromItself }) => {
    if (!login.tried) return login.why === 'left-out' ? inconclusive(login.reason) : notApplicable(login.reason);
    const proof = login.answer?.lines.at(-1);
    // The line shows the way that was open, which need not be the usual one.
    const more = { proof, byHand: { say: logsInBy(login.mechanism) } };
    const said = proof?.text ?? '';
    switch (login.outcome) {
      case 'refused':
        return pass(`${login.mechanism} is refused before TLS: ${said}`, more);
      case 'challenged':
      case 'judged': {
        const because = `${login.mechanism} is accepted before TLS: the server ${login.outcome === 'judged' ? 'looked at the credentials' : 'asked for the secret'}`;
        return fromItself === true ? inconclusive(`${because}; ${ASKED_FROM_ITSELF}`, more) : fail(because, more);
      }
      case 'unclear':
        return inconclusive(
          `${login.mechanism} fails before TLS, and ${proof === undefined ? 'the server closes the connection without an answer' : `the answer does not say why: ${said}`}; try by hand with an account of your own`,
          more,
        );
      case 'ended':
        return pass(`the server closes the connection after ${login.mechanism} before TLS`, more);
      case 'silent':
        return inconclusive(`the server did not answer ${login.mechanism} before TLS`, more);
    }
  },
  remedy: {
    'any other server':
      'let TLS come before any login (AUTH, LOGIN, AUTHENTICATE, USER): most servers have a setting that demands it',
    Sendmail: "define(`confAUTH_OPTIONS', `A p y')",
    aiosmtpd: 'auth_require_tls=True, with tls_context',
    postfix: 'smtpd_tls_auth_only = yes',
    'dovecot 2.3': 'disable_plaintext_auth = yes',
    'dovecot 2.4': 'auth_allow_cleartext = no',
    'dovecot also': 'no network in login_trusted_networks',
    nginx: 'starttls only;',
    Courier: 'IMAP_TLS_REQUIRED=1 in imapd, POP3_TLS_REQUIRED=1 in pop3d',
    Cyrus: 'allowplaintext: no',
    'smtp-server (npm)': 'allowInsecureAuth: false',
    exim: 'server_advertise_condition = ${if def:tls_in_cipher} in each authenticator',
  },
  byHand: { say: logsIn },
  flaw: {
    name: 'accepts login before TLS, without offering it',
    server: {
      settings: (honest) => ({ ...honest, acceptsLoginOutside: true, outside: { ...honest.inside, upgrade: true } }),
    },
  },
  covers: ['srv-auth-accepted-clear', 'srv-plainport-open'],
  examples: [
    { given: { login: { tried: false, why: 'not-offered', reason: 'no login' } }, then: 'not-applicable' },
    { given: { login: { tried: false, why: 'left-out', reason: 'budget' } }, then: 'inconclusive' },
    {
      given: { login: { tried: true, mechanism: 'PLAIN', outcome: 'challenged' } },
      on: { fromItself: true },
      then: 'inconclusive',
    },
    {
      given: {
        login: {
          tried: true,
          mechanism: 'PLAIN',
          outcome: 'refused',
          answer: { status: 'no', lines: [{ text: '530 TLS first' }] },
        },
      },
      then: 'pass',
    },
    {
      given: {
        login: {
          tried: true,
          mechanism: 'PLAIN',
          outcome: 'challenged',
          answer: { status: 'continue', lines: [{ text: '334 ' }] },
        },
      },
      then: 'fail',
    },
    { given: { login: { tried: true, mechanism: 'LOGIN command', outcome: 'judged' } }, then: 'fail' },
    { given: { login: { tried: true, mechanism: 'PLAIN', outcome: 'silent' } }, then: 'inconclusive' },
    { given: { login: { tried: true, mechanism: 'LOGIN command', outcome: 'unclear' } }, then: 'inconclusive' },
  ],
});
