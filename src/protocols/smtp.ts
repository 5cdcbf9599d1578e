import type { Protocol } from './protocol.js';
import { multiline, offer, readBody, readCommand, readReply, readResponse, rewriteOffer } from './smtp/grammar.js';
import { keywords, SmtpServer } from './smtp/server.js';
import { latin1 } from './text.js';

/** SMTP for relay (25) and submission (587, 465): RFC 5321, 3207, 4954, 6409, 8314. */
export const smtp: Protocol = {
  name: 'smtp',
  upgradeVerb: 'STARTTLS',
  modes: ['starttls', 'implicit'],
  speaksFirstAfterUpgrade: false,
  greetingCarriesOffer: false,
  longestCommand: 64 * 1024,
  readCommand,
  readResponse,
  readBody: (buffer, _to, searchFrom) => readBody(buffer, searchFrom),
  readReply,
  offer,
  rewriteOffer,
  say: {
    capabilities: (_tag, name) => latin1(`EHLO ${name}\r\n`),
    upgrade: () => latin1('STARTTLS\r\n'),
    quit: () => latin1('QUIT\r\n'),
    noop: () => latin1('NOOP\r\n'),
    login: (_tag, mechanism, _account, initialResponse) =>
      latin1(
        `AUTH ${mechanism}${initialResponse === undefined ? '' : ` ${initialResponse === '' ? '=' : initialResponse}`}\r\n`,
      ),
  },
  answers: {
    ok: (_to, text) => latin1(`250 ${text}\r\n`),
    refuse: (_to, status, text) => latin1(`${REFUSALS[status]} ${text}\r\n`),
    goAhead: () => latin1('220 2.0.0 Ready to start TLS\r\n'),
    challenge: (challenge) => latin1(`334 ${challenge}\r\n`),
    greeting: () => latin1('220 mail.lab.test ESMTP ready\r\n'),
    capabilities: (_to, offered) => multiline('250', ['mail.lab.test', ...keywords(offered)]),
  },
  server: (settings) => new SmtpServer(settings),
};

export default smtp;

const REFUSALS = { no: '554 5.7.0', 'try-later': '454 4.7.0', bad: '502 5.5.1', bye: '421 4.3.2' } as const;
