import { expect } from 'chai';

import { readCommand } from '../../../src/protocols/pop3/commands.js';
import { readSaslLine } from '../../../src/protocols/sasl-line.js';
import { secretsOf } from '../visit-settings.js';

describe('POP3 commands', () => {
  for (const row of [
    { line: 'CAPA\r\n', verb: 'CAPA', args: [], moment: 'capabilities', secrets: [] },
    { line: 'stls\r\n', verb: 'STLS', args: [], moment: 'starttls', secrets: [] },
    { line: 'STLS now\r\n', verb: 'STLS', args: ['now'], moment: 'starttls', secrets: [] },
    { line: 'USER joe\r\n', verb: 'USER', args: ['joe'], moment: 'login', secrets: ['user=joe'] },
    { line: 'user  joe d \r\n', verb: 'USER', args: [' joe d '], moment: 'login', secrets: ['user= joe d '] },
    {
      line: 'PASS  two  words \r\n',
      verb: 'PASS',
      args: [' two  words '],
      moment: 'login',
      secrets: ['password= two  words '],
    },
    { line: '  PASS x\n', verb: 'PASS', args: ['x'], moment: 'login', secrets: ['password=x'] },
    { line: 'PASS\r\n', verb: 'PASS', args: [], moment: 'login', secrets: [] },
    { line: 'PASS \r\n', verb: 'PASS', args: [], moment: 'login', secrets: [] },
    {
      line: 'APOP joe 0123abcd\r\n',
      verb: 'APOP',
      args: ['joe', '0123abcd'],
      moment: 'login',
      secrets: ['user=joe', 'authenticator=0123abcd'],
    },
    { line: 'APOP joe\r\n', verb: 'APOP', args: ['joe'], moment: 'login', secrets: ['user=joe'] },
    {
      line: 'APOP joe a b \r\n',
      verb: 'APOP',
      args: ['joe', 'a', 'b'],
      moment: 'login',
      secrets: ['user=joe', 'authenticator=a b'],
    },
    { line: 'AUTH\r\n', verb: 'AUTH', args: [], moment: 'capabilities', secrets: [] },
    { line: 'AUTH PLAIN\r\n', verb: 'AUTH', args: ['PLAIN'], moment: 'login', secrets: [] },
    {
      line: 'auth plain  AGEAYg== \r\n',
      verb: 'AUTH',
      args: ['plain', 'AGEAYg=='],
      moment: 'login',
      secrets: ['password=AGEAYg=='],
    },
    { line: 'AUTH LOGIN dQ==\r\n', verb: 'AUTH', args: ['LOGIN', 'dQ=='], moment: 'login', secrets: ['user=dQ=='] },
    {
      line: 'AUTH XOAUTH2 XX XX\r\n',
      verb: 'AUTH',
      args: ['XOAUTH2', 'XX', 'XX'],
      moment: 'login',
      secrets: ['token=XX XX'],
    },
    { line: 'RETR 1\r\n', verb: 'RETR', args: ['1'], moment: 'message', secrets: [] },
    { line: 'LIST\r\n', verb: 'LIST', args: [], moment: 'mailbox', secrets: [] },
    { line: 'XTND XMIT\r\n', verb: 'XTND', args: ['XMIT'], moment: 'other', secrets: [] },
    { line: '\r\n', verb: '', args: [], moment: 'other', secrets: [] },
  ]) {
    it(JSON.stringify(row.line), () => {
      const read = readCommand(Buffer.from(`${row.line}QUIT\r\n`, 'latin1'));
      expect(read).to.have.property('length', row.line.length);
      expect(read?.value).to.deep.include({
        verb: row.verb,
        args: row.args,
        moment: row.moment,
        raw: Buffer.from(row.line, 'latin1'),
      });
      expect(read && secretsOf(read.value)).to.deep.equal(row.secrets);
    });
  }

  it('waits for the end of the line', () => {
    expect(readCommand(Buffer.from('PASS secret\r'))).to.equal(undefined);
  });

  for (const row of [
    { auth: 'AUTH LOGIN\r\n', step: 1, line: 'dQ==\r\n', secrets: ['user=dQ=='] },
    { auth: 'AUTH LOGIN\r\n', step: 2, line: 'cA==\r\n', secrets: ['password=cA=='] },
    { auth: 'AUTH LOGIN dQ==\r\n', step: 1, line: 'cA==\r\n', secrets: ['password=cA=='] },
    { auth: 'AUTH CRAM-MD5\r\n', step: 1, line: 'eA==\r\n', secrets: ['authenticator=eA=='] },
    { auth: 'AUTH PLAIN\r\n', step: 1, line: '*\r\n', secrets: [] },
    { auth: 'AUTH PLAIN\r\n', step: 1, line: '\r\n', secrets: [] },
  ]) {
    it(`response ${String(row.step)} to ${JSON.stringify(row.auth)}: ${JSON.stringify(row.line)}`, () => {
      const command = readCommand(Buffer.from(row.auth))?.value;
      const response = command && readSaslLine(Buffer.from(row.line), command, row.step)?.value;
      expect(response).to.deep.include({ mechanism: command?.mechanism, step: row.step, moment: 'login' });
      expect(response && secretsOf(response)).to.deep.equal(row.secrets);
    });
  }
});
