import { setTimeout as delay } from 'node:timers/promises';

/** Writes a ClientHello in one segment, or in two of which the first arrives by itself. */
export const writeHello = async (
  bytes: Buffer,
  isInTwoSegments: boolean,
  write: (segment: Buffer) => Promise<void>,
): Promise<void> => {
  const first = isInTwoSegments ? Math.min(FULL_SEGMENT, Math.ceil(bytes.length / 2)) : bytes.length;
  await write(bytes.subarray(0, first));
  if (first === bytes.length) return;
  await delay(SEGMENT_GAP);
  await write(bytes.subarray(first));
};

/** What fits into a segment on most paths, in octets. */
const FULL_SEGMENT = 1400;
/** Milliseconds between segments: enough for the server to read the first one by itself. */
const SEGMENT_GAP = 30;
