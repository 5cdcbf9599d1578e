import { lastLine } from '../probes/dialogue.js';
import { beforeTls } from '../probes/before-tls.js';
import { defineCheck, fail, inconclusive, notApplicable, pass } from './check.js';
import { asksForService } from './by-hand.js';
import { servedInClear } from './flaws.js';
import { strangersPort } from './subjects.js';
import { protocolsWhere } from '../protocols/port-roles.js';

export default defineCheck({
  id: 'mail-accepted-before-tls',
  title: 'Submission takes no mail before TLS',
  why: 'A submission port that takes mail in clear lets clients send it without TLS.',
  references: ['RFC 3207 §4', 'RFC 6409 §4.3', 'RFC 8314 §3.3'],
  cwe: ['CWE-319'],
  severity: 'high',
  intrusiveness: 'standard',
  protocols: protocolsWhere(({ inspection }) => inspection.service.kind === 'mail'),
  modes: ['starttls'],
  needs: { before: beforeTls },
  judge: ({ before: { command, answer } }) => {
    if (command === undefined || answer === undefined)
      return notApplicable('a relay port takes mail from strangers and cannot insist on TLS');
    const proof = lastLine(answer);
    if (answer.said?.status === 'ok') return fail('MAIL FROM is accepted before TLS and without a login', { proof });
    if (proof !== undefined) return pass(`MAIL FROM is refused before TLS: ${proof.text}`, { proof });
    return answer.how === 'ended'
      ? pass('the server hangs up on MAIL FROM before TLS')
      : inconclusive(`MAIL FROM brought no answer (${answer.how})`);
  },
  remedy: {
    postfix: 'master.cf, submission: -o smtpd_tls_security_level=encrypt',
    OpenSMTPD: 'listen on … port submission tls-require pki … auth',
    exim: 'first line of the ACL that acl_smtp_mail names: deny condition = ${if and{{!def:tls_in_cipher}{!eq{$received_port}{25}}}} (relays on port 25 must go on)',
  },
  byHand: { say: asksForService },
  flaw: { name: 'accepts MAIL before TLS', server: { tamper: servedInClear }, onRelay: 'not-applicable' },
  covers: ['srv-mail-accepted-clear', 'srv-plainport-open'],
  examples: [
    {
      given: {
        before: {
          command: 'MAIL',
          answer: { how: 'answered', said: { status: 'no', lines: [{ text: '530 5.7.0 Must issue STARTTLS' }] } },
        },
      },
      then: 'pass',
    },
    {
      given: {
        before: { command: 'MAIL', answer: { how: 'answered', said: { status: 'ok', lines: [{ text: '250 ok' }] } } },
      },
      then: 'fail',
    },
    { given: { before: {} }, on: strangersPort, then: 'not-applicable' },
  ],
});
