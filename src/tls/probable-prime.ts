import { randomBytes } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';

/**
 * Whether a number, big-endian, is prime, by Miller and Rabin's test; a composite one passes less than once in 4,000 times, no matter who chose it.
 * The event loop goes on meanwhile. `checkPrime` of Node takes 64 rounds at least, or 128: a second for 2048 bits, a minute for 8192.
 */
export const isProbablyPrime = async (bytes: Buffer): Promise<boolean> => {
  const n = numberOf(bytes);
  if (n < 4n) return n === 2n || n === 3n;
  if (n % 2n === 0n) return false;
  let odd = n - 1n;
  let twos = 0;
  while (odd % 2n === 0n) {
    odd >>= 1n;
    twos += 1;
  }
  const bits = odd.toString(2);
  for (let round = 0; round < ROUNDS; round += 1) {
    const base = 2n + (numberOf(randomBytes(bytes.length + 8)) % (n - 3n));
    let power = await raised(base, bits, n);
    let isWitness = power !== 1n && power !== n - 1n;
    for (let squared = 1; isWitness && squared < twos; squared += 1) {
      power = (power * power) % n;
      isWitness = power !== n - 1n;
    }
    if (isWitness) return false;
  }
  return true;
};

/** `base` to the power whose binary digits these are, modulo `n`. */
const raised = async (base: bigint, bits: string, n: bigint): Promise<bigint> => {
  let power = 1n;
  let sliceEnds = performance.now() + SLICE;
  for (const bit of bits) {
    power = (power * power) % n;
    if (bit === '1') power = (power * base) % n;
    if (performance.now() < sliceEnds) continue;
    await turn();
    sliceEnds = performance.now() + SLICE;
  }
  return power;
};

const numberOf = (bytes: Buffer): bigint => BigInt(`0x0${bytes.toString('hex')}`);

const ROUNDS = 6;
/** Milliseconds. */
const SLICE = 5;
