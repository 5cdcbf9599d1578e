/** Why the private key of an RSA key can be computed from the public one. */
export type KeyWeakness = 'close primes' | 'ROCA';

/** What makes this modulus easy to factor; undefined where nothing of that kind is seen. */
export const weaknessOf = (modulus: bigint): KeyWeakness | undefined => {
  if (hasRocaForm(modulus)) return 'ROCA';
  return hasClosePrimes(modulus) ? 'close primes' : undefined;
};

/** CVE-2017-15361: such a modulus is a power of 65537 modulo every small prime; of random ones one in billions is. */
const hasRocaForm = (modulus: bigint): boolean =>
  POWERS.every(([prime, powers]) => powers.has(Number(modulus % BigInt(prime))));

/** Fermat’s method (CVE-2022-26320): p and q that differ in their lower halves only are found within a few steps. */
const hasClosePrimes = (modulus: bigint): boolean => {
  if (modulus % 2n === 0n || modulus < 9n) return false;
  let a = rootOf(modulus);
  if (a * a < modulus) a += 1n;
  for (let step = 0; step < FERMAT_STEPS; step += 1, a += 1n) {
    const rest = a * a - modulus;
    // Most numbers leave a remainder that no square has: their roots, which take long, need not be computed.
    if (!mayBeSquare(rest)) continue;
    const b = rootOf(rest);
    if (b * b === rest) return true;
  }
  return false;
};

const mayBeSquare = (value: bigint): boolean =>
  SQUARES.every(([divisor, remainders]) => remainders.has(Number(value % BigInt(divisor))));

/** The integer below or at the square root (Newton’s method). */
const rootOf = (value: bigint): bigint => {
  if (value < 2n) return value;
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 2));
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
};

const powersModulo = (prime: number): ReadonlySet<number> => {
  const powers = new Set<number>();
  for (let power = 1; !powers.has(power); power = (power * 65_537) % prime) powers.add(power);
  return powers;
};

const SMALL_PRIMES = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113,
  127, 131, 137, 139, 149, 151, 157, 163, 167,
];
const POWERS = SMALL_PRIMES.map((prime) => [prime, powersModulo(prime)] as const);
const FERMAT_STEPS = 100;
/** Remainders of squares; of other numbers one in a hundred leaves such a remainder for each of these divisors. */
const SQUARES = [64, 63, 65, 11].map(
  (divisor) => [divisor, new Set(Array.from({ length: divisor }, (_, root) => (root * root) % divisor))] as const,
);
