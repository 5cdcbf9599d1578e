import type { Secrecy, Span } from '../protocol.js';
import { MAILBOX } from './command.js';

/** Mail comes in literals and quoted strings of FETCH. */
export const secrecy: Secrecy = {
  receivedMail: (reply) => (/^\* \d+ FETCH /i.test(reply) ? contents(reply) : []),
  envelope: new Set(),
  harmless: new Set(['NOOP', 'CHECK', 'CLOSE', 'EXPUNGE', 'UNSELECT', 'UNAUTHENTICATE', 'DONE', 'ENABLE', 'COMPRESS']),
  named: new Set([...MAILBOX, 'ID', 'APPEND']),
  words: new Set(
    'CONDSTORE QRESYNC DEFLATE UTF8=ACCEPT UTF8=ONLY IMAP4REV1 IMAP4REV2 METADATA NOTIFY UIDONLY'.split(' '),
  ),
};

const contents = (text: string): Span[] => {
  const found: Span[] = [];
  const pattern = /\{(\d{1,10})\}\r\n|"((?:[^"\\\r\n]|\\.)*)"/g;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const start = match.index + (match[1] === undefined ? 1 : match[0].length);
    const end = start + (match[1] === undefined ? (match[2] ?? '').length : Number(match[1]));
    found.push({ start, end: Math.min(end, text.length) });
    if (match[1] !== undefined) pattern.lastIndex = Math.min(end, text.length);
  }
  return found;
};
