import type { UsualClient } from '../protocol.js';
import { latin1 } from '../text.js';

/** Stores a script. */
export const client: UsualClient = {
  usualCommands: () =>
    [`PUTSCRIPT "toy" {${SCRIPT.length}+}\r\n${SCRIPT}\r\n`, 'LISTSCRIPTS\r\n'].map((line) => () => latin1(line)),
  pipelines: 'always',
  blindLogin: 'PLAIN',
};

const SCRIPT = 'keep;\r\n';
