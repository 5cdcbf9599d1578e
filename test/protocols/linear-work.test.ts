import { expect } from 'chai';
import * as sinon from 'sinon';

import { Dialogue } from '../../src/protocols/dialogue.js';
import { managesieve } from '../../src/protocols/managesieve/protocol.js';
import { pop3 } from '../../src/protocols/pop3/protocol.js';
import type { Protocol } from '../../src/protocols/protocol.js';
import { smtp } from '../../src/protocols/smtp/protocol.js';

/** Bytes that buffers searched or turned into text while `work` ran. */
const bytesTouched = (work: () => void): number => {
  let touched = 0;
  const sandbox = sinon.createSandbox();
  const search = Reflect.get(Buffer.prototype, 'indexOf') as (
    this: Buffer,
    ...args: [unknown, number?, string?]
  ) => number;
  const decode = Reflect.get(Buffer.prototype, 'toString') as (
    this: Buffer,
    ...args: [BufferEncoding?, number?, number?]
  ) => string;
  const methods: unknown = Buffer.prototype;
  if (!isRecord(methods)) throw new Error('no methods');
  sandbox.replace(methods, 'indexOf', function (this: Buffer, ...args: Parameters<typeof search>): number {
    const found = search.apply(this, args);
    touched += Math.max(0, (found === -1 ? this.length : found) - (args[1] ?? 0));
    return found;
  });
  sandbox.replace(methods, 'toString', function (this: Buffer, ...args: Parameters<typeof decode>): string {
    touched += Math.min(this.length, args[2] ?? this.length) - (args[1] ?? 0);
    return decode.apply(this, args);
  });
  try {
    work();
  } finally {
    sandbox.restore();
  }
  return touched;
};

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object';

const rows: readonly { title: string; protocol: Protocol; asked?: string; from: 'client' | 'server'; bytes: string }[] =
  [
    { title: 'a long line', protocol: smtp, from: 'client', bytes: `NOOP ${'x'.repeat(50_000)}\r\n` },
    {
      title: 'a long response',
      protocol: smtp,
      asked: 'AUTH PLAIN\r\nS 334 \r\n',
      from: 'client',
      bytes: `${'x'.repeat(50_000)}\r\n`,
    },
    {
      title: 'a long body',
      protocol: smtp,
      asked: 'DATA\r\nS 354 \r\n',
      from: 'client',
      bytes: `${'x\r\n'.repeat(20_000)}.\r\n`,
    },
    { title: 'a long chunk', protocol: smtp, asked: 'BDAT 60000 LAST\r\n', from: 'client', bytes: '\n'.repeat(60_000) },
    {
      title: 'a reply of many lines',
      protocol: smtp,
      asked: 'EHLO x\r\n',
      from: 'server',
      bytes: `${'250-x\r\n'.repeat(9000)}250 x\r\n`,
    },
    { title: 'a reply without an end', protocol: smtp, asked: 'EHLO x\r\n', from: 'server', bytes: 'x'.repeat(60_000) },
    { title: 'a password', protocol: pop3, from: 'client', bytes: `PASS ${'x '.repeat(25_000)}\r\n` },
    {
      title: 'a mail',
      protocol: pop3,
      asked: 'RETR 1\r\n',
      from: 'server',
      bytes: `+OK\r\n${'x\r\n'.repeat(20_000)}.\r\n`,
    },
    {
      title: 'a list',
      protocol: pop3,
      asked: 'LIST\r\n',
      from: 'server',
      bytes: `+OK\r\n${'1 1\r\n'.repeat(12_000)}.\r\n`,
    },
    {
      title: 'a script',
      protocol: managesieve,
      from: 'client',
      bytes: `PUTSCRIPT "x" {60000+}\r\n${'\n'.repeat(60_000)}\r\n`,
    },
    {
      title: 'a list of scripts',
      protocol: managesieve,
      asked: 'LISTSCRIPTS\r\n',
      from: 'server',
      bytes: `${'"x"\r\n'.repeat(12_000)}OK\r\n`,
    },
    {
      title: 'a script sent back',
      protocol: managesieve,
      asked: 'GETSCRIPT "x"\r\n',
      from: 'server',
      bytes: `{60000}\r\n${'\n'.repeat(60_000)}\r\nOK\r\n`,
    },
  ];

describe('linear work, byte by byte', () => {
  for (const { title, protocol, asked, from, bytes } of rows) {
    it(`${protocol.name}: ${title}`, () => {
      const dialogue = new Dialogue(protocol);
      dialogue.server(protocol.answers.greeting({ upgrade: false, logins: [], loginDisabled: false, extensions: [] }));
      const [command = '', reply] = (asked ?? '').split('S ');
      dialogue.client(Buffer.from(command));
      dialogue.next();
      if (reply !== undefined) dialogue.server(Buffer.from(reply));
      const all = Buffer.from(bytes);
      let parts = 0;
      const touched = bytesTouched(() => {
        for (let at = 0; at < all.length; at += 1) {
          const byte = all.subarray(at, at + 1);
          if (from === 'server') parts += dialogue.server(byte).length;
          else {
            dialogue.client(byte);
            if (dialogue.next() !== undefined) parts += 1;
          }
        }
      });
      expect(parts).to.equal(/[\r\n]/.test(bytes) ? 1 : 0);
      // The shortest unfinished command is looked at again with each byte of its literal; nothing else may be.
      expect(touched / all.length).to.be.below(64);
    });
  }
});
