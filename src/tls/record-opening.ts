import { createCipheriv, createDecipheriv, createHmac, type CipherCCMTypes, type CipherGCMTypes } from 'node:crypto';
import { number } from './byte-writer.js';
import { cipherSuite } from './cipher-suites.js';
import { keyBlock, type MasterSecret } from './key-block.js';
import { macOpening } from './mac-opening.js';

/** What one record held. */
export interface Opened {
  /** Content type. */
  readonly type: number | undefined;
  readonly contents: Buffer;
}

/** Opens one record after the other, header included; undefined when it cannot be opened. */
export type RecordOpening = (record: Buffer) => Opened | undefined;

interface Aead {
  readonly cipher: `${'aes' | 'aria'}-${128 | 256}-${'gcm' | 'ccm'}` | 'chacha20-poly1305';
  readonly hash: 'sha256' | 'sha384';
  readonly keyLength: 16 | 32;
  readonly tagLength: 8 | 16;
}

/** Opens the records of one side of TLS 1.3 with a traffic secret (RFC 8446 §5.2 and §7.3); undefined where the suite is unknown. */
export const opening13 = (suite: number, secret: Buffer): RecordOpening | undefined => {
  const aead = aeadOf(suite);
  if (aead === undefined || !cipherSuite(suite).classes.has('tls13')) return undefined;
  const key = expanded(aead, secret, 'key', aead.keyLength);
  const iv = expanded(aead, secret, 'iv', NONCE_LENGTH);
  let sequence = 0;
  return (record) => {
    const nonce = xored(iv, sequence);
    const header = record.subarray(0, RECORD_HEADER);
    const inner = opened(aead, { key, nonce, sealed: record.subarray(RECORD_HEADER), additional: () => header });
    if (inner === undefined) return undefined;
    sequence += 1;
    const end = inner.findLastIndex((octet) => octet !== 0);
    return { type: inner[end], contents: inner.subarray(0, Math.max(0, end)) };
  };
};

/** Seals contents of a content type in the first record of one side of TLS 1.3, and in those after it; undefined where the suite is unknown. */
export const sealing13 = (suite: number, secret: Buffer): ((type: number, contents: Buffer) => Buffer) | undefined => {
  const aead = aeadOf(suite);
  if (aead === undefined || !cipherSuite(suite).classes.has('tls13')) return undefined;
  const key = expanded(aead, secret, 'key', aead.keyLength);
  const iv = expanded(aead, secret, 'iv', NONCE_LENGTH);
  let sequence = 0;
  return (type, contents) => {
    const inner = Buffer.concat([contents, Buffer.from([type])]);
    const header = Buffer.concat([Buffer.from([APPLICATION_DATA, 3, 3]), number(2, inner.length + aead.tagLength)]);
    const sealing = createCipheriv(aead.cipher as string as CipherGCMTypes & CipherCCMTypes, key, xored(iv, sequence), {
      authTagLength: aead.tagLength,
    });
    sealing.setAAD(header, { plaintextLength: inner.length });
    sequence += 1;
    return Buffer.concat([header, sealing.update(inner), sealing.final(), sealing.getAuthTag()]);
  };
};

/** The traffic secret that follows a KeyUpdate (RFC 8446 §7.2). */
export const nextSecret13 = (suite: number, secret: Buffer): Buffer => {
  const aead = aeadOf(suite);
  return aead === undefined ? secret : expanded(aead, secret, 'traffic upd', aead.hash === 'sha256' ? 32 : 48);
};

/**
 * Opens the records of one side of TLS 1.0 to 1.2: suites with an AEAD (RFC 5246 §6.3, RFC 5288, RFC 6655, RFC 7905) and those with
 * a MAC; undefined where the suite is unknown, or not one of that version.
 */
export const opening12 = (from: 'client' | 'server', secret: MasterSecret): RecordOpening | undefined => {
  const aead = aeadOf(secret.suite);
  if (aead === undefined) return macOpening(from, secret);
  if (secret.version !== 'TLSv1.2' || cipherSuite(secret.suite).classes.has('tls13')) return undefined;
  const isImplicit = aead.cipher === 'chacha20-poly1305';
  const ivLength = isImplicit ? NONCE_LENGTH : SALT_LENGTH;
  const block = keyBlock(secret, aead.hash, 2 * (aead.keyLength + ivLength));
  const side = from === 'client' ? 0 : 1;
  const key = block.subarray(side * aead.keyLength, (side + 1) * aead.keyLength);
  const ivs = block.subarray(2 * aead.keyLength);
  const iv = ivs.subarray(side * ivLength, (side + 1) * ivLength);
  let sequence = 0;
  return (record) => {
    const fragment = record.subarray(RECORD_HEADER);
    const explicit = isImplicit ? 0 : EXPLICIT_LENGTH;
    if (fragment.length < explicit + aead.tagLength) return undefined;
    const nonce = isImplicit ? xored(iv, sequence) : Buffer.concat([iv, fragment.subarray(0, explicit)]);
    const contents = opened(aead, {
      key,
      nonce,
      sealed: fragment.subarray(explicit),
      additional: (length) => {
        const data = Buffer.alloc(13);
        data.writeUInt32BE(sequence, 4);
        record.copy(data, 8, 0, 3);
        data.writeUInt16BE(length, 11);
        return data;
      },
    });
    if (contents === undefined) return undefined;
    sequence += 1;
    return { type: record[0], contents };
  };
};

interface Sealed {
  readonly key: Buffer;
  readonly nonce: Buffer;
  /** With its tag. */
  readonly sealed: Buffer;
  /** Told the length of what is sealed, without its tag. */
  readonly additional: (length: number) => Buffer;
}

const opened = (aead: Aead, { key, nonce, sealed, additional }: Sealed): Buffer | undefined => {
  const length = sealed.length - aead.tagLength;
  if (length < 0) return undefined;
  try {
    // One signature serves all of them: the types know CCM and GCM apart only.
    const opening = createDecipheriv(aead.cipher as string as CipherGCMTypes & CipherCCMTypes, key, nonce, {
      authTagLength: aead.tagLength,
    });
    opening.setAuthTag(sealed.subarray(length));
    opening.setAAD(additional(length), { plaintextLength: length });
    return Buffer.concat([opening.update(sealed.subarray(0, length)), opening.final()]);
  } catch {
    return undefined;
  }
};

const xored = (iv: Buffer, sequence: number): Buffer => {
  const nonce = Buffer.from(iv);
  nonce.writeUInt32BE((nonce.readUInt32BE(NONCE_LENGTH - 4) ^ sequence) >>> 0, NONCE_LENGTH - 4);
  return nonce;
};

/** HKDF-Expand-Label without a context (RFC 8446 §7.1), of one block. */
const expanded = ({ hash }: Aead, secret: Buffer, label: string, length: number): Buffer => {
  const name = Buffer.from(`tls13 ${label}`, 'latin1');
  const info = Buffer.concat([Buffer.from([0, length, name.length]), name, Buffer.from([0])]);
  return createHmac(hash, secret)
    .update(info)
    .update(Buffer.from([1]))
    .digest()
    .subarray(0, length);
};

/** What a suite seals records with, by its name in the registry. */
const aeadOf = (suite: number): Aead | undefined => {
  const { name } = cipherSuite(suite);
  const kind = /_((AES|ARIA)_(128|256)_(GCM|CCM)|CHACHA20_POLY1305)(_8)?(_SHA(256|384))?$/.exec(name);
  if (kind === null) return undefined;
  const [, , block, size = '256', mode, short] = kind;
  return {
    cipher:
      mode === undefined
        ? 'chacha20-poly1305'
        : (`${block === 'ARIA' ? 'aria' : 'aes'}-${size === '128' ? 128 : 256}-${mode === 'GCM' ? 'gcm' : 'ccm'}` as const),
    hash: name.endsWith('_SHA384') ? 'sha384' : 'sha256',
    keyLength: size === '128' ? 16 : 32,
    tagLength: short === undefined ? 16 : 8,
  };
};

const APPLICATION_DATA = 23;
const RECORD_HEADER = 5;
const NONCE_LENGTH = 12;
const SALT_LENGTH = 4;
const EXPLICIT_LENGTH = 8;
