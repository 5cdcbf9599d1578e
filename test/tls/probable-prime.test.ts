import { expect } from 'chai';
import { generatePrimeSync, getDiffieHellman } from 'node:crypto';
import { isProbablyPrime } from '../../src/tls/probable-prime.js';
import { it, itSeldom } from '../support/in-turn.js';

const bytesOf = (hex: string): Buffer => Buffer.from(hex, 'hex');
const changed = (bytes: Buffer): Buffer => {
  const copy = Buffer.from(bytes);
  copy[4] = (copy[4] ?? 0) ^ 1;
  return copy;
};
const modp14 = getDiffieHellman('modp14').getPrime();

const ROWS: readonly (readonly [title: string, number: Buffer, isPrime: boolean])[] = [
  ['nothing', Buffer.alloc(0), false],
  ['0', bytesOf('00'), false],
  ['1', bytesOf('01'), false],
  ['2', bytesOf('02'), true],
  ['3', bytesOf('0003'), true],
  ['4', bytesOf('04'), false],
  ['5', bytesOf('05'), true],
  ['561, a Carmichael number', bytesOf('0231'), false],
  ['2047, a pseudoprime to base 2', bytesOf('07ff'), false],
  ['3215031751, a pseudoprime to bases 2, 3, 5 and 7', bytesOf('bfa17dc7'), false],
  ['65537', bytesOf('010001'), true],
  ['a random prime of 512 bits', Buffer.from(generatePrimeSync(512)), true],
  ['group 14', modp14, true],
  ['group 14 with a bit changed', changed(modp14), false],
  ['an even number of 2048 bits', Buffer.alloc(256, 0xfe), false],
];

describe('tls/probable-prime', () => {
  for (const [title, number, isPrime] of ROWS)
    it(`${title} is ${isPrime ? 'prime' : 'not prime'}`, async () => {
      expect(await isProbablyPrime(number)).to.equal(isPrime);
    });

  itSeldom('lets the event loop go on while it tests a prime of 4096 bits', async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    try {
      expect(await isProbablyPrime(getDiffieHellman('modp16').getPrime())).to.equal(true);
    } finally {
      clearInterval(timer);
    }
    expect(turns).to.be.above(10);
  });
});
