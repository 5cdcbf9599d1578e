import { expect } from 'chai';
import protocols from '../../src/protocols/index.js';
import type { Command } from '../../src/protocols/protocol.js';
import { isKnown } from '../../src/verdict/known-command.js';

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
