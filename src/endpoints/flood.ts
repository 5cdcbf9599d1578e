import type { Wire } from '../wire/wire.js';

/** Sends a line without an end, as far as the client reads it, and notes how much of it left; its beginning alone is kept. */
export const flood = async (wire: Wire, bytes: number): Promise<void> => {
  await wire.write(PIECE.subarray(0, BEGINNING), { tampered: true });
  let sent = BEGINNING;
  while (sent < bytes && !wire.ended && (await wire.writeUnkept(PIECE))) sent += PIECE.length;
  wire.transcript.note({ what: 'flooded', by: 'scenario', bytes: sent });
};

const PIECE = Buffer.alloc(256 * 1024, 'a');
const BEGINNING = 1024;
