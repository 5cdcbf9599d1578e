import { createDecipheriv, createHmac } from 'node:crypto';
import { cipherSuite } from './cipher-suites.js';
import { keyBlock, type MasterSecret } from './key-block.js';
import type { RecordOpening } from './record-opening.js';

/** How a suite without an AEAD seals: with a block cipher in CBC mode, or none, and a MAC. */
interface MacSuite {
  /** Absent: not encrypted. */
  readonly cipher?: string;
  readonly keyLength: number;
  /** Octets; 0 without a cipher. */
  readonly block: number;
  readonly mac: 'md5' | 'sha1' | 'sha256' | 'sha384';
}

/**
 * Opens the records of one side of TLS 1.0 to 1.2 that are sealed with CBC and a MAC (RFC 5246 §6.2.3, RFC 7366), or with the MAC
 * alone; undefined where the suite seals otherwise.
 */
export const macOpening = (from: 'client' | 'server', secret: MasterSecret): RecordOpening | undefined => {
  const suite = macSuiteOf(secret.suite);
  if (suite === undefined) return undefined;
  const { cipher, block, keyLength } = suite;
  const macLength = MAC_LENGTHS[suite.mac];
  const keys = keyBlock(secret, suite.mac === 'sha384' ? 'sha384' : 'sha256', 2 * (macLength + keyLength + block));
  const side = from === 'client' ? 0 : 1;
  const part = (start: number, length: number): Buffer =>
    keys.subarray(start + side * length, start + (side + 1) * length);
  const macKey = part(0, macLength);
  const key = part(2 * macLength, keyLength);
  // TLS 1.0 goes on from the last block of the record before (RFC 2246 §6.2.3.2).
  let chained: Buffer | undefined =
    secret.version === 'TLSv1' && block > 0 ? part(2 * (macLength + keyLength), block) : undefined;
  let sequence = 0;

  const isAuthentic = (record: Buffer, contents: Buffer, mac: Buffer): boolean => {
    const header = Buffer.alloc(13);
    header.writeUInt32BE(sequence, 4);
    record.copy(header, 8, 0, 3);
    header.writeUInt16BE(contents.length, 11);
    return createHmac(suite.mac, macKey).update(header).update(contents).digest().equals(mac);
  };
  const deciphered = (sealed: Buffer): Buffer | undefined => {
    if (cipher === undefined) return sealed;
    const iv = chained ?? sealed.subarray(0, block);
    const blocks = chained === undefined ? sealed.subarray(block) : sealed;
    if (iv.length < block || blocks.length === 0 || blocks.length % block !== 0) return undefined;
    const opening = createDecipheriv(cipher, key, iv).setAutoPadding(false);
    const plain = Buffer.concat([opening.update(blocks), opening.final()]);
    if (chained !== undefined) chained = Buffer.from(blocks.subarray(-block));
    return withoutPadding(plain);
  };
  const whole = (record: Buffer, plain: Buffer | undefined): Buffer | undefined => {
    const length = (plain?.length ?? 0) - macLength;
    if (plain === undefined || length < 0) return undefined;
    const contents = plain.subarray(0, length);
    return isAuthentic(record, contents, plain.subarray(length)) ? contents : undefined;
  };
  return (record) => {
    const fragment = record.subarray(RECORD_HEADER);
    const sealed = fragment.subarray(0, Math.max(0, fragment.length - macLength));
    const contents =
      !secret.encryptThenMac || cipher === undefined
        ? whole(record, deciphered(fragment))
        : isAuthentic(record, sealed, fragment.subarray(sealed.length))
          ? deciphered(sealed)
          : undefined;
    if (contents === undefined) return undefined;
    sequence += 1;
    return { type: record[0], contents };
  };
};

/** The last octet says how many like it stand before it. */
const withoutPadding = (plain: Buffer): Buffer | undefined => {
  const count = (plain.at(-1) ?? 0) + 1;
  return count > plain.length ? undefined : plain.subarray(0, plain.length - count);
};

/** By its name in the registry. */
const macSuiteOf = (suite: number): MacSuite | undefined => {
  const { name } = cipherSuite(suite);
  const [, kind = '', hash = ''] = /_WITH_(NULL|\w+_CBC)_(MD5|SHA|SHA256|SHA384)$/.exec(name) ?? [];
  const mac = MACS.get(hash);
  const cipher = CIPHERS.get(kind);
  return mac === undefined || cipher === undefined ? undefined : { ...cipher, mac };
};

const MACS: ReadonlyMap<string, MacSuite['mac']> = new Map([
  ['MD5', 'md5'],
  ['SHA', 'sha1'],
  ['SHA256', 'sha256'],
  ['SHA384', 'sha384'],
]);
const MAC_LENGTHS = { md5: 16, sha1: 20, sha256: 32, sha384: 48 } as const;

/** Those that Node’s OpenSSL has; names of the registry. */
const CIPHERS: ReadonlyMap<string, Omit<MacSuite, 'mac'>> = new Map([
  ['NULL', { keyLength: 0, block: 0 }],
  ['AES_128_CBC', { cipher: 'aes-128-cbc', keyLength: 16, block: 16 }],
  ['AES_256_CBC', { cipher: 'aes-256-cbc', keyLength: 32, block: 16 }],
  ['CAMELLIA_128_CBC', { cipher: 'camellia-128-cbc', keyLength: 16, block: 16 }],
  ['CAMELLIA_256_CBC', { cipher: 'camellia-256-cbc', keyLength: 32, block: 16 }],
  ['ARIA_128_CBC', { cipher: 'aria-128-cbc', keyLength: 16, block: 16 }],
  ['ARIA_256_CBC', { cipher: 'aria-256-cbc', keyLength: 32, block: 16 }],
]);
const RECORD_HEADER = 5;
