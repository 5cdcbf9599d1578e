import { expect } from 'chai';

import { LARGEST_MESSAGE } from '../../../src/protocols/message-size.js';
import { smtp } from '../../../src/protocols/smtp/protocol.js';
import { converse } from '../conversing.js';
import { settingsWith, weakSettings } from '../visit-settings.js';

const plain = Buffer.from('\0ucanary\0pcanary').toString('base64');
const relay = settingsWith({ relay: true });

describe('honest SMTP server', () => {
  for (const row of [
    {
      title: 'a mail by DATA',
      settings: relay,
      says: ['EHLO me\r\n', 'MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n', 'x\r\n.\r\nQUIT\r\n'],
      codes: '220 250 250 250 354 250 221',
    },
    {
      title: 'a mail by BDAT, in pieces',
      settings: relay,
      says: ['EHLO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT 3\r\nx\r\nBDAT 2\r\n\r\nBDAT 0 LAST\r\nQUIT\r\n'],
      codes: '220 250 250 250 250 250 250 221',
    },
    {
      title: 'BDAT 0 LAST is answered at once',
      settings: relay,
      says: ['EHLO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n', 'BDAT 0 LAST\r\n'],
      codes: '220 250 250 250 250',
    },
    {
      title: 'BDAT without recipients',
      settings: relay,
      says: ['EHLO me\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n'],
      codes: '220 250 503 250',
    },
    {
      title: 'BDAT without a size',
      settings: relay,
      says: ['EHLO me\r\nBDAT x\r\nNOOP\r\n'],
      codes: '220 250 501 250',
    },
    {
      title: 'a transaction ends with its mail',
      settings: relay,
      says: ['EHLO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT 1 LAST\r\nxBDAT 1 LAST\r\nx'],
      codes: '220 250 250 250 250 503',
    },
    {
      title: 'a mail that is too big, as its size says',
      settings: relay,
      says: ['EHLO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT 99999999999 LAST\r\n'],
      codes: '220 250 250 250 552',
    },
    {
      title: 'a mail that is too big, as it turns out',
      settings: relay,
      says: [
        'EHLO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n',
        ...Array.from({ length: 41 }, () => `${'x'.repeat(1023)}\n`.repeat(1024)),
      ],
      codes: '220 250 250 250 354 552',
    },
    ...(
      [
        ['as large as SIZE says', 0, '250'],
        ['one octet larger', 1, '552'],
      ] as const
    ).flatMap(([what, more, code]) => [
      {
        title: `a mail by DATA, ${what}: doubled dots and the last one do not count`,
        settings: relay,
        says: [
          'EHLO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n',
          '..x\r\n'.repeat(100_000),
          'x'.repeat(LARGEST_MESSAGE - 400_002 + more),
          '\r\n.\r\nNOOP\r\n',
        ],
        codes: `220 250 250 250 354 ${code} 250`,
      },
      {
        title: `a mail by BDAT, in two chunks, ${what}`,
        settings: relay,
        says: [
          `EHLO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT 5000000\r\n${'.'.repeat(5_000_000)}`,
          `BDAT ${String(LARGEST_MESSAGE - 5_000_000 + more)} LAST\r\n`,
          `${'.'.repeat(LARGEST_MESSAGE - 5_000_000 + more)}NOOP\r\n`,
        ],
        codes: `220 250 250 250 250 ${code} 250`,
      },
      {
        title: `a mail announced to be ${what}`,
        settings: relay,
        says: [`EHLO me\r\nMAIL FROM:<a@b> BODY=8BITMIME SIZE=${String(LARGEST_MESSAGE + more)}\r\nNOOP\r\n`],
        codes: `220 250 ${code} 250`,
      },
    ]),
    {
      title: 'a line that is too long',
      settings: relay,
      says: [`EHLO ${'x'.repeat(70_000)}\r\n`],
      codes: '220 500',
    },
    {
      title: 'DATA without recipients',
      settings: relay,
      says: ['EHLO me\r\nMAIL FROM:<a@b>\r\nDATA\r\nNOOP\r\n'],
      codes: '220 250 250 503 250',
    },
    { title: 'MAIL first needs EHLO', settings: relay, says: ['MAIL FROM:<a@b>\r\n'], codes: '220 503' },
    {
      title: 'malformed envelope',
      settings: relay,
      says: ['HELO me\r\nMAIL a@b\r\nMAIL FROM:<>\r\nRCPT c@d\r\nMAIL FROM:<>\r\n'],
      codes: '220 250 501 250 501 503',
    },
    {
      title: 'submission outside TLS',
      settings: settingsWith(),
      says: ['EHLO me\r\nMAIL FROM:<a@b>\r\n'],
      codes: '220 250 530',
    },
    {
      title: 'submission without a login',
      settings: weakSettings,
      says: ['EHLO me\r\nMAIL FROM:<a@b>\r\n'],
      codes: '220 250 530',
    },
    {
      title: 'submission',
      settings: weakSettings,
      says: ['EHLO me\r\n', `AUTH PLAIN ${plain}\r\n`, 'MAIL FROM:<a@b>\r\n'],
      codes: '220 250 235 250',
    },
    {
      title: 'a login, twice',
      settings: weakSettings,
      says: ['EHLO me\r\n', 'AUTH PLAIN\r\n', `${plain}\r\n`, 'AUTH PLAIN\r\n'],
      codes: '220 250 334 235 503',
    },
    {
      title: 'a login, cancelled',
      settings: weakSettings,
      says: ['EHLO me\r\n', 'AUTH LOGIN\r\n', '*\r\n', 'NOOP\r\n'],
      codes: '220 250 334 501 250',
    },
    {
      title: 'a login outside TLS',
      settings: settingsWith(),
      says: ['EHLO me\r\n', `AUTH PLAIN ${plain}\r\n`],
      codes: '220 250 530',
    },
    {
      title: 'STARTTLS with a parameter',
      settings: settingsWith(),
      says: ['EHLO me\r\n', 'STARTTLS now\r\n'],
      codes: '220 250 501',
    },
    {
      title: 'STARTTLS twice; EHLO is forgotten',
      settings: relay,
      says: ['EHLO me\r\n', 'STARTTLS\r\n', 'STARTTLS\r\n', 'MAIL FROM:<a@b>\r\n'],
      codes: '220 250 220 503 503',
    },
    {
      title: 'a transaction is forgotten when TLS starts',
      settings: relay,
      says: ['EHLO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nSTARTTLS\r\n', 'DATA\r\n'],
      codes: '220 250 250 250 220 503',
    },
    {
      title: 'what was sent with STARTTLS is not read',
      settings: settingsWith(),
      says: ['EHLO me\r\nSTARTTLS\r\nNOOP\r\n', 'RSET\r\n'],
      codes: '220 250 220 250',
    },
  ]) {
    it(row.title, () => {
      expect(
        converse(smtp, row.settings, row.says)
          .replies.map(({ code }) => code)
          .join(' '),
      ).to.equal(row.codes);
    });
  }
});
