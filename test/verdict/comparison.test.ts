import { expect } from 'chai';
import { waitsForMail } from '../../src/verdict/comparison.js';
import { reading } from '../../src/verdict/reading.js';
import { connectionOf } from './scripted.js';

describe('a client that waits for mail', () => {
  const LOGIN = ['C: a LOGIN bob secret', 'S: a OK'];
  const rows: readonly (readonly [what: string, script: readonly string[], waits: boolean])[] = [
    ['has logged in and said IDLE', ['--', 'S: * OK', ...LOGIN, 'C: b IDLE', 'S: + '], true],
    ['is not done when it has asked something else', ['--', 'S: * OK', ...LOGIN, 'C: b NOOP', 'S: b OK'], false],
    ['has not ended its IDLE', ['--', 'S: * OK', ...LOGIN, 'C: b IDLE', 'S: + ', 'C: DONE', 'S: b OK'], false],
    ['was not refused', ['--', 'S: * OK', 'C: a LOGIN bob secret', 'S: a NO', 'C: b IDLE', 'S: b BAD'], false],
    ['does so inside TLS', ['S: * OK', ...LOGIN, 'C: b IDLE', 'S: + '], false],
    ['does so where TLS deserves trust', ['--bad', 'S: * OK', ...LOGIN, 'C: b IDLE', 'S: + '], false],
    ['has said something', ['--', 'S: * OK'], false],
  ];
  for (const [what, script, waits] of rows) {
    it(`${what}: ${waits ? 'it waits' : 'this one does not'}`, () => {
      expect(waitsForMail(reading(connectionOf('imap', script)))).to.equal(waits);
    });
  }
});
