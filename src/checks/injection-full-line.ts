import { lineInjection } from '../probes/injection.js';
import { asksUpgrade } from './by-hand.js';
import { defineCheck } from './check.js';
import { keepsLines } from './flaws.js';
import { injectionVerdict } from './injection-verdict.js';

export default defineCheck({
  id: 'injection-full-line',
  title: 'A command that was sent in clear with STARTTLS is not executed inside TLS',
  why: "An attacker puts a command of their own behind the victim's STARTTLS; a server that executes it inside TLS takes it for the victim's: passwords and mail can be stolen.",
  references: ['RFC 3207 §4', 'RFC 9051 §6.2.1', 'RFC 2595 §4', 'RFC 5804 §2.2'],
  cve: ['CVE-2011-0411', 'CVE-2021-33515', 'CVE-2021-38371'],
  cwe: ['CWE-74', 'CWE-349'],
  severity: 'critical',
  intrusiveness: 'standard',
  logLines:
    'Postfix 3.9 and later: one line "improper command pipelining after STARTTLS" for each try, which ban filters count; Dovecot and older Postfix: none that they count',
  modes: ['starttls'],
  needs: { tries: lineInjection },
  judge: ({ tries }) => injectionVerdict(tries),
  remedy: {
    'any server': 'update it: the receive buffer must be emptied when TLS starts',
    postfix: '2.4.16, 2.5.12, 2.6.9, 2.7.3 or later',
    aiosmtpd: '1.4.6 or later',
  },
  byHand: { say: asksUpgrade },
  flaw: { name: 'executes lines from before TLS', server: { tamper: keepsLines } },
  covers: ['srv-inject-fullline'],
  examples: [
    {
      given: {
        tries: [
          { version: 'TLSv1.3', outcome: 'discarded', detail: '' },
          { version: 'TLSv1.2', outcome: 'closed', detail: '' },
        ],
      },
      then: 'pass',
    },
    {
      given: {
        tries: [
          { version: 'TLSv1.3', outcome: 'discarded', detail: '' },
          { version: 'TLSv1.2', outcome: 'vulnerable', detail: 'x NOOP' },
        ],
      },
      then: 'fail',
    },
    { given: { tries: [{ version: 'TLSv1.3', outcome: 'probable', detail: '' }] }, then: 'warn' },
    { given: { tries: [{ version: 'TLSv1.3', outcome: 'processed-in-clear', detail: '' }] }, then: 'warn' },
    { given: { tries: [{ version: 'TLSv1.3', outcome: 'unclear', detail: '' }] }, then: 'inconclusive' },
    {
      given: {
        tries: [
          { version: 'TLSv1.3', outcome: 'rejected', detail: '' },
          { version: 'TLSv1.2', outcome: 'fed-to-tls', detail: '' },
        ],
      },
      then: 'pass',
    },
  ],
});
