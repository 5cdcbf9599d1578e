import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { number, vector } from '../tls/byte-writer.js';
import { EXTENSION } from '../tls/registries.js';
import { message } from '../tls/server-messages.js';

/**
 * Node's TLS offers no early data: this changes the tickets of TLS 1.3 on their way out so that they invite the client to send some
 * (RFC 8446 §4.6.1). Records are opened and sealed again with the server's own key and number.
 */
export const withEarlyData = (): {
  readonly keylog: (line: Buffer) => void;
  readonly write: (bytes: Buffer) => Buffer;
} => {
  let keys: { readonly hash: 'sha256' | 'sha384'; readonly key: Buffer; readonly iv: Buffer } | undefined;
  let sequence = 0;
  const nonce = (iv: Buffer): Buffer => {
    const made = Buffer.from(iv);
    made.writeUInt32BE((made.readUInt32BE(8) ^ sequence) >>> 0, 8);
    return made;
  };
  const rewritten = (record: Buffer): Buffer => {
    if (keys === undefined || record[0] !== APPLICATION_DATA) return record;
    const { hash, key, iv } = keys;
    const name = hash === 'sha384' ? 'aes-256-gcm' : 'aes-128-gcm';
    const opening = createDecipheriv(name, key, nonce(iv))
      .setAAD(record.subarray(0, 5))
      .setAuthTag(record.subarray(-16));
    let inner: Buffer;
    try {
      inner = Buffer.concat([opening.update(record.subarray(5, -16)), opening.final()]);
    } catch {
      // Of the handshake, which has another key.
      return record;
    }
    const contents =
      inner.at(-1) === HANDSHAKE ? Buffer.concat([invited(inner.subarray(0, -1)), Buffer.from([HANDSHAKE])]) : inner;
    const header = Buffer.concat([record.subarray(0, 3), number(2, contents.length + 16)]);
    const sealing = createCipheriv(name, key, nonce(iv)).setAAD(header);
    const sealed = Buffer.concat([header, sealing.update(contents), sealing.final(), sealing.getAuthTag()]);
    sequence += 1;
    return sealed;
  };
  return {
    keylog: (line) => {
      const [label, , secret = ''] = line.toString('latin1').trim().split(' ');
      if (label !== 'SERVER_TRAFFIC_SECRET_0') return;
      const bytes = Buffer.from(secret, 'hex');
      const hash = bytes.length === 48 ? 'sha384' : 'sha256';
      const expanded = (what: string, length: number): Buffer => {
        const info = Buffer.concat([number(2, length), vector(1, Buffer.from(`tls13 ${what}`)), Buffer.from([0])]);
        return createHmac(hash, bytes)
          .update(Buffer.concat([info, Buffer.from([1])]))
          .digest()
          .subarray(0, length);
      };
      keys = { hash, key: expanded('key', hash === 'sha384' ? 32 : 16), iv: expanded('iv', 12) };
    },
    write: (bytes) => {
      const records: Buffer[] = [];
      for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3))
        records.push(rewritten(bytes.subarray(at, at + 5 + bytes.readUInt16BE(at + 3))));
      return Buffer.concat(records);
    },
  };
};

/** Messages in which each NewSessionTicket has early_data as its one extension. */
const invited = (messages: Buffer): Buffer => {
  const found: Buffer[] = [];
  for (let at = 0; at + 4 <= messages.length; at += 4 + messages.readUIntBE(at + 1, 3)) {
    const body = messages.subarray(at + 4, at + 4 + messages.readUIntBE(at + 1, 3));
    if (messages[at] !== NEW_SESSION_TICKET) found.push(messages.subarray(at, at + 4 + body.length));
    else {
      const ticketAt = 8 + 1 + (body[8] ?? 0);
      const end = ticketAt + 2 + body.readUInt16BE(ticketAt);
      const invitation = Buffer.concat([number(2, EXTENSION.earlyData), vector(2, Buffer.from([0, 0, 0x40, 0]))]);
      found.push(message(NEW_SESSION_TICKET, Buffer.concat([body.subarray(0, end), vector(2, invitation)])));
    }
  }
  return Buffer.concat(found);
};

const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const NEW_SESSION_TICKET = 4;
