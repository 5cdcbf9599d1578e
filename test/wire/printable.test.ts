import { expect } from 'chai';
import { printable } from '../../src/wire/printable.js';

describe('text of a peer, made safe', () => {
  for (const [text, safe] of [
    ['a b~', 'a b~'],
    ['\r\n\t\\', String.raw`\r\n\t\\`],
    ['\0\x07\x1b\x7f', String.raw`\x00\x07\x1b\x7f`],
    ['é\xff', String.raw`\xe9\xff`],
    ['\u0100€', String.raw`\u{100}\u{20ac}`],
  ] as const)
    it(JSON.stringify(text), () => {
      expect(printable(text)).to.equal(safe);
    });
});
