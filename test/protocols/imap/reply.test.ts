import { expect } from 'chai';

import { imap } from '../../../src/protocols/imap/protocol.js';
import type { Command, Offer, OfferChange, Reply, ReplyContext } from '../../../src/protocols/protocol.js';

const reply = (text: string, context: Partial<ReplyContext> = {}): Reply => {
  const read = imap.readReply(Buffer.from(text, 'latin1'), { first: false, ...context });
  if (read === undefined) throw new Error(`no reply: ${text}`);
  return read.value;
};

const command = (text: string): Command => {
  const read = imap.readCommand(Buffer.from(text), 0);
  if (read?.value.kind !== 'command') throw new Error(`no command: ${text}`);
  return read.value;
};

describe('IMAP replies', () => {
  const REPLIES: readonly (readonly [text: string, expected: Partial<Reply>, first?: boolean])[] = [
    ['* OK hello\r\n', { kind: 'greeting', status: 'ok' }, true],
    [
      '* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n',
      { kind: 'greeting', status: 'preauth', code: 'CAPABILITY IMAP4rev1' },
      true,
    ],
    ['* BYE busy\r\n', { kind: 'greeting', status: 'bye' }, true],
    ['* no thanks\r\n', { kind: 'greeting', status: 'no' }, true],
    ['* BAD x\r\n', { kind: 'greeting', status: 'bad' }, true],
    ['XYZ OK hi\r\n', { kind: 'greeting', status: 'unknown', tag: 'XYZ' }, true],
    ['+OK pop\r\n', { kind: 'greeting', status: 'unknown' }, true],
    ['220 mail ESMTP\r\n', { kind: 'greeting', status: 'unknown' }, true],
    ['* OK [ALERT] x\r\n', { kind: 'untagged', status: 'ok', code: 'ALERT' }],
    ['* BYE x\r\n', { kind: 'untagged', status: 'bye' }],
    ['* 3 EXISTS\r\n', { kind: 'untagged', status: 'unknown' }],
    ['* CAPABILITY IMAP4rev1\r\n', { kind: 'untagged', lines: ['* CAPABILITY IMAP4rev1'] }],
    ['a1 OK done\r\n', { kind: 'final', status: 'ok', tag: 'a1' }],
    ['a1 ok done\n', { kind: 'final', status: 'ok', tag: 'a1' }],
    ['a1 NO [UNAVAILABLE] x\r\n', { kind: 'final', status: 'no', code: 'UNAVAILABLE' }],
    ['a1 BAD\r\n', { kind: 'final', status: 'bad' }],
    ['a1 NOTASTATUS x\r\n', { kind: 'final', status: 'unknown', tag: 'a1' }],
    ['a1 PREAUTH x\r\n', { kind: 'final', status: 'unknown', tag: 'a1' }],
    ['+ \r\n', { kind: 'continuation', status: 'continue' }],
    ['+\r\n', { kind: 'continuation', status: 'continue' }],
    ['\r\n', { kind: 'untagged', status: 'unknown' }],
    ['nonsense\r\n', { kind: 'untagged', status: 'unknown' }],
    ['(x) OK\r\n', { kind: 'untagged', status: 'unknown' }],
    [
      '* 1 FETCH (BODY[] {12}\r\na1 OK done\r\n)\r\n',
      { kind: 'untagged', lines: ['* 1 FETCH (BODY[] {12}', 'a1 OK done', ')'] },
    ],
    ['* OK see {5}\r\n', { kind: 'untagged', status: 'ok' }],
    ['a1 OK see {5}\r\n', { kind: 'final', status: 'ok' }],
  ];

  for (const [text, expected, first = false] of REPLIES) {
    it(`reads ${JSON.stringify(text)}${first ? ' as a greeting' : ''}`, () => {
      const actual = reply(text, { first });
      expect(actual).to.deep.include(expected);
      expect(actual.raw.toString('latin1')).to.equal(text);
      if (expected.code === undefined) expect(actual).not.to.have.property('code');
    });
  }

  it('takes the text of + for a challenge only in a login', () => {
    expect(reply('+ UEFTUw==\r\n', { outstanding: command('a AUTHENTICATE LOGIN\r\n') }).challenge).to.equal(
      'UEFTUw==',
    );
    expect(reply('+ \r\n', { outstanding: command('a AUTHENTICATE PLAIN\r\n') }).challenge).to.equal('');
    expect(reply('+ idling\r\n', { outstanding: command('a IDLE\r\n') })).not.to.have.property('challenge');
  });

  it('knows a bare tag only as the answer to its command', () => {
    expect(reply('a\r\n', { outstanding: command('a NOOP\r\n') })).to.include({ kind: 'final', status: 'unknown' });
  });

  for (const text of [
    '* OK hel',
    '* 1 FETCH (BODY[] {12}\r\na1 OK done\r\n',
    '* 1 FETCH (BODY[] {99999999999}\r\nx\r\n',
  ]) {
    it(`wants more of ${JSON.stringify(text)}`, () => {
      expect(imap.readReply(Buffer.from(text), { first: false })).to.equal(undefined);
    });
  }
});

describe('IMAP offers', () => {
  const OFFERS: readonly (readonly [texts: readonly string[], expected: Offer | undefined])[] = [
    [['* OK hi\r\n'], undefined],
    [
      ['* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n', 'a OK x\r\n'],
      { upgrade: true, logins: [], loginDisabled: true, extensions: ['IMAP4rev1'] },
    ],
    [
      ['* capability imap4rev1 starttls auth=plain auth=Plain\r\n'],
      { upgrade: true, logins: ['PLAIN', 'LOGIN command'], loginDisabled: false, extensions: ['imap4rev1'] },
    ],
    [
      ['* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 LOGINDISABLED] hi\r\n'],
      { upgrade: false, logins: ['XOAUTH2'], loginDisabled: true, extensions: ['IMAP4rev1'] },
    ],
    [
      ['* CAPABILITY IMAP4rev1 STARTTLS\r\n', 'a OK [CAPABILITY IMAP4rev1 IDLE] x\r\n'],
      { upgrade: false, logins: ['LOGIN command'], loginDisabled: false, extensions: ['IMAP4rev1', 'IDLE'] },
    ],
    [['* CAPABILITYX STARTTLS\r\n'], undefined],
    [['* OK text [CAPABILITY STARTTLS]\r\n'], undefined],
  ];

  for (const [texts, expected] of OFFERS) {
    it(`reads ${JSON.stringify(texts)}`, () => {
      expect(imap.offer(texts.map((text) => reply(text)))).to.deep.equal(expected);
    });
  }

  const LITERAL = '* 1 FETCH (BODY[] {24}\r\n* CAPABILITY X STARTTLS\r\n)\r\n';
  const REWRITES: readonly (readonly [before: string, change: OfferChange, after: string])[] = [
    [
      '* CAPABILITY IMAP4rev1 STARTTLS IDLE\r\na OK x\r\n',
      { upgrade: false },
      '* CAPABILITY IMAP4rev1 IDLE\r\na OK x\r\n',
    ],
    [
      '* CAPABILITY IMAP4rev1 StartTLS LOGINDISABLED\r\n',
      { upgrade: false, loginDisabled: false, logins: ['PLAIN', 'LOGIN command'] },
      '* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n',
    ],
    [
      '* OK [CAPABILITY IMAP4rev1 STARTTLS] hi [CAPABILITY STARTTLS]\r\n',
      { upgrade: false },
      '* OK [CAPABILITY IMAP4rev1] hi [CAPABILITY STARTTLS]\r\n',
    ],
    [
      'a OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] x\r\n',
      { logins: ['SCRAM-SHA-256'] },
      'a OK [CAPABILITY IMAP4rev1 AUTH=SCRAM-SHA-256] x\r\n',
    ],
    ['* PREAUTH [CAPABILITY IMAP4rev1] x\r\n', { upgrade: true }, '* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] x\r\n'],
    [
      '* CAPABILITY IMAP4rev1\r\n',
      { addExtensions: ['XCANARY'], loginDisabled: true },
      '* CAPABILITY IMAP4rev1 LOGINDISABLED XCANARY\r\n',
    ],
    ['* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n', { logins: ['LOGIN command'] }, '* CAPABILITY IMAP4rev1\r\n'],
    [
      '* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n',
      { logins: ['LOGIN command'], loginDisabled: true },
      '* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n',
    ],
    ['* CAPABILITY  IMAP4rev1  STARTTLS \r\n', {}, '* CAPABILITY  IMAP4rev1  STARTTLS \r\n'],
    ['* CAPABILITY  IMAP4rev1  starttls \r\n', { upgrade: true }, '* CAPABILITY  IMAP4rev1  starttls \r\n'],
    [LITERAL, { upgrade: false }, LITERAL],
    [`${LITERAL}* CAPABILITY STARTTLS\n`, { upgrade: false }, `${LITERAL}* CAPABILITY\n`],
    ['* LIST () "/" STARTTLS\r\na OK x\r\n', { upgrade: false }, '* LIST () "/" STARTTLS\r\na OK x\r\n'],
    ['* CAPABILITY IMAP4rev1 STARTT', { upgrade: false }, '* CAPABILITY IMAP4rev1 STARTT'],
    ['* CAPABILITY] STARTTLS\r\n', { upgrade: false }, '* CAPABILITY] STARTTLS\r\n'],
    ['* CAPABILITY \t\r\n', { upgrade: false }, '* CAPABILITY \t\r\n'],
    ['* OK [CAPABILITY]\r\n', { upgrade: true }, '* OK [CAPABILITY STARTTLS]\r\n'],
    ['* OK [CAPABILITY STARTTLS\r\n', { upgrade: false }, '* OK [CAPABILITY STARTTLS\r\n'],
    ['', { upgrade: false }, ''],
  ];

  for (const [before, change, after] of REWRITES) {
    it(`changes ${JSON.stringify(before)} by ${JSON.stringify(change)}`, () => {
      expect(imap.rewriteOffer(Buffer.from(before), change).toString()).to.equal(after);
    });
  }

  it('is read as it was written', () => {
    const offered: Offer = {
      upgrade: true,
      logins: ['PLAIN', 'LOGIN command'],
      loginDisabled: false,
      extensions: ['IMAP4rev1', 'IDLE'],
    };
    expect(imap.offer([reply(imap.answers.greeting(offered).toString(), { first: true })])).to.deep.equal(offered);
    expect(imap.answers.capabilities(undefined, { ...offered, extensions: ['ID', 'IMAP4rev1'] }).toString()).to.equal(
      '* CAPABILITY IMAP4rev1 ID STARTTLS AUTH=PLAIN\r\n',
    );
  });
});
