import { expect } from 'chai';
import { ratePerSecond, rateWord } from '../../src/cli/options.js';

describe('--rate', () => {
  for (const [value, perSecond] of [
    ['10', 10],
    ['2/s', 2],
    ['5/min', 5 / 60],
    ['100/h', 100 / 3600],
    ['9999', 9999],
  ] as const)
    it(`${value} is ${String(perSecond)} connections a second`, () => {
      expect(ratePerSecond(value)).to.equal(perSecond);
      expect(rateWord(perSecond)).to.equal(value.replace('/s', ''));
    });

  for (const value of ['', '0', '0/min', '-1', '1.5', '5/day', '5 / min', '10000', '5/min/h'])
    it(`“${value}” is refused, with what to write`, () => {
      expect(() => ratePerSecond(value)).to.throw('Use a number per second, such as 10, or 5/min or 100/h.');
    });
});
