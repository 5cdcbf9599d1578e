import type { Secrecy } from '../protocol.js';

/** GETSCRIPT brings a script as a literal. */
export const secrecy: Secrecy = {
  receivedMail: (reply) =>
    /^\{\d+\}\r\n/.test(reply) ? [{ start: reply.indexOf('\r\n') + 2, end: reply.length }] : [],
  envelope: new Set(),
  harmless: new Set(['NOOP', 'UNAUTHENTICATE']),
  named: new Set(
    'HAVESPACE PUTSCRIPT CHECKSCRIPT LISTSCRIPTS SETACTIVE GETSCRIPT DELETESCRIPT RENAMESCRIPT'.split(' '),
  ),
  words: new Set(),
};
