import { createHash } from 'node:crypto';
import { expect } from 'chai';

import { pop3 } from '../../../src/protocols/pop3/protocol.js';
import { converse, heads } from '../conversing.js';
import { settingsWith, weakSettings } from '../visit-settings.js';

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');
const digest = createHash('md5').update('<ncanary@mail.lab.test>pcanary').digest('hex');

describe('honest POP3 server', () => {
  for (const row of [
    { title: 'USER and PASS', says: ['USER ucanary\r\n', 'PASS pcanary\r\n'], in: true },
    { title: 'USER and PASS, pipelined', says: ['USER ucanary\r\nPASS pcanary\r\n'], in: true },
    { title: 'wrong password', says: ['USER ucanary\r\n', 'PASS pcanary \r\n'], in: false },
    { title: 'PASS alone', says: ['PASS pcanary\r\n'], in: false },
    {
      title: 'USER is used up by a wrong PASS',
      says: ['USER ucanary\r\n', 'PASS x\r\n', 'PASS pcanary\r\n'],
      in: false,
    },
    { title: 'APOP', says: [`APOP ucanary ${digest}\r\n`], in: true },
    { title: 'APOP of another password', says: [`APOP ucanary ${digest.replace(/./, 'g')}\r\n`], in: false },
    { title: 'APOP without digest', says: ['APOP ucanary\r\n'], in: false },
    { title: 'PLAIN', says: ['AUTH PLAIN\r\n', `${base64('\0ucanary\0pcanary')}\r\n`], in: true },
    { title: 'PLAIN with an initial response', says: [`AUTH PLAIN ${base64('\0ucanary\0pcanary')}\r\n`], in: true },
    { title: 'PLAIN, cancelled', says: ['AUTH PLAIN\r\n', '*\r\n'], in: false },
    { title: 'PLAIN, malformed', says: ['AUTH PLAIN\r\n', '%%%\r\n'], in: false },
    { title: 'LOGIN', says: ['AUTH LOGIN\r\n', `${base64('ucanary')}\r\n`, `${base64('pcanary')}\r\n`], in: true },
    {
      title: 'LOGIN with an initial response',
      says: [`AUTH LOGIN ${base64('ucanary')}\r\n`, `${base64('pcanary')}\r\n`],
      in: true,
    },
    { title: 'XOAUTH2', says: [`AUTH XOAUTH2 ${base64('user=ucanary\x01auth=Bearer tcanary\x01\x01')}\r\n`], in: true },
    { title: 'unknown mechanism', says: ['AUTH SCRAM-SHA-256 biws\r\n'], in: false },
  ]) {
    it(`login inside TLS: ${row.title}`, () => {
      expect(converse(pop3, settingsWith(), row.says, true).server.authenticated).to.equal(row.in);
    });
    it(`login outside TLS: ${row.title}`, () => {
      expect(converse(pop3, weakSettings, row.says).server.authenticated, 'accepted where settings say so').to.equal(
        row.in,
      );
      const strict = converse(pop3, settingsWith({ ...weakSettings, acceptsLoginOutside: false }), row.says);
      expect(strict.server.authenticated, 'accepted').to.equal(false);
      expect(strict.replies[1]).to.deep.include({ status: 'no', code: 'AUTH' });
    });
  }

  const AFTER_LOGIN: readonly { says: string; answer: string }[] = [
    { says: 'STAT', answer: '+OK 1 68\r\n' },
    { says: 'LIST', answer: '+OK 1 messages\r\n1 68\r\n.\r\n' },
    { says: 'LIST 1', answer: '+OK 1 68\r\n' },
    { says: 'LIST 2', answer: '-ERR There is no such message\r\n' },
    { says: 'UIDL', answer: '+OK 1 messages\r\n1 ncanary\r\n.\r\n' },
    { says: 'UIDL 1', answer: '+OK 1 ncanary\r\n' },
    { says: 'TOP 1 0', answer: '+OK 68 octets\r\nSubject: scanary\r\nFrom: a@lab.test\r\n\r\n.\r\n' },
    {
      says: 'TOP 1 2',
      answer: '+OK 68 octets\r\nSubject: scanary\r\nFrom: a@lab.test\r\n\r\nbcanary\r\n..one\r\n.\r\n',
    },
    { says: 'TOP 1', answer: '-ERR TOP takes a message and a number of lines\r\n' },
    {
      says: 'RETR 1',
      answer:
        '+OK 68 octets\r\nSubject: scanary\r\nFrom: a@lab.test\r\n\r\nbcanary\r\n..one\r\n...two\r\n..\r\nend\r\n.\r\n',
    },
    { says: 'RETR', answer: '-ERR There is no such message\r\n' },
    { says: 'LAST', answer: '+OK 1\r\n' },
    { says: 'DELE 1', answer: '+OK Marked to be deleted\r\n' },
    { says: 'RETR 1', answer: '-ERR There is no such message\r\n' },
    { says: 'STAT', answer: '+OK 0 0\r\n' },
    { says: 'LIST', answer: '+OK 0 messages\r\n.\r\n' },
    { says: 'RSET', answer: '+OK\r\n' },
    { says: 'STAT', answer: '+OK 1 68\r\n' },
    { says: 'NOOP', answer: '+OK\r\n' },
    { says: 'XTND XMIT', answer: '-ERR Unknown command\r\n' },
    { says: 'STLS', answer: '-ERR TLS is already active\r\n' },
    { says: 'USER ucanary', answer: '-ERR Already logged in\r\n' },
    { says: 'QUIT', answer: '+OK Bye\r\n' },
  ];

  it('holds one message', () => {
    const login = ['USER ucanary\r\n', 'PASS pcanary\r\n'];
    const said = converse(pop3, settingsWith(), [...login, ...AFTER_LOGIN.map(({ says }) => `${says}\r\n`)], true);
    const answers = said.replies
      .slice(3)
      .map(({ raw }, index) => ({ says: AFTER_LOGIN[index]?.says, answer: raw.toString('latin1') }));
    expect(answers).to.deep.equal(AFTER_LOGIN);
    expect(said.closed).to.equal(true);
  });

  it('shows nothing before the login', () => {
    const said = converse(pop3, settingsWith(), ['STAT\r\nLIST\r\nRETR 1\r\nTOP 1 0\r\nNOOP\r\n'], true);
    expect(heads(said).slice(1)).to.deep.equal(Array(5).fill('-ERR Log in first'));
  });

  for (const row of [
    { title: 'starts TLS', says: ['STLS\r\n'], heads: ['+OK Begin TLS negotiation'] },
    { title: 'takes no argument', says: ['STLS now\r\n'], heads: ['-ERR STLS takes no argument'] },
    {
      title: 'is not done twice',
      says: ['STLS\r\n', 'STLS\r\n'],
      heads: ['+OK Begin TLS negotiation', '-ERR TLS is already active'],
    },
  ]) {
    it(`STLS ${row.title}`, () => {
      expect(heads(converse(pop3, settingsWith(), row.says)).slice(1)).to.deep.equal(row.heads);
    });
  }

  it('refuses STLS where it is not offered, and after a login', () => {
    const unoffered = settingsWith({ outside: { upgrade: false, logins: [], loginDisabled: false, extensions: [] } });
    expect(heads(converse(pop3, unoffered, ['STLS\r\n']))[1]).to.match(/^-ERR/);
    expect(heads(converse(pop3, weakSettings, ['USER ucanary\r\n', 'PASS pcanary\r\n', 'STLS\r\n']))[3]).to.match(
      /^-ERR/,
    );
  });

  it('forgets USER when TLS starts', () => {
    const said = converse(pop3, weakSettings, ['USER ucanary\r\n', 'STLS\r\n', 'PASS pcanary\r\n']);
    expect(heads(said).at(-1)).to.equal('-ERR USER first');
  });

  it('offers APOP by a timestamp, and only where it is offered', () => {
    expect(heads(converse(pop3, settingsWith(), []))[0]).to.equal('+OK mail.lab.test POP3 ready');
    expect(heads(converse(pop3, settingsWith(), [], true))[0]).to.equal(
      '+OK mail.lab.test POP3 ready <ncanary@mail.lab.test>',
    );
    const afterwards = converse(pop3, settingsWith(), ['STLS\r\n', `APOP ucanary ${digest}\r\n`]);
    expect(afterwards.server.authenticated, 'without a timestamp in the greeting').to.equal(false);
  });

  it('lists what it offers', () => {
    const said = converse(pop3, settingsWith(), ['CAPA\r\n', 'STLS\r\n', 'CAPA\r\n', 'AUTH\r\n']);
    expect(said.replies.map(({ lines }) => lines.slice(1))).to.deep.equal([
      [],
      ['STLS'],
      [],
      ['USER', 'SASL PLAIN LOGIN CRAM-MD5 XOAUTH2'],
      ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2'],
    ]);
  });
});
