import { expect } from 'chai';
import { Dialogue } from '../../../src/protocols/dialogue.js';
import { lmtp } from '../../../src/protocols/lmtp/protocol.js';
import { converse } from '../conversing.js';
import { settingsWith } from '../visit-settings.js';

const relay = settingsWith({ relay: true });

describe('honest LMTP server', () => {
  for (const row of [
    { title: 'EHLO and HELO are unknown (RFC 2033 §4.1)', says: ['EHLO me\r\nHELO me\r\n'], codes: '220 502 502' },
    {
      title: 'a mail to two recipients is answered twice (RFC 2033 §4.2)',
      says: ['LHLO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\nDATA\r\n', 'x\r\n.\r\nQUIT\r\n'],
      codes: '220 250 250 250 250 354 250 250 221',
    },
    {
      title: 'a refused recipient gets no reply',
      says: ['LHLO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT e@f\r\nDATA\r\n', 'x\r\n.\r\n'],
      codes: '220 250 250 250 501 354 250',
    },
    {
      title: 'chunks are answered once, the last one for every recipient',
      says: [
        'LHLO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\nBDAT 3\r\nx\r\nBDAT 2 LAST\r\n\r\nNOOP\r\n',
      ],
      codes: '220 250 250 250 250 250 250 250 250',
    },
    {
      title: 'no recipients, no message',
      says: ['LHLO me\r\nMAIL FROM:<a@b>\r\nDATA\r\nQUIT\r\n'],
      codes: '220 250 250 503 221',
    },
    { title: 'MAIL first needs LHLO', says: ['MAIL FROM:<a@b>\r\n'], codes: '220 503' },
    {
      title: 'STARTTLS forgets LHLO',
      says: ['LHLO me\r\nSTARTTLS\r\n', 'MAIL FROM:<a@b>\r\n'],
      codes: '220 250 220 503',
    },
  ]) {
    it(row.title, () => {
      const { replies } = converse(lmtp, relay, row.says);
      expect(replies.map(({ code }) => code).join(' ')).to.equal(row.codes);
    });
  }
});

/** Feeds lines of both sides; tells after each reply whether the next one answers the same command. */
const followed = (script: readonly string[]): { more: string; read: string } => {
  const dialogue = new Dialogue(lmtp);
  const more: string[] = [];
  const read: string[] = [];
  for (const line of script) {
    const bytes = Buffer.from(`${line.slice(3)}\r\n`, 'latin1');
    if (line.startsWith('S: ')) {
      for (const { code } of dialogue.server(bytes)) more.push(`${code ?? '?'}${dialogue.isMoreDue ? '+' : ''}`);
    } else dialogue.client(bytes);
    for (let placed = dialogue.next(); placed !== undefined; placed = dialogue.next())
      read.push(placed.unit.kind === 'command' ? placed.unit.verb : placed.unit.kind);
  }
  return { more: more.join(' '), read: read.join(' ') };
};

describe('an LMTP dialogue', () => {
  const OPENING = ['S: 220 x', 'C: LHLO x', 'S: 250 x', 'C: MAIL FROM:<a>', 'S: 250 x'];

  for (const row of [
    {
      title: 'three recipients, one refused: two replies after the message',
      says: [
        ...OPENING,
        ...['C: RCPT TO:<b>', 'S: 250 x', 'C: RCPT TO:<c>', 'S: 550 x', 'C: RCPT TO:<d>', 'S: 250 x'],
        ...['C: DATA', 'S: 354 go', 'C: x', 'C: .', 'S: 250 x', 'S: 452 x', 'C: QUIT', 'S: 221 x'],
      ],
      more: '220 250 250 250 550 250 354 250+ 452 221',
      read: 'LHLO MAIL RCPT RCPT RCPT DATA body QUIT',
    },
    {
      title: 'a pipelined QUIT waits for its own reply, and a DATA after it is read as a command',
      says: [
        ...OPENING,
        ...['C: RCPT TO:<b>', 'C: RCPT TO:<c>', 'S: 250 x', 'S: 250 x', 'C: DATA', 'S: 354 go'],
        ...['C: x', 'C: .', 'C: AUTH PLAIN', 'S: 250 x', 'S: 250 x', 'S: 334 ', 'C: eA==', 'S: 235 x'],
      ],
      more: '220 250 250 250 250 354 250+ 250 334 235',
      read: 'LHLO MAIL RCPT RCPT DATA body AUTH response',
    },
    {
      title: 'a refused DATA has one reply',
      says: [...OPENING, 'C: RCPT TO:<b>', 'S: 250 x', 'C: RCPT TO:<c>', 'S: 250 x', 'C: DATA', 'S: 451 x', 'C: QUIT'],
      more: '220 250 250 250 250 451',
      read: 'LHLO MAIL RCPT RCPT DATA QUIT',
    },
    {
      title: 'RSET forgets recipients',
      says: [
        ...OPENING,
        ...['C: RCPT TO:<b>', 'S: 250 x', 'C: RCPT TO:<b>', 'S: 250 x', 'C: RSET', 'S: 250 x', 'C: MAIL FROM:<a>'],
        ...['S: 250 x', 'C: RCPT TO:<b>', 'S: 250 x', 'C: DATA', 'S: 354 go', 'C: .', 'S: 250 x'],
      ],
      more: '220 250 250 250 250 250 250 250 354 250',
      read: 'LHLO MAIL RCPT RCPT RSET MAIL RCPT DATA body',
    },
    {
      title: 'a goodbye ends it at once',
      says: [
        ...OPENING,
        ...['C: RCPT TO:<b>', 'S: 250 x', 'C: RCPT TO:<b>', 'S: 250 x', 'C: DATA', 'S: 354 go', 'C: .', 'S: 421 x'],
      ],
      more: '220 250 250 250 250 354 421',
      read: 'LHLO MAIL RCPT RCPT DATA body',
    },
  ]) {
    it(row.title, () => {
      expect(followed(row.says)).to.deep.equal({ more: row.more, read: row.read });
    });
  }
});
