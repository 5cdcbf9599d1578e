import type { UsualClient } from '../protocol.js';
import { latin1 } from '../text.js';
import { LOGIN_COMMAND } from './command.js';

/** Reads the first mail of the inbox. */
export const client: UsualClient = {
  usualCommands: () => ['SELECT INBOX', 'FETCH 1 BODY[]'].map((words) => (tag) => latin1(`${tag} ${words}\r\n`)),
  pipelines: 'always',
  blindLogin: LOGIN_COMMAND,
  initialResponseNeeds: 'SASL-IR',
};
