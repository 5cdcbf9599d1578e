import type { Secrecy } from '../protocol.js';

/** Mail follows the first line of the reply to RETR or TOP. */
export const secrecy: Secrecy = {
  receivedMail: (reply) => {
    const start = reply.indexOf('\r\n') + 2;
    const isMail = reply.startsWith('+OK') && reply.endsWith('\r\n.\r\n') && /^[!-9;-~]+:/m.test(reply.slice(start));
    return isMail ? [{ start, end: reply.length - 3 }] : [];
  },
  envelope: new Set(),
  harmless: new Set(['NOOP', 'RSET', 'STAT', 'LIST', 'UIDL', 'CAPA', 'LAST', 'UTF8']),
  named: new Set(),
  words: new Set(),
};
