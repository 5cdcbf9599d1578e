import { expect } from 'chai';

import { readCommand, readResponse, responseText } from '../../../src/protocols/managesieve/commands.js';
import { secretsOf } from '../visit-settings.js';

describe('ManageSieve commands', () => {
  for (const row of [
    { bytes: 'CAPABILITY\r\n', verb: 'CAPABILITY', args: [], moment: 'capabilities', secrets: [] },
    { bytes: 'StaRTTLS\r\n', verb: 'STARTTLS', args: [], moment: 'starttls', secrets: [] },
    { bytes: 'STARTTLS "x"\r\n', verb: 'STARTTLS', args: ['x'], moment: 'starttls', secrets: [] },
    { bytes: 'NOOP "a \\"b\\\\"\r\n', verb: 'NOOP', args: ['a "b\\'], moment: 'other', secrets: [] },
    { bytes: 'AUTHENTICATE "PLAIN"\r\n', verb: 'AUTHENTICATE', args: ['PLAIN'], moment: 'login', secrets: [] },
    {
      bytes: 'authenticate "plain" "AGEAYg==" \r\n',
      verb: 'AUTHENTICATE',
      args: ['plain', 'AGEAYg=='],
      moment: 'login',
      secrets: ['password=AGEAYg=='],
    },
    {
      bytes: 'AUTHENTICATE "PLAIN" {8+}\r\nAGEAYg==\r\n',
      verb: 'AUTHENTICATE',
      args: ['PLAIN', 'AGEAYg=='],
      moment: 'login',
      secrets: ['password=AGEAYg=='],
    },
    {
      bytes: 'AUTHENTICATE {5}\r\nLOGIN {4}\r\ndQ==\r\n',
      verb: 'AUTHENTICATE',
      args: ['LOGIN', 'dQ=='],
      moment: 'login',
      secrets: ['user=dQ=='],
    },
    {
      bytes: 'AUTHENTICATE PLAIN AGEAYg==\r\n',
      verb: 'AUTHENTICATE',
      args: ['PLAIN', 'AGEAYg=='],
      moment: 'login',
      secrets: ['password=AGEAYg=='],
    },
    {
      bytes: 'AUTHENTICATE "XOAUTH2" "tok\r\n',
      verb: 'AUTHENTICATE',
      args: ['XOAUTH2', 'tok'],
      moment: 'login',
      secrets: ['token=tok'],
    },
    {
      bytes: 'AUTHENTICATE "PLAIN" "a" "b"\r\n',
      verb: 'AUTHENTICATE',
      args: ['PLAIN', 'a', 'b'],
      moment: 'login',
      secrets: ['password=a" "b'],
    },
    { bytes: '"AGEAYg=="\r\n', verb: '', args: ['AGEAYg=='], moment: 'other', secrets: ['authenticator=AGEAYg=='] },
    {
      bytes: 'PUTSCRIPT "n" {9+}\r\nkeep;\r\nOK\r\n',
      verb: 'PUTSCRIPT',
      args: ['n', 'keep;\r\nOK'],
      moment: 'message',
      secrets: ['mail=keep;\r\nOK'],
    },
    {
      bytes: 'CHECKSCRIPT "keep;"\r\n',
      verb: 'CHECKSCRIPT',
      args: ['keep;'],
      moment: 'message',
      secrets: ['mail=keep;'],
    },
    { bytes: 'GETSCRIPT "n"\r\n', verb: 'GETSCRIPT', args: ['n'], moment: 'message', secrets: [] },
    { bytes: 'HAVESPACE "n" 99\r\n', verb: 'HAVESPACE', args: ['n', '99'], moment: 'mailbox', secrets: [] },
    { bytes: 'SETACTIVE ""\n', verb: 'SETACTIVE', args: [''], moment: 'mailbox', secrets: [] },
    { bytes: 'NOOP {x+}\r\n', verb: 'NOOP', args: ['{x+}'], moment: 'other', secrets: [] },
    { bytes: '\r\n', verb: '', args: [], moment: 'other', secrets: [] },
  ]) {
    it(JSON.stringify(row.bytes), () => {
      const raw = Buffer.from(row.bytes, 'latin1');
      const read = readCommand(Buffer.concat([raw, Buffer.from('LOGOUT\r\n')]));
      expect(read).to.have.property('length', raw.length);
      expect(read?.value).to.deep.include({ verb: row.verb, args: row.args, moment: row.moment, raw });
      expect(read && secretsOf(read.value)).to.deep.equal(row.secrets);
      for (let cut = 0; cut < raw.length; cut += 1)
        expect(readCommand(raw.subarray(0, cut)), `cut at ${String(cut)}`).to.equal(undefined);
    });
  }

  it('allocates nothing for an absurd literal', () => {
    expect(readCommand(Buffer.from('PUTSCRIPT "x" {99999999999+}\r\nabc'))).to.equal(undefined);
  });

  for (const row of [
    { auth: 'AUTHENTICATE "LOGIN"\r\n', step: 1, bytes: '"dQ=="\r\n', text: 'dQ==', secrets: ['user=dQ=='] },
    { auth: 'AUTHENTICATE "LOGIN"\r\n', step: 2, bytes: '{4+}\r\ncA==\r\n', text: 'cA==', secrets: ['password=cA=='] },
    { auth: 'AUTHENTICATE "LOGIN" "dQ=="\r\n', step: 1, bytes: '"cA=="\r\n', text: 'cA==', secrets: ['password=cA=='] },
    { auth: 'AUTHENTICATE "PLAIN"\r\n', step: 1, bytes: '"*"\r\n', text: '*', secrets: [] },
    {
      auth: 'AUTHENTICATE "PLAIN"\r\n',
      step: 1,
      bytes: 'AGEAYg==\r\n',
      text: 'AGEAYg==',
      secrets: ['password=AGEAYg=='],
    },
    { auth: 'AUTHENTICATE "PLAIN"\r\n', step: 1, bytes: '""\r\n', text: '', secrets: [] },
  ]) {
    it(`response ${String(row.step)} to ${JSON.stringify(row.auth)}: ${JSON.stringify(row.bytes)}`, () => {
      const command = readCommand(Buffer.from(row.auth))?.value;
      const response = command && readResponse(Buffer.from(row.bytes), command, row.step)?.value;
      expect(response).to.deep.include({ mechanism: command?.mechanism, step: row.step, raw: Buffer.from(row.bytes) });
      expect(response && secretsOf(response)).to.deep.equal(row.secrets);
      expect(responseText(Buffer.from(row.bytes))).to.equal(row.text);
    });
  }
});
