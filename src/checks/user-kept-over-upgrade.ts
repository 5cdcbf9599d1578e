import { plaintextLogin } from '../probes/plaintext-login.js';
import { defineCheck, fail, inconclusive, notApplicable, pass } from './check.js';
import { userKept } from './flaws.js';
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
    return login.userKept
      ? fail('USER from before TLS still counts inside it: PASS alone was tried as a login')
      : pass('USER from before TLS is forgotten inside it');
  },
  remedy: { 'any server': 'update it, and refuse USER before TLS' },
  byHand: 'not with common tools',
  flaw: { name: 'keeps the user name', server: { tamper: userKept } },
  covers: ['srv-state-user'],
  examples: [
    { given: { login: { tried: false, why: 'left-out', reason: 'budget' } }, then: 'inconclusive' },
    { given: { login: { tried: true, mechanism: 'USER/PASS', outcome: 'challenged' } }, then: 'not-applicable' },
    { given: { login: { tried: true, mechanism: 'USER/PASS', outcome: 'refused' } }, then: 'not-applicable' },
    { given: { login: { tried: true, mechanism: 'USER/PASS', outcome: 'challenged', userKept: false } }, then: 'pass' },
    { given: { login: { tried: true, mechanism: 'USER/PASS', outcome: 'challenged', userKept: true } }, then: 'fail' },
  ],
});
