import type { UsualClient } from '../protocol.js';
import { latin1 } from '../text.js';

/** Sends one mail to one recipient. */
export const client: UsualClient = {
  usualCommands: ({ from, to }) =>
    [`MAIL FROM:<${from}>\r\n`, `RCPT TO:<${to}>\r\n`, 'DATA\r\n'].map((line) => () => latin1(line)),
  content: (message) => latin1(`${message.replace(/^\./gm, '..').replace(/(?:\r\n)?$/, '\r\n')}.\r\n`),
  pipelines: 'if-listed',
  blindLogin: 'PLAIN',
};
