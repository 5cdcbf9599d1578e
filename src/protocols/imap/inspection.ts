import type { Inspection } from '../protocol.js';
import { latin1 } from '../text.js';
import { LOGIN_COMMAND } from './command.js';

export const inspection: Inspection = {
  greets: (line) => /^\* (?:OK|PREAUTH|BYE)\b/i.test(line),
  service: { kind: 'mailbox', verb: 'SELECT', say: (tag) => latin1(`${tag} SELECT INBOX\r\n`) },
  plaintextLogins: ['PLAIN', LOGIN_COMMAND],
  userFirst: false,
  parameter: 'waxseal',
  marked: (marker) => `${marker} NOOP`,
  unfinished: (marker) => `${marker} STATUS {5+}`,
  question: (tag) => latin1(`${tag} NOOP\r\n`),
};
