import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import { weaknessOf } from '../../src/tls/guessable-key.js';

const PRIMES = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113,
  127, 131, 137, 139, 149, 151, 157, 163, 167,
];

describe('an RSA key that can be factored', () => {
  it('is known by close primes', () => {
    // Mersenne primes are not close, neighbours are.
    expect(weaknessOf(((1n << 127n) - 1n) * ((1n << 89n) - 1n))).to.equal(undefined);
    expect(weaknessOf(1_000_000_007n * 1_000_000_009n)).to.equal('close primes');
  });

  it('is known by primes that are some steps of Fermat’s method apart', () => {
    // Whether the factors are prime makes no difference.
    const factor = (1n << 1024n) + 12_345n;
    for (const times of [1n, 2n, 3n, 5n, 6n, 7n])
      expect(weaknessOf(factor * (factor + (times << 513n) * 2n)), String(times)).to.equal('close primes');
    expect(weaknessOf(factor * (factor + (1n << 520n)))).to.equal(undefined);
  });

  it('is known by the form of ROCA', () => {
    const product = PRIMES.reduce((all, prime) => all * BigInt(prime), 1n);
    const power = Array.from({ length: 1234 }).reduce<bigint>((all) => (all * 65_537n) % product, 1n);
    expect(weaknessOf((product << 1800n) + power)).to.equal('ROCA');
    expect(weaknessOf((product << 1800n) + power + 2n)).to.equal(undefined);
  });

  it('is no key of OpenSSL', () => {
    const { n = '' } = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
    expect(weaknessOf(BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`))).to.equal(undefined);
  });
});
