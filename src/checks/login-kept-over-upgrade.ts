import { accountLogin } from '../probes/account-login.js';
import { lastLine, type Asked } from '../probes/dialogue-facts.js';
import { defineCheck, fail, inconclusive, notApplicable, pass } from './check.js';
import { portsWithLogin } from './subjects.js';

export default defineCheck({
  id: 'login-kept-over-upgrade',
  title: 'A login from before TLS is forgotten inside TLS',
  why: 'An attacker on the path logs in with an account of their own before TLS, and lets the victim’s client go on inside it: its mail is then read, or sent, in the attacker’s account.',
  references: ['RFC 9051 §6.2.1', 'RFC 3207 §4.2', 'RFC 2595 §4', 'RFC 5804 §2.2'],
  cve: ['CVE-2021-37845'],
  cwe: ['CWE-349', 'CWE-384'],
  severity: 'high',
  intrusiveness: 'standard',
  logLines: 'one successful login with the account of --account, where logins before TLS are accepted',
  modes: ['starttls'],
  needsAccount: true,
  needs: { state: accountLogin },
  judge: ({ state }) => {
    if (!state.tried) return state.why === 'nothing' ? notApplicable(state.reason) : inconclusive(state.reason);
    const { login, upgrade, inside, isKept } = state;
    if (login.said?.status !== 'ok')
      return inconclusive(`the login with --account failed: ${textOf(login)}; are name and password right?`, {
        proof: lastLine(login),
      });
    if (upgrade?.said?.status !== 'ok')
      return pass(`STARTTLS is refused after a login in clear: ${textOf(upgrade)}`, { proof: lastLine(upgrade) });
    if (inside === undefined) return inconclusive('after a login in clear the TLS handshake fails');
    if (isKept === undefined)
      return pass(`the login from before TLS is forgotten inside it: ${textOf(inside)}`, { proof: lastLine(inside) });
    if (isKept === 'unclear')
      return notApplicable(
        'what was asked inside TLS is answered alike without any login: whether one is kept cannot be seen',
      );
    return fail('inside TLS the server still accepts the login from before TLS', { proof: lastLine(inside) });
  },
  remedy: { 'any server': 'update it: STARTTLS must be refused after a login; and accept no login before TLS' },
  byHand: 'not with common tools',
  flaw: {
    name: 'keeps a login over STARTTLS',
    server: {
      settings: (honest) => ({
        ...honest,
        acceptsLoginOutside: true,
        outside: { ...honest.inside, upgrade: true },
        keepsLogin: true,
      }),
    },
    roles: portsWithLogin,
  },
  covers: ['srv-state-auth', 'srv-starttls-after-auth'],
  examples: [
    { given: { state: { tried: false, why: 'nothing', reason: 'refused' } }, then: 'not-applicable' },
    { given: { state: { tried: false, why: 'left-out', reason: 'limit' } }, then: 'inconclusive' },
    { given: { state: { tried: true, login: said('no') } }, then: 'inconclusive' },
    { given: { state: { tried: true, login: said('ok'), upgrade: said('bad') } }, then: 'pass' },
    { given: { state: { tried: true, login: said('ok'), upgrade: said('ok') } }, then: 'inconclusive' },
    { given: { state: { tried: true, login: said('ok'), upgrade: said('ok'), inside: said('no') } }, then: 'pass' },
    {
      given: {
        state: { tried: true, login: said('ok'), upgrade: said('ok'), inside: said('ok'), isKept: 'unclear' },
      },
      then: 'not-applicable',
    },
    {
      given: {
        state: { tried: true, login: said('ok'), upgrade: said('ok'), inside: said('ok'), isKept: true },
      },
      then: 'fail',
    },
  ],
});

const textOf = (answer: Asked | undefined): string => lastLine(answer)?.text ?? 'no answer';

function said(status: 'ok' | 'no' | 'bad') {
  return { how: 'answered', said: { status, lines: [{ text: status }] } } as const;
}
