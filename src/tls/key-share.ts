import { createECDH, generateKeyPairSync, randomBytes, randomInt } from 'node:crypto';

/**
 * A public key for one group, as it stands in a key share. The private half is thrown away: nobody finishes such a handshake.
 * Curves get real points and ML-KEM keys pass the modulus check of FIPS 203 §7.2, so that no server finds fault with them.
 */
export const keyShare = (group: number): Buffer => {
  const make = MAKERS[group];
  return make === undefined ? randomBytes(32) : make();
};

/** Whether a real key can be made for a group; others get random octets. */
export const hasKeyShare = (group: number): boolean => MAKERS[group] !== undefined;

/** What the second hello after a HelloRetryRequest has to repeat (RFC 8446 §4.1.2). */
export const randomHelloParts = (): { readonly random: Buffer; readonly sessionId: Buffer } => ({
  random: randomBytes(32),
  sessionId: randomBytes(32),
});

const montgomery = (type: 'x25519' | 'x448', length: number): Buffer => {
  const { publicKey } = type === 'x25519' ? generateKeyPairSync('x25519') : generateKeyPairSync('x448');
  return publicKey.export({ type: 'spki', format: 'der' }).subarray(-length);
};

const point = (curve: string): Buffer => createECDH(curve).generateKeys();

/** A number between 2 and p-2: every ffdhe prime starts with 64 one bits (RFC 7919 appendix A). */
const finiteField = (bits: number): Buffer => {
  const value = randomBytes(bits / 8);
  value[0] = (value[0] ?? 0) & 0x7f;
  return value;
};

/** Coefficients below q = 3329 in 12 bits each, then a seed. */
const mlKem = (rank: number): Buffer => {
  const packed = Buffer.alloc(rank * 384);
  for (let offset = 0; offset < packed.length; offset += 3) {
    packed.writeUIntLE(randomInt(Q) + randomInt(Q) * 4096, offset, 3);
  }
  return Buffer.concat([packed, randomBytes(32)]);
};

const Q = 3329;

const MAKERS: Readonly<Record<number, () => Buffer>> = {
  22: () => point('secp256k1'),
  23: () => point('prime256v1'),
  24: () => point('secp384r1'),
  25: () => point('secp521r1'),
  26: () => point('brainpoolP256r1'),
  29: () => montgomery('x25519', 32),
  30: () => montgomery('x448', 56),
  256: () => finiteField(2048),
  257: () => finiteField(3072),
  258: () => finiteField(4096),
  259: () => finiteField(6144),
  260: () => finiteField(8192),
  512: () => mlKem(2),
  513: () => mlKem(3),
  514: () => mlKem(4),
  0x11eb: () => Buffer.concat([point('prime256v1'), mlKem(3)]),
  0x11ec: () => Buffer.concat([mlKem(3), montgomery('x25519', 32)]),
  0x11ed: () => Buffer.concat([point('secp384r1'), mlKem(4)]),
};
