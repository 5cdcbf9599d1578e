import { plaintextLogin } from '../probes/plaintext-login.js';
import { defineCheck, fail, inconclusive, notApplicable, pass } from './check.js';
import { protocolsWhere } from '../protocols/port-roles.js';

export default defineCheck({
  id: 'user-kept-over-upgrade',
  title: 'A user name that was given before TLS is forgotten',
  why: "A name given in clear may be an attacker's: the victim's PASS inside TLS would be tried on the attacker's account.",
  references: ['RFC 2595 §4'],
  cwe: ['CWE-349'],
  severity: 'medium',
  intrusiveness: 'standard',
  logLines: 'no more than what login-accepted-before-tls leaves, which runs first',
  protocols: protocolsWhere(({ inspection }) => inspection.userFirst),
  modes: ['starttls'],
  needs: { login: plaintextLogin },
  judge: ({ login }) => {
    if (!login.tried) return login.why === 'left-out' ? inconclusive(login.reason) : notApplicable(login.reason);
    if (login.outcome === 'challenged' && login.userKept === undefined)
      return notApplicable('after the login began in clear TLS is not started any more');
    if (login.userKept === undefined)
      return notApplicable('USER is not accepted before TLS, so that there is nothing to keep');
    if (login.userKept === 'not-needed')
      return pass('the server tries PASS as a login even where no USER was said: what came before TLS adds nothing');
    if (login.userKept === 'not-compared')
      return inconclusive(
        'PASS alone was tried as a login; whether this server does so without any USER, no further login may show',
      );
    return login.userKept
      ? fail('inside TLS the server still uses USER from before TLS: it tried PASS alone as a login')
      : pass('USER from before TLS is forgotten inside it');
  },
  remedy: { 'any server': 'update it, and refuse USER before TLS' },
  byHand: 'not with common tools',
  flaw: {
    name: 'keeps the user name',
    server: {
      settings: (honest) => ({
        ...honest,
        keepsState: true,
        acceptsLoginOutside: true,
        outside: { ...honest.outside, logins: honest.inside.logins },
      }),
    },
  },
  covers: ['srv-state-user'],
  examples: [
    { given: { login: { tried: false, why: 'left-out', reason: 'budget' } }, then: 'inconclusive' },
    { given: { login: { tried: true, mechanism: 'USER/PASS', outcome: 'challenged' } }, then: 'not-applicable' },
    { given: { login: { tried: true, mechanism: 'USER/PASS', outcome: 'refused' } }, then: 'not-applicable' },
    { given: { login: { tried: true, mechanism: 'USER/PASS', outcome: 'challenged', userKept: false } }, then: 'pass' },
    { given: { login: { tried: true, mechanism: 'USER/PASS', outcome: 'challenged', userKept: true } }, then: 'fail' },
    {
      given: { login: { tried: true, mechanism: 'USER/PASS', outcome: 'challenged', userKept: 'not-needed' } },
      then: 'pass',
    },
    {
      given: { login: { tried: true, mechanism: 'USER/PASS', outcome: 'challenged', userKept: 'not-compared' } },
      then: 'inconclusive',
    },
  ],
});
