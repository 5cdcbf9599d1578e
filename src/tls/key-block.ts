import { createHmac } from 'node:crypto';

/** Versions whose records are sealed with a key block. */
export type KeyBlockVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2';

/** What both sides of TLS 1.0 to 1.2 are opened with. */
export interface MasterSecret {
  readonly version: KeyBlockVersion;
  readonly suite: number;
  readonly master: Buffer;
  readonly clientRandom: Buffer;
  readonly serverRandom: Buffer;
  /** The server took the extension (RFC 7366); suites with an AEAD have no use for it. */
  readonly encryptThenMac: boolean;
}

/** The first octets of the key block (RFC 5246 §6.3, RFC 2246 §6.3); `hash` is that of the suite, which counts from TLS 1.2 on. */
export const keyBlock = (
  { version, master, clientRandom, serverRandom }: MasterSecret,
  hash: 'sha256' | 'sha384',
  length: number,
): Buffer => {
  const seed = Buffer.concat([Buffer.from('key expansion', 'latin1'), serverRandom, clientRandom]);
  if (version === 'TLSv1.2') return expansion(hash, master, seed, length);
  // Until TLS 1.1 each half of the secret feeds a hash of its own (RFC 2246 §5).
  const half = Math.ceil(master.length / 2);
  const [one, other] = [
    expansion('md5', master.subarray(0, half), seed, length),
    expansion('sha1', master.subarray(master.length - half), seed, length),
  ];
  return Buffer.from(one.map((octet, index) => octet ^ (other[index] ?? 0)));
};

/** P_hash (RFC 5246 §5). */
const expansion = (hash: string, secret: Buffer, seed: Buffer, length: number): Buffer => {
  const mac = (data: Buffer): Buffer => createHmac(hash, secret).update(data).digest();
  const blocks: Buffer[] = [];
  let a = mac(seed);
  for (let have = 0; have < length; have += blocks.at(-1)?.length ?? length) {
    blocks.push(mac(Buffer.concat([a, seed])));
    a = mac(a);
  }
  return Buffer.concat(blocks).subarray(0, length);
};
