import type { Secrecy } from '../protocol.js';
import { ENVELOPE } from './grammar.js';

/** Mail goes to the server only. */
export const secrecy: Secrecy = {
  receivedMail: () => [],
  envelope: ENVELOPE,
  harmless: new Set(['NOOP', 'RSET', 'HELP', 'TURN', 'ETRN']),
  named: new Set([...ENVELOPE, 'EHLO', 'HELO', 'LHLO', 'ETRN', 'VRFY', 'EXPN']),
  words: new Set(['LAST']),
};
