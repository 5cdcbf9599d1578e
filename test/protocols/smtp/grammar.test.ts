import { expect } from 'chai';

import { offer, readBody, readCommand, readReply, rewriteOffer } from '../../../src/protocols/smtp/grammar.js';
import { readSaslLine } from '../../../src/protocols/sasl-line.js';
import type { OfferChange, Reply } from '../../../src/protocols/protocol.js';
import { secretsOf } from '../visit-settings.js';

const reply = (bytes: string): Reply => {
  const read = readReply(Buffer.from(bytes, 'latin1'), { first: false });
  if (read === undefined) throw new Error('no reply');
  return read.value;
};

describe('SMTP commands', () => {
  for (const row of [
    { line: 'EHLO me\r\n', verb: 'EHLO', args: ['me'], moment: 'capabilities', secrets: [] },
    { line: 'starttls \r\n', verb: 'STARTTLS', args: [], moment: 'starttls', secrets: [] },
    {
      line: 'MAIL FROM:<a@b> SIZE=3\r\n',
      verb: 'MAIL',
      args: ['FROM:<a@b>', 'SIZE=3'],
      moment: 'message',
      secrets: ['mail=<a@b> SIZE=3'],
    },
    { line: 'mail from: <a@b>\n', verb: 'MAIL', args: ['from:', '<a@b>'], moment: 'message', secrets: ['mail=<a@b>'] },
    { line: 'RCPT TO:<a@b> \r\n', verb: 'RCPT', args: ['TO:<a@b>'], moment: 'message', secrets: ['mail=<a@b>'] },
    { line: 'RCPT a:b@c\r\n', verb: 'RCPT', args: ['a:b@c'], moment: 'message', secrets: ['mail=a:b@c'] },
    { line: 'MAIL FROM:\r\n', verb: 'MAIL', args: ['FROM:'], moment: 'message', secrets: [] },
    { line: 'VRFY joe\r\n', verb: 'VRFY', args: ['joe'], moment: 'other', secrets: ['mail=joe'] },
    { line: 'AUTH PLAIN\r\n', verb: 'AUTH', args: ['PLAIN'], moment: 'login', secrets: [] },
    {
      line: ' auth  plain \tAGEAYg== \r\n',
      verb: 'AUTH',
      args: ['plain', 'AGEAYg=='],
      moment: 'login',
      secrets: ['password=AGEAYg=='],
    },
    {
      line: 'AUTH PLAIN PLAIN\r\n',
      verb: 'AUTH',
      args: ['PLAIN', 'PLAIN'],
      moment: 'login',
      secrets: ['password=PLAIN'],
    },
    {
      line: 'AUTH PLAIN ab cd ab\r\n',
      verb: 'AUTH',
      args: ['PLAIN', 'ab', 'cd', 'ab'],
      moment: 'login',
      secrets: ['password=ab cd ab'],
    },
    { line: 'AUTH LOGIN dQ==\r\n', verb: 'AUTH', args: ['LOGIN', 'dQ=='], moment: 'login', secrets: ['user=dQ=='] },
    { line: 'AUTH\r\n', verb: 'AUTH', args: [], moment: 'login', secrets: [] },
    { line: '\r\n', verb: '', args: [], moment: 'other', secrets: [] },
  ]) {
    it(JSON.stringify(row.line), () => {
      const raw = Buffer.from(row.line, 'latin1');
      const read = readCommand(Buffer.concat([raw, Buffer.from('QUIT\r\n')]));
      expect(read).to.have.property('length', raw.length);
      expect(read?.value).to.deep.include({ verb: row.verb, args: row.args, moment: row.moment, raw });
      expect(read && secretsOf(read.value)).to.deep.equal(row.secrets);
    });
  }

  for (const row of [
    { line: 'DATA', has: { continues: 'body' } },
    { line: 'AUTH X', has: { continues: 'sasl', mechanism: 'X' } },
    { line: 'BDAT 5 LAST', has: { followedBy: 5 } },
    { line: 'BDAT 0 LAST', has: { followedBy: 0 } },
  ]) {
    it(`${row.line}: what follows`, () => {
      expect(readCommand(Buffer.from(`${row.line}\r\n`))?.value).to.deep.include(row.has);
    });
  }

  for (const line of ['BDAT', 'BDAT x LAST', 'BDAT -1', 'BDAT 1e3']) {
    it(`${line}: nothing follows`, () => {
      expect(readCommand(Buffer.from(`${line}\r\n`))?.value).not.to.have.property('followedBy');
    });
  }

  for (const row of [
    { auth: 'AUTH LOGIN', step: 1, line: 'dQ==\r\n', secrets: ['user=dQ=='] },
    { auth: 'AUTH LOGIN dQ==', step: 1, line: 'cA==\r\n', secrets: ['password=cA=='] },
    { auth: 'AUTH PLAIN', step: 1, line: '*\r\n', secrets: [] },
    { auth: 'AUTH PLAIN', step: 1, line: 'a b c\n', secrets: ['password=a b c'] },
  ]) {
    it(`response ${String(row.step)} to ${row.auth}: ${JSON.stringify(row.line)}`, () => {
      const command = readCommand(Buffer.from(`${row.auth}\r\n`))?.value;
      const response = command && readSaslLine(Buffer.from(row.line), command, row.step)?.value;
      expect(response && secretsOf(response)).to.deep.equal(row.secrets);
    });
  }
});

describe('SMTP bodies', () => {
  for (const row of [
    { bytes: '.\r\nQUIT\r\n', body: '.\r\n' },
    { bytes: 'a\r\n.\r\nQUIT\r\n', body: 'a\r\n.\r\n' },
    { bytes: 'a\n.\nb\r\n..\r\n.\rc\r\n.\r\n', body: 'a\n.\nb\r\n..\r\n.\rc\r\n.\r\n' },
    { bytes: 'a\r\n.\r', body: undefined },
    { bytes: '.a\r\n', body: undefined },
  ]) {
    it(JSON.stringify(row.bytes), () => {
      expect(readBody(Buffer.from(row.bytes), 0)?.value.raw.toString()).to.equal(row.body);
    });
  }
});

describe('SMTP replies', () => {
  for (const row of [
    { bytes: '220 h ESMTP\r\n', first: true, kind: 'greeting', status: 'ok', code: '220' },
    { bytes: '250-h\r\n250-STARTTLS\r\n250 HELP\r\n', kind: 'final', status: 'ok', code: '250' },
    { bytes: '250\r\n', kind: 'final', status: 'ok', code: '250' },
    { bytes: '454 4.7.0 later\n', kind: 'final', status: 'no', code: '454' },
    { bytes: '502 no\r\n', kind: 'final', status: 'bad', code: '502' },
    { bytes: '554 no\r\n', kind: 'final', status: 'no', code: '554' },
    { bytes: '421 bye\r\n', kind: 'final', status: 'bye', code: '421' },
    { bytes: '354 go\r\n', to: 'DATA', kind: 'continuation', status: 'continue', code: '354' },
    {
      bytes: '334 VXM6\r\n',
      to: 'AUTH LOGIN',
      kind: 'continuation',
      status: 'continue',
      code: '334',
      challenge: 'VXM6',
    },
    { bytes: '334 \r\n', to: 'AUTH PLAIN', kind: 'continuation', status: 'continue', code: '334', challenge: '' },
    { bytes: '354 go\r\n', to: 'STARTTLS', kind: 'final', status: 'continue', code: '354' },
    { bytes: '220***\r\n', kind: 'final', status: 'unknown' },
    { bytes: '+OK\r\n', kind: 'final', status: 'unknown' },
    { bytes: '\r\n', kind: 'final', status: 'unknown' },
  ]) {
    it(`${JSON.stringify(row.bytes)} to ${row.to ?? 'nothing'}`, () => {
      const outstanding = row.to === undefined ? undefined : readCommand(Buffer.from(`${row.to}\r\n`))?.value;
      const context = { first: row.first === true, ...(outstanding && { outstanding }) };
      const { to: _to, bytes, first: _first, ...expected } = row;
      const raw = Buffer.from(bytes);
      const lines = bytes.split(/\r?\n/).slice(0, -1);
      expect(readReply(Buffer.from(`${bytes}250 next\r\n`), context)).to.deep.equal({
        value: { ...expected, lines, raw },
        length: raw.length,
      });
      for (let cut = 0; cut < raw.length; cut += 1)
        expect(readReply(raw.subarray(0, cut), context), `cut at ${String(cut)}`).to.equal(undefined);
    });
  }

  it('cuts a reply that does not end', () => {
    const endless = Buffer.from('250-x\r\n'.repeat(200_000));
    expect(readReply(endless, { first: false })?.length).to.be.within(1024 * 1024, 1024 * 1024 + 7);
  });
});

describe('SMTP offers', () => {
  it('of a reply to EHLO', () => {
    expect(
      offer([
        reply('220 h\r\n'),
        reply('250-h\r\n250-starttls\r\n250-AUTH PLAIN login\r\n250-AUTH=LOGIN\r\n250 SIZE 9\r\n'),
      ]),
    ).to.deep.equal({
      upgrade: true,
      logins: ['PLAIN', 'LOGIN'],
      loginDisabled: false,
      extensions: ['SIZE 9'],
    });
  });

  const rewrites: readonly { bytes: string; change: OfferChange; becomes: string }[] = [
    {
      bytes: '250-h\r\n250-STARTTLS\r\n250 SIZE\r\n',
      change: { upgrade: false, logins: ['PLAIN'] },
      becomes: '250-h\r\n250-SIZE\r\n250 AUTH PLAIN\r\n',
    },
    { bytes: '250-h\r\n250 STARTTLS\r\n', change: { upgrade: false }, becomes: '250 h\r\n' },
    {
      bytes: '250-h\r\n250-AUTH=LOGIN\r\n250 auth plain\r\n',
      change: { logins: [], addExtensions: ['X'] },
      becomes: '250-h\r\n250 X\r\n',
    },
    { bytes: '554 STARTTLS\r\n', change: { upgrade: false }, becomes: '554 STARTTLS\r\n' },
  ];
  for (const row of rewrites) {
    it(`${JSON.stringify(row.bytes)} with ${JSON.stringify(row.change)}`, () => {
      expect(rewriteOffer(Buffer.from(row.bytes), row.change).toString()).to.equal(row.becomes);
    });
  }
});
