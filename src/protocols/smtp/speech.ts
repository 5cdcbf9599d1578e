import type { Answers, Speech } from '../protocol.js';
import { latin1 } from '../text.js';
import { multiline } from './grammar.js';
import { keywords } from './server.js';

/** A client's words; `hello` is the command that asks for the list: EHLO, or LMTP's LHLO. */
export const speech = (hello: string): Speech => ({
  capabilities: (_tag, name) => latin1(`${hello} ${name}\r\n`),
  upgrade: () => latin1('STARTTLS\r\n'),
  quit: () => latin1('QUIT\r\n'),
  noop: () => latin1('NOOP\r\n'),
  login: (_tag, mechanism, _account, initialResponse) =>
    latin1(
      `AUTH ${mechanism}${initialResponse === undefined ? '' : ` ${initialResponse === '' ? '=' : initialResponse}`}\r\n`,
    ),
  response: (response) => latin1(`${response}\r\n`),
  cancel: () => latin1('*\r\n'),
});

/** A server's words; `banner` is the protocol's name in the greeting. */
export const answers = (banner: string): Answers => ({
  ok: (_to, text) => latin1(`250 ${text}\r\n`),
  refuse: (_to, status, text) => latin1(`${REFUSALS[status]} ${text}\r\n`),
  tooBig: () => latin1('552 5.3.4 Message too big\r\n'),
  goAhead: () => latin1('220 2.0.0 Ready to start TLS\r\n'),
  challenge: (challenge) => latin1(`334 ${challenge}\r\n`),
  greeting: () => latin1(`220 mail.lab.test ${banner} ready\r\n`),
  capabilities: (_to, offered) => multiline('250', ['mail.lab.test', ...keywords(offered)]),
});

const REFUSALS = { no: '554 5.7.0', 'try-later': '454 4.7.0', bad: '502 5.5.1', bye: '421 4.3.2' } as const;
