import type { Inspection } from '../protocol.js';
import { latin1 } from '../text.js';

/** `hello` is EHLO, or LMTP's LHLO. */
export const inspection = (hello: string): Inspection => ({
  // FTP greets with 220 too.
  greets: (line) => /^(?:220|421|451|521|554)(?:[ -]|$)/.test(line) && !/^220[ -].*\bFTP/i.test(line),
  service: { kind: 'mail', verb: 'MAIL', say: () => MAIL, undo: RSET },
  transaction: {
    begin: MAIL,
    next: latin1('RCPT TO:<postmaster>\r\n'),
    nextVerb: 'RCPT',
    nextIn: (domain) => latin1(`RCPT TO:<postmaster@${domain}>\r\n`),
    undo: RSET,
  },
  ...(hello === 'EHLO' && { plainHello: (name) => latin1(`HELO ${name}\r\n`) }),
  besides: {
    user: (name) => latin1(`VRFY ${name}\r\n`),
    others: [
      ['HELP', latin1('HELP\r\n')],
      ['RSET', RSET],
    ],
  },
  plaintextLogins: ['PLAIN', 'LOGIN'],
  userFirst: false,
  parameter: 'waxseal',
  marked: (marker) => `${hello} ${marker}.invalid`,
  question: () => latin1('NOOP\r\n'),
});

const MAIL = latin1('MAIL FROM:<>\r\n');
const RSET = latin1('RSET\r\n');
