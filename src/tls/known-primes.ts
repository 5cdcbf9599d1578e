import { createHash, getDiffieHellman } from 'node:crypto';

/**
 * What is known about a prime of Diffie-Hellman: the document that publishes it, else `unknown`. Weak ones of public lists are
 * known by their digests.
 */
export const nameOfPrime = (prime: Buffer): string => KNOWN().get(digest(prime)) ?? 'unknown';

const digest = (prime: Buffer): string => {
  let start = 0;
  while (prime[start] === 0) start += 1;
  return createHash('sha256').update(prime.subarray(start)).digest('hex');
};

const OAKLEY = [
  ['modp1', 'RFC 2409 group 1'],
  ['modp2', 'RFC 2409 group 2'],
  ['modp5', 'RFC 3526 group 5'],
  ['modp14', 'RFC 3526 group 14'],
  ['modp15', 'RFC 3526 group 15'],
  ['modp16', 'RFC 3526 group 16'],
  ['modp17', 'RFC 3526 group 17'],
  ['modp18', 'RFC 3526 group 18'],
] as const;

let known: ReadonlyMap<string, string> | undefined;
const KNOWN = (): ReadonlyMap<string, string> =>
  (known ??= new Map([
    ...OAKLEY.map(([group, name]): [string, string] => [digest(getDiffieHellman(group).getPrime()), name]),
    ...DIGESTS,
  ]));

/** SHA-256 of the prime, big-endian without leading zeros. */
const DIGESTS: readonly (readonly [string, string])[] = [
  ['44c55cfee5c075927cf682da5b681bdecbd5c3eb0784c14f5dce7610f0ef133d', 'RFC 5114 1024 bits'],
  ['bfe545862ca102ad1eeddb5fbfa5bf855ac4995c56a8b408ce3fe099dce93a9d', 'RFC 5114 2048 bits, 224-bit subgroup'],
  ['0b7835722cb619827610c2549fdda5587421686c4409a13865e76225522ddcc9', 'RFC 5114 2048 bits, 256-bit subgroup'],
  ['9cd3b7f336872f46c09428d1bbc19877a4d440512cda8d1c1cf0cd6e33698966', 'ffdhe2048'],
  ['0eaf67db3a839156d5013494a5318a772b5697d270d721f37f092efc69ea5a17', 'ffdhe3072'],
  ['4648414224ac881b3d0dc59b466f96d06a558278776807797ecf1f66ff397b3e', 'ffdhe4096'],
  ['227ac9066b3ddd9e193670cda2388fa884f65ba0cf98b742d1fe77a6687c79c7', 'ffdhe6144'],
  ['770b14efaf6f049929c523113b3fa99a8d11dab1b18af3609590122075d19833', 'ffdhe8192'],
];
