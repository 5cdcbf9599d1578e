import pLimit from 'p-limit';
import { isGif, shrunkGif } from './gif.js';
import { isJpeg, shrunkJpeg } from './jpeg.js';
import { jpegOf } from './jpeg-encoder.js';
import { isPng, shrunkPng } from './png.js';
import { HEIGHT, WIDTH, type Shrinker } from './shrinker.js';

/** A JPEG of 180 × 120 pixels that shows a picture (PNG, JPEG or GIF); white for whatever else it is, or what is too large. */
export const thumbnail = (mimeType: string, bytes: Buffer): Promise<Buffer> =>
  // One after the other, so that many that are asked for at once hold nobody up.
  ONE_AT_ONCE(async () => {
    const shrunk = mimeType.startsWith('image/') ? KINDS.find(([is]) => is(bytes))?.[1] : undefined;
    const pixels = shrunk === undefined ? undefined : await pixelsOf(shrunk, bytes);
    return jpegOf(pixels ?? new Uint8Array(WIDTH * HEIGHT * 3).fill(255), WIDTH, HEIGHT);
  });

const pixelsOf = async (
  shrunk: (bytes: Buffer) => Promise<Shrinker>,
  bytes: Buffer,
): Promise<Uint8Array | undefined> => {
  try {
    return (await shrunk(bytes)).pixels;
  } catch {
    // Broken, too large, or of a kind that is not shown.
    return undefined;
  }
};

const KINDS = [
  [isPng, shrunkPng],
  [isJpeg, shrunkJpeg],
  [isGif, shrunkGif],
] as const;

const ONE_AT_ONCE = pLimit(1);
