import { sslv2Likeness } from './client-hello.js';

/** Where TLS begins, or from which offset on a beginning is still possible when more bytes come. */
export type TlsStart = { readonly at: number } | { readonly none: true; readonly keepFrom: number };

/**
 * Finds the first offset in `buffer` at which TLS begins: a handshake record that opens with a ClientHello,
 * an alert record, or (only at offset 0 or after CRLF) an SSLv2 hello. All before it was sent in plaintext.
 * Incremental: pass the same buffer grown, and `from` the last `keepFrom`; the work is then linear, whatever the chunks.
 */
export const startOfTls = (buffer: Buffer, from = 0): TlsStart => {
  let keepFrom = buffer.length;
  for (let offset = from; offset < buffer.length; offset++) {
    const likeness = likenessAt(buffer, offset);
    if (likeness === 'yes') return keepFrom < offset ? { none: true, keepFrom } : { at: offset };
    if (likeness === 'maybe') keepFrom = Math.min(keepFrom, offset);
  }
  return { none: true, keepFrom };
};

const likenessAt = (buffer: Buffer, offset: number): 'yes' | 'maybe' | 'no' => {
  const first = buffer[offset] ?? 0;
  if (first === HANDSHAKE) return handshakeLikeness(buffer, offset);
  if (first === ALERT) return alertLikeness(buffer, offset);
  if (first < 0x80 || !isLineStart(buffer, offset)) return 'no';
  return sslv2Likeness(buffer.subarray(offset, offset + SSLV2_HEADER));
};

const handshakeLikeness = (buffer: Buffer, offset: number): 'yes' | 'maybe' | 'no' => {
  const [, major = 3, minor = 1, high = 0, low = high === 0 ? 4 : 0, type = CLIENT_HELLO] = buffer.subarray(
    offset,
    offset + 6,
  );
  const length = high * 256 + low;
  if (major !== 3 || minor > 4 || length === 0 || length > MAX_RECORD || type !== CLIENT_HELLO) return 'no';
  return offset + 6 <= buffer.length ? 'yes' : 'maybe';
};

const alertLikeness = (buffer: Buffer, offset: number): 'yes' | 'maybe' | 'no' => {
  const [, major = 3, minor = 1, high = 0, low = 2] = buffer.subarray(offset, offset + 5);
  if (major !== 3 || minor > 4 || high !== 0 || low !== 2) return 'no';
  return offset + 5 <= buffer.length ? 'yes' : 'maybe';
};

const isLineStart = (buffer: Buffer, offset: number): boolean =>
  offset === 0 || (buffer[offset - 1] === 0x0a && buffer[offset - 2] === 0x0d);

const HANDSHAKE = 22;
const ALERT = 21;
const CLIENT_HELLO = 1;
const SSLV2_HEADER = 11;
const MAX_RECORD = 2 ** 14 + 2048;
