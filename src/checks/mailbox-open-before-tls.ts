import { lastLine } from '../probes/dialogue-facts.js';
import { beforeTls } from '../probes/before-tls.js';
import { opening } from '../probes/offers.js';
import { defineCheck, fail, inconclusive, pass } from './check.js';
import { asksForService } from './by-hand.js';
import { servedInClear } from './flaws.js';
import { protocolsWhere } from '../protocols/port-roles.js';

export default defineCheck({
  id: 'mailbox-open-before-tls',
  title: 'Mailboxes and scripts stay closed before TLS and login',
  why: 'Everybody on the network path can read what a server sends before TLS, and change it.',
  references: ['RFC 9051 §3', 'RFC 1939 §4', 'RFC 5804 §2'],
  cwe: ['CWE-319', 'CWE-306'],
  severity: 'critical',
  intrusiveness: 'standard',
  protocols: protocolsWhere(({ inspection }) => inspection.service.kind === 'mailbox'),
  modes: ['starttls'],
  needs: { before: beforeTls, opening },
  judge: ({ before: { command = '', answer }, opening: met }) => {
    if (met.kind === 'greeted' && met.preauthenticated)
      return fail('the greeting is PREAUTH: everybody is logged in at once, and TLS cannot be started any more', {
        proof: met.lines[0],
      });
    const proof = lastLine(answer);
    if (answer?.said?.status === 'ok') return fail(`${command} is accepted before TLS and login`, { proof });
    if (proof !== undefined) return pass(`${command} is refused before login: ${proof.text}`, { proof });
    return answer?.how === 'ended'
      ? pass(`the server closes the connection after ${command}, before login`)
      : inconclusive(`the server did not answer ${command}`);
  },
  remedy: {
    'any server': 'PREAUTH over a pipe or SSH only: no inetd or socat in front of it',
  },
  byHand: { say: asksForService },
  flaw: { name: 'serves the mailbox before TLS', server: { tamper: servedInClear } },
  covers: ['srv-cleartext-state'],
  examples: [
    {
      given: {
        opening: { kind: 'greeted', preauthenticated: false },
        before: {
          command: 'SELECT',
          answer: { how: 'answered', said: { status: 'bad', lines: [{ text: 'w1 BAD' }] } },
        },
      },
      then: 'pass',
    },
    {
      given: {
        opening: { kind: 'greeted', preauthenticated: false },
        before: { command: 'SELECT', answer: { how: 'answered', said: { status: 'ok', lines: [{ text: 'w1 OK' }] } } },
      },
      then: 'fail',
    },
    {
      given: {
        opening: { kind: 'greeted', preauthenticated: true, lines: [{ text: '* PREAUTH' }] },
        before: { command: 'SELECT' },
      },
      then: 'fail',
    },
  ],
});
