import { pipelinedUpgrade, type PipelinedUpgrade } from '../probes/pipelined-upgrade.js';
import { defineCheck, pass, warn } from './check.js';

export default defineCheck({
  id: 'starttls-pipelined',
  title: 'A client that does not wait for answers is answered, or refused',
  why: 'STARTTLS may stand last in a group of commands. Where it is dropped without an answer, client and server wait for each other until one of them gives up.',
  references: ['RFC 2920 §3.1', 'RFC 3207 §4'],
  severity: 'low',
  intrusiveness: 'standard',
  logLines:
    'Exim: one line "SMTP protocol synchronization error", which fail2ban counts; Postfix 3.9 and later: one line "improper command pipelining"',
  depth: 'full',
  modes: ['starttls'],
  needs: { pipelined: pipelinedUpgrade },
  judge: ({ pipelined: { together, early } }) => {
    if (together.how === 'silent') return warn('STARTTLS in the segment of the command before it is never answered');
    const { how, line } = together;
    const words =
      how === 'go-ahead' ? 'gets the go-ahead' : how === 'ended' ? 'is cut off' : `is refused: ${line?.text ?? ''}`;
    return pass(
      `STARTTLS in the segment of the command before it ${words}; a ClientHello in the segment of STARTTLS ${EARLY[early]}`,
      {
        proof: line,
      },
    );
  },
  remedy: { 'any server': 'update it: a server must not drop what it was sent before it has answered' },
  byHand: 'not with common tools',
  flaw: { name: 'drops what was sent with a command', server: { dropsPipelined: true }, then: 'warn' },
  covers: ['srv-pipelining', 'srv-inject-after-clienthello'],
  examples: [
    { given: { pipelined: { together: { how: 'go-ahead' }, early: 'served' } }, then: 'pass' },
    { given: { pipelined: { together: { how: 'ended' }, early: 'ended' } }, then: 'pass' },
    {
      given: { pipelined: { together: { how: 'refused', line: { text: '503 pipelining' } }, early: 'silent' } },
      then: 'pass',
    },
    { given: { pipelined: { together: { how: 'silent' }, early: 'served' } }, then: 'warn' },
  ],
});

const EARLY: Readonly<Record<PipelinedUpgrade['early'], string>> = {
  served: 'is served',
  'go-ahead': 'is not answered',
  refused: 'is refused',
  ended: 'is cut off',
  silent: 'is not answered',
};
