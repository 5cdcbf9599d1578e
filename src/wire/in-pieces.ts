import type { Conduit } from './conduit.js';

/** Writes what TLS sends in pieces: handshake messages that are in clear in records of one byte (RFC 8446 §5.1), or every byte by itself. */
export const writeInPieces = (conduit: Conduit, how: 'records' | 'segments'): void => {
  const write = conduit._write.bind(conduit);
  let isSealed = false;
  conduit._write = (chunk: Buffer, encoding, done) => {
    if (how === 'records') {
      const { bytes, sealed } = isSealed ? { bytes: chunk, sealed: true } : refragmented(chunk);
      isSealed = sealed;
      write(bytes, encoding, done);
      return;
    }
    const next = (at: number): void => {
      if (at >= chunk.length) done();
      else
        write(chunk.subarray(at, at + 1), encoding, () => {
          next(at + 1);
        });
    };
    next(0);
  };
};

/** Whole records, as OpenSSL writes them; from the change of keys on nothing can be changed. */
const refragmented = (flight: Buffer): { readonly bytes: Buffer; readonly sealed: boolean } => {
  const pieces: Buffer[] = [];
  let at = 0;
  while (at + RECORD_HEADER <= flight.length && flight[at] === HANDSHAKE) {
    const end = at + RECORD_HEADER + flight.readUInt16BE(at + 3);
    for (let byte = at + RECORD_HEADER; byte < end; byte += 1)
      pieces.push(Buffer.concat([flight.subarray(at, at + 3), ONE, flight.subarray(byte, byte + 1)]));
    at = end;
  }
  return { bytes: Buffer.concat([...pieces, flight.subarray(at)]), sealed: at < flight.length };
};

const HANDSHAKE = 22;
const RECORD_HEADER = 5;
const ONE = Buffer.from([0, 1]);
