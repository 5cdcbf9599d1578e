import { fragmentInjection } from '../probes/injection.js';
import { asksUpgrade } from './by-hand.js';
import { defineCheck } from './check.js';
import { keepsFragment } from './flaws.js';
import { injectionVerdict } from './injection-verdict.js';

export default defineCheck({
  id: 'injection-partial-line',
  title: 'Half a command that was sent in clear with STARTTLS does not survive into TLS',
  why: "An attacker puts the beginning of a command behind the victim's STARTTLS; it sticks to the victim's first command inside TLS and changes its meaning.",
  references: ['RFC 3207 §4', 'RFC 9051 §6.2.1', 'RFC 2595 §4', 'RFC 5804 §2.2'],
  cve: [],
  cwe: ['CWE-74', 'CWE-349'],
  severity: 'critical',
  intrusiveness: 'standard',
  logLines:
    'Postfix 3.9 and later: one line "improper command pipelining after STARTTLS" for each try, which ban filters count; Dovecot and older Postfix: none that they count',
  modes: ['starttls'],
  needs: { tries: fragmentInjection },
  judge: ({ tries }) => injectionVerdict(tries),
  remedy: {
    'any server': 'update it: the receive buffer must be emptied when TLS starts',
    'smtp-server (npm)': '3.21.6 or later',
    aiosmtpd: '1.4.6 or later',
  },
  byHand: { say: asksUpgrade },
  flaw: { name: 'keeps a fragment from before TLS', server: { tamper: keepsFragment } },
  covers: ['srv-inject-partial'],
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
