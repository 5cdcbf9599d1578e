import { expect } from 'chai';
import protocols from '../../src/protocols/index.js';
import type { Command } from '../../src/protocols/protocol.js';
import { hasStrangeArguments, isKnown } from '../../src/verdict/known-command.js';

describe('whether grammar knows a command', () => {
  const rows: { verb: string; moment: Command['moment']; known: boolean }[] = [
    { verb: 'NOOP', moment: 'other', known: true },
    { verb: 'MAIL', moment: 'other', known: true },
    { verb: 'LOGIN', moment: 'login', known: true },
    { verb: 'HUNTER2', moment: 'other', known: false },
    { verb: '', moment: 'other', known: false },
    { verb: '', moment: 'login', known: false },
  ];
  for (const { verb, moment, known } of rows) {
    it(`${JSON.stringify(verb)} (${moment}): ${known ? 'known' : 'may be a secret'}`, () => {
      expect(
        isKnown({ kind: 'command', verb, moment, args: [], raw: Buffer.from(verb), secrets: [] }, protocols.smtp),
      ).to.equal(known);
    });
  }
});

describe('whether a command says what grammar does not expect', () => {
  const rows: { verb: string; args: readonly string[]; moment?: Command['moment']; strange: boolean }[] = [
    { verb: 'NOOP', args: [], strange: false },
    { verb: 'NOOP', args: ['hunter2'], strange: true },
    { verb: 'NOOP', args: ['123456'], strange: false },
    { verb: 'NOOP', args: ['1234567'], strange: true },
    { verb: 'NOOP', args: ['1', 'hunter2'], strange: true },
    { verb: 'ENABLE', args: ['condstore'], strange: false },
    { verb: 'ENABLE', args: ['CONDSTORE'], strange: false },
    { verb: 'SELECT', args: ['hunter2'], strange: false },
    { verb: 'LOGIN', args: ['bob', 'hunter2'], moment: 'login', strange: false },
  ];
  for (const { verb, args, moment = 'other', strange } of rows) {
    it(`${[verb, ...args].join(' ')}: ${strange ? 'strange' : 'usual'}`, () => {
      const raw = Buffer.from([verb, ...args].join(' '));
      expect(
        hasStrangeArguments({ kind: 'command', verb, moment, args: [...args], raw, secrets: [] }, protocols.imap),
      ).to.equal(strange);
    });
  }
});
