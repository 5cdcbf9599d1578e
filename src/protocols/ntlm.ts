import { createCipheriv, createHash, createHmac } from 'node:crypto';
import { md4 } from './md4.js';

// NTLM (MS-NLMP), which old Exchange servers ask for: three messages, of which the server makes the second and reads the third.

/** The server's CHALLENGE message (MS-NLMP §2.2.1.2); the eight bytes of its challenge are made of the nonce. */
export const ntlmChallenge = (nonce: string, hostname: string): Buffer => {
  const name = utf16(hostname.split('.')[0]?.toUpperCase() ?? '');
  const domain = utf16(DOMAIN);
  const info = Buffer.concat([avPair(2, domain), avPair(1, name), avPair(0, Buffer.alloc(0))]);
  const head = Buffer.alloc(48);
  head.write(SIGNATURE, 'latin1');
  head.writeUInt32LE(2, 8);
  writeField(head, 12, domain.length, head.length);
  head.writeUInt32LE(FLAGS, 20);
  createHash('sha256').update(nonce).digest().copy(head, 24, 0, 8);
  writeField(head, 40, info.length, head.length + domain.length);
  return Buffer.concat([head, domain, info]);
};

/** The user's name, if the client's AUTHENTICATE message is right for the password and the CHALLENGE message (MS-NLMP §3.3); else undefined. */
export const ntlm = (
  authenticate: Buffer,
  challenge: Buffer,
  password: string,
): { readonly user: string } | undefined => {
  if (!isMessage(challenge, 2, 32) || !isMessage(authenticate, 3, 64)) return undefined;
  const server = challenge.subarray(24, 32);
  const [lm, nt, domain, name] = [12, 20, 28, 36].map((at) => fieldAt(authenticate, at));
  if (lm === undefined || nt === undefined || domain === undefined || name === undefined) return undefined;
  const encoding = (authenticate.readUInt32LE(60) & UNICODE) === 0 ? 'latin1' : 'utf16le';
  const user = name.toString(encoding);
  const owf = md4(utf16(password));
  if (nt.length === 24) {
    // With extended session security the client's own challenge lies in the LM response.
    const extended = createHash('md5').update(server).update(lm.subarray(0, 8)).digest().subarray(0, 8);
    return nt.equals(desl(owf, server)) || nt.equals(desl(owf, extended)) ? { user } : undefined;
  }
  const key = createHmac('md5', owf)
    .update(utf16(user.toUpperCase() + domain.toString(encoding)))
    .digest();
  const proof = createHmac('md5', key).update(server).update(nt.subarray(16)).digest();
  return nt.length > 24 && proof.equals(nt.subarray(0, 16)) ? { user } : undefined;
};

const isMessage = (message: Buffer, type: number, least: number): boolean =>
  message.length >= least && message.toString('latin1', 0, 8) === SIGNATURE && message.readUInt32LE(8) === type;

const fieldAt = (message: Buffer, at: number): Buffer | undefined => {
  const length = message.readUInt16LE(at);
  const offset = message.readUInt32LE(at + 4);
  return offset + length > message.length ? undefined : message.subarray(offset, offset + length);
};

const writeField = (message: Buffer, at: number, length: number, offset: number): void => {
  message.writeUInt16LE(length, at);
  message.writeUInt16LE(length, at + 2);
  message.writeUInt32LE(offset, at + 4);
};

/** MS-NLMP §2.2.2.1. */
const avPair = (id: number, value: Buffer): Buffer => {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, value]);
};

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');

/** Three times DES with thirds of the key (MS-NLMP §6, DESL). */
const desl = (key: Buffer, data: Buffer): Buffer => {
  const padded = Buffer.concat([key, Buffer.alloc(5)]);
  return Buffer.concat([0, 7, 14].map((at) => des(padded.subarray(at, at + 7), data)));
};

/** DES with a key of 56 bits: triple DES with three equal keys, since the TLS library has no other. */
const des = (key: Buffer, data: Buffer): Buffer => {
  const bits = BigInt(`0x${key.toString('hex')}`);
  const spread = Buffer.from(
    Array.from({ length: 8 }, (_, index) => Number((bits >> BigInt(49 - 7 * index)) & 0x7fn) << 1),
  );
  const cipher = createCipheriv('des-ede3', Buffer.concat([spread, spread, spread]), null).setAutoPadding(false);
  return Buffer.concat([cipher.update(data), cipher.final()]);
};

const SIGNATURE = 'NTLMSSP\0';
const DOMAIN = 'LAB';
const UNICODE = 1;
/** Unicode, a target's name and information, NTLM, always signed; the target is a server (MS-NLMP §2.2.2.5). */
const FLAGS = 0x00828205;
