import { expect } from 'chai';

import { readCommand } from '../../../src/protocols/pop3/commands.js';
import { readReply } from '../../../src/protocols/pop3/replies.js';

const NEXT = '+OK next\r\n';

describe('POP3 replies', () => {
  for (const row of [
    {
      to: undefined,
      bytes: '+OK ready <1.2@h>\r\n',
      first: true,
      kind: 'greeting',
      status: 'ok',
      lines: ['+OK ready <1.2@h>'],
    },
    { to: 'CAPA', bytes: '+OK\r\n', first: true, kind: 'greeting', status: 'ok', lines: ['+OK'] },
    { to: 'STLS', bytes: '+OK Begin\r\n', kind: 'final', status: 'ok', lines: ['+OK Begin'] },
    { to: 'STLS', bytes: '-ERR no\r\n', kind: 'final', status: 'no', lines: ['-ERR no'] },
    { to: 'PASS x', bytes: '-ERR [AUTH] no\r\n', kind: 'final', status: 'no', code: 'AUTH', lines: ['-ERR [AUTH] no'] },
    {
      to: 'STLS',
      bytes: '-ERR [SYS/TEMP] later\n',
      kind: 'final',
      status: 'no',
      code: 'SYS/TEMP',
      lines: ['-ERR [SYS/TEMP] later'],
    },
    { to: 'STLS', bytes: '+OKAY\r\n', kind: 'final', status: 'unknown', lines: ['+OKAY'] },
    { to: 'STLS', bytes: '+ go on\r\n', kind: 'final', status: 'unknown', lines: ['+ go on'] },
    { to: 'STLS', bytes: '220 ready\r\n', kind: 'final', status: 'unknown', lines: ['220 ready'] },
    { to: 'CAPA', bytes: '-ERR unknown\r\n', kind: 'final', status: 'no', lines: ['-ERR unknown'] },
    { to: 'CAPA', bytes: '+OK\r\nSTLS\r\nUSER\r\n.\r\n', kind: 'final', status: 'ok', lines: ['+OK', 'STLS', 'USER'] },
    { to: 'CAPA', bytes: '+OK\nSTLS\n.\n', kind: 'final', status: 'ok', lines: ['+OK', 'STLS'] },
    { to: 'LIST', bytes: '+OK\r\n.\r\n', kind: 'final', status: 'ok', lines: ['+OK'] },
    { to: 'LIST 1', bytes: '+OK 1 120\r\n', kind: 'final', status: 'ok', lines: ['+OK 1 120'] },
    { to: 'UIDL', bytes: '+OK\r\n1 a\r\n.\r\n', kind: 'final', status: 'ok', lines: ['+OK', '1 a'] },
    { to: 'AUTH', bytes: '+OK\r\nPLAIN\r\n.\r\n', kind: 'final', status: 'ok', lines: ['+OK', 'PLAIN'] },
    { to: 'AUTH PLAIN', bytes: '+ \r\n', kind: 'continuation', status: 'continue', challenge: '', lines: ['+ '] },
    {
      to: 'AUTH LOGIN',
      bytes: '+ VXNlcm5hbWU6\r\n',
      kind: 'continuation',
      status: 'continue',
      challenge: 'VXNlcm5hbWU6',
      lines: ['+ VXNlcm5hbWU6'],
    },
    { to: 'AUTH PLAIN', bytes: '+OK in\r\n', kind: 'final', status: 'ok', lines: ['+OK in'] },
    {
      to: 'RETR 1',
      bytes: '+OK\r\nSubject: x\r\n\r\na\n.\nb\r\n..\r\n.\r\n',
      kind: 'final',
      status: 'ok',
      lines: ['+OK'],
    },
    { to: 'TOP 1 0', bytes: '+OK\r\n\r\n.\r\n', kind: 'final', status: 'ok', lines: ['+OK'] },
  ]) {
    it(`${JSON.stringify(row.bytes)} to ${row.to ?? 'nothing'}${row.first === true ? ', first' : ''}`, () => {
      const outstanding = row.to === undefined ? undefined : readCommand(Buffer.from(`${row.to}\r\n`))?.value;
      const context = { first: row.first === true, ...(outstanding && { outstanding }) };
      const { to: _to, bytes, first: _first, ...expected } = row;
      const raw = Buffer.from(bytes);
      expect(readReply(Buffer.from(bytes + NEXT), context)).to.deep.equal({
        value: { ...expected, raw },
        length: raw.length,
      });
      for (let cut = 0; cut < raw.length; cut += 1)
        expect(readReply(raw.subarray(0, cut), context), `cut at ${String(cut)}`).to.equal(undefined);
    });
  }
});
