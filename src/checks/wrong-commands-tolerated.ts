import { hangUp } from '../endpoints/tamper.js';
import { wrongCommands } from '../probes/wrong-commands.js';
import { defineCheck, info, pass } from './check.js';

export default defineCheck({
  id: 'wrong-commands-tolerated',
  title: 'A connection with very many wrong commands is ended or slowed down',
  why: 'Attacks across protocols (ALPACA) and guessing programs need a server that tolerates line after line that it does not understand.',
  references: ['https://alpaca-attack.com/', 'CWE-307'],
  severity: 'info',
  intrusiveness: 'intrusive',
  logLines:
    'Postfix: one line "too many errors", which fail2ban counts; Exim: one line "too many syntax or protocol errors", which it counts as well',
  depth: 'full',
  modes: ['starttls'],
  needs: { wrong: wrongCommands },
  judge: ({ wrong: { sent, how } }) => {
    if (how === 'tolerated') return info(`${String(sent)} wrong commands on one connection are all answered`);
    return pass(
      how === 'ended'
        ? `the server closes the connection after ${String(sent)} wrong ${sent === 1 ? 'command' : 'commands'}`
        : `after ${String(sent)} wrong commands the answers become slow`,
    );
  },
  remedy: {
    postfix: 'smtpd_hard_error_limit = 20 (the default)',
    exim: 'smtp_max_unknown_commands = 3 (the default)',
    Sendmail: "define(`confMAX_BAD_COMMANDS', `25')",
  },
  byHand: 'not with common tools',
  flaw: [
    { name: 'answers any number of wrong commands', server: {}, then: 'info' },
    {
      name: 'closes the connection at the first wrong command',
      server: { tamper: { other: () => [hangUp] } },
      then: 'pass',
    },
  ],
  covers: ['srv-errors-limit'],
  examples: [
    { given: { wrong: { sent: 4, how: 'ended' } }, then: 'pass' },
    { given: { wrong: { sent: 11, how: 'slowed' } }, then: 'pass' },
    { given: { wrong: { sent: 100, how: 'tolerated' } }, then: 'info' },
  ],
});
