import { expect } from 'chai';

import { readCommand } from '../../../src/protocols/managesieve/commands.js';
import { readReply } from '../../../src/protocols/managesieve/replies.js';

const BLOCK = '"IMPLEMENTATION" "x"\r\n"SASL" "PLAIN"\r\n"STARTTLS"\r\nOK "ready"\r\n';
const BLOCK_LINES = ['"IMPLEMENTATION" "x"', '"SASL" "PLAIN"', '"STARTTLS"', 'OK "ready"'];

describe('ManageSieve replies', () => {
  for (const row of [
    { to: undefined, first: true, bytes: BLOCK, kind: 'greeting', status: 'ok', lines: BLOCK_LINES },
    { to: undefined, bytes: BLOCK, kind: 'final', status: 'ok', lines: BLOCK_LINES },
    { to: 'CAPABILITY', bytes: BLOCK, kind: 'final', status: 'ok', lines: BLOCK_LINES },
    { to: 'STARTTLS', bytes: 'ok\r\n', kind: 'final', status: 'ok', lines: ['ok'] },
    {
      to: 'STARTTLS',
      bytes: 'No (TRYLATER) "x"\r\n',
      kind: 'final',
      status: 'no',
      code: 'TRYLATER',
      lines: ['No (TRYLATER) "x"'],
    },
    {
      to: 'STARTTLS',
      bytes: 'BYE (REFERRAL "sieve://a.test/(x)") "y"\r\n',
      kind: 'final',
      status: 'bye',
      code: 'REFERRAL sieve://a.test/(x)',
      lines: ['BYE (REFERRAL "sieve://a.test/(x)") "y"'],
    },
    {
      to: 'NOOP "a"',
      bytes: 'OK (TAG {4}\r\na)\r\n) {3}\r\nabc\r\n',
      kind: 'final',
      status: 'ok',
      code: 'TAG a)\r\n',
      lines: ['OK (TAG {4}\r\na)\r\n) {3}\r\nabc'],
    },
    {
      to: 'LISTSCRIPTS',
      bytes: '"OK"\r\n"b" ACTIVE\r\nOK\r\n',
      kind: 'final',
      status: 'ok',
      lines: ['"OK"', '"b" ACTIVE', 'OK'],
    },
    {
      to: 'GETSCRIPT "a"',
      bytes: '{9}\r\nkeep;\r\nOK\r\nOK\r\n',
      kind: 'final',
      status: 'ok',
      lines: ['{9}\r\nkeep;\r\nOK', 'OK'],
    },
    {
      to: 'AUTHENTICATE "LOGIN"',
      bytes: '"VXNlcm5hbWU6"\r\n',
      kind: 'continuation',
      status: 'continue',
      challenge: 'VXNlcm5hbWU6',
      lines: ['"VXNlcm5hbWU6"'],
    },
    {
      to: 'AUTHENTICATE "PLAIN"',
      bytes: '""\r\n',
      kind: 'continuation',
      status: 'continue',
      challenge: '',
      lines: ['""'],
    },
    {
      to: 'AUTHENTICATE "LOGIN"',
      bytes: '{4}\r\nVXM6\r\n',
      kind: 'continuation',
      status: 'continue',
      challenge: 'VXM6',
      lines: ['{4}\r\nVXM6'],
    },
    {
      to: 'AUTHENTICATE "X"',
      bytes: 'OK (SASL "cnNw")\r\n',
      kind: 'final',
      status: 'ok',
      code: 'SASL cnNw',
      lines: ['OK (SASL "cnNw")'],
    },
    { to: 'STARTTLS', bytes: '220 ready\r\n', kind: 'final', status: 'unknown', lines: ['220 ready'] },
    { to: 'STARTTLS', bytes: '\r\n', kind: 'final', status: 'unknown', lines: [''] },
    { to: 'STARTTLS', bytes: 'OKAY\r\n', kind: 'final', status: 'unknown', lines: ['OKAY'] },
    {
      to: 'CAPABILITY',
      bytes: '"SASL" "PLAIN\r\n"x" {99999999999999}\r\nOK\r\n',
      kind: 'final',
      status: 'ok',
      lines: ['"SASL" "PLAIN', '"x" {99999999999999}', 'OK'],
    },
  ]) {
    it(`${JSON.stringify(row.bytes)} to ${row.to ?? 'nothing'}${row.first === true ? ', first' : ''}`, () => {
      const outstanding = row.to === undefined ? undefined : readCommand(Buffer.from(`${row.to}\r\n`))?.value;
      const context = { first: row.first === true, ...(outstanding && { outstanding }) };
      const { to: _to, bytes, first: _first, ...expected } = row;
      const raw = Buffer.from(bytes, 'latin1');
      expect(readReply(Buffer.from(`${bytes}NO\r\n`, 'latin1'), context)).to.deep.equal({
        value: { ...expected, raw },
        length: raw.length,
      });
      for (let cut = 0; cut < raw.length; cut += 1)
        expect(readReply(raw.subarray(0, cut), context), `cut at ${String(cut)}`).to.equal(undefined);
    });
  }
});
