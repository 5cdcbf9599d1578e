import type { UsualClient } from '../protocol.js';
import { latin1 } from '../text.js';

/** Reads the first mail. */
export const client: UsualClient = {
  usualCommands: () => ['STAT\r\n', 'RETR 1\r\n'].map((line) => () => latin1(line)),
  pipelines: 'if-listed',
  blindLogin: 'PLAIN',
};
