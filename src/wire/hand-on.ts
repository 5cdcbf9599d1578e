import type { Duplex } from 'node:stream';

/** Writes; resolves when the bytes are handed on or the stream has closed. Until then `waiting` has a function that resolves it at once. */
export const handOn = (stream: Duplex, bytes: Buffer, waiting?: Set<() => void>): Promise<void> =>
  new Promise((resolve) => {
    const settle = (): void => {
      stream.off('close', settle);
      waiting?.delete(settle);
      resolve();
    };
    stream.once('close', settle);
    waiting?.add(settle);
    stream.write(bytes, settle);
  });
