import { Readable } from 'node:stream';
import { createInflate } from 'node:zlib';
import { pauseAt } from './pause.js';
import { Shrinker } from './shrinker.js';

/** Whether these are the first bytes of a PNG. */
export const isPng = (bytes: Buffer): boolean => bytes.toString('latin1', 0, 8) === '\x89PNG\r\n\x1a\n';

/** Makes a PNG small (ISO/IEC 15948): every colour type and depth, interlaced or not. Throws where it is none. */
export const shrunkPng = async (bytes: Buffer): Promise<Shrinker> => {
  const { header, palette, transparent, data } = chunksOf(bytes);
  const { width, height, depth, colour, isInterlaced } = header;
  const shrinker = new Shrinker(width, height);
  const channels = CHANNELS[colour] ?? 0;
  if (channels === 0 || ![1, 2, 4, 8, 16].includes(depth) || (depth < 8 && ![0, 3].includes(colour)))
    throw new Error('a PNG of an unknown kind');
  const paint = painter(header, palette, transparent, shrinker);
  const passes = isInterlaced ? ADAM7 : [[0, 0, 1, 1] as const];
  const rows = rowsOf(data, Math.max(1, (channels * depth) >> 3));
  try {
    for (const [left, top, across, down] of passes) {
      const columns = Math.ceil((width - left) / across);
      if (columns < 1) continue;
      rows.startPass();
      for (let y = top; y < height; y += down) {
        const row = await rows.next(Math.ceil((columns * channels * depth) / 8));
        for (let column = 0; column < columns; column += 1) paint(row, column, left + column * across, y);
        await pauseAt(y);
      }
    }
  } finally {
    rows.end();
  }
  return shrinker;
};

interface Header {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample. */
  readonly depth: number;
  readonly colour: number;
  readonly isInterlaced: boolean;
}

const chunksOf = (bytes: Buffer) => {
  const data: Buffer[] = [];
  let header: Header | undefined;
  let palette: Buffer = NONE;
  let transparent: Buffer = NONE;
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR' && body.length >= 13)
      header = {
        width: body.readUInt32BE(0),
        height: body.readUInt32BE(4),
        depth: body[8] ?? 0,
        colour: body[9] ?? 0,
        isInterlaced: body[12] === 1,
      };
    else if (type === 'PLTE') palette = body;
    else if (type === 'tRNS') transparent = body;
    else if (type === 'IDAT') data.push(body);
    else if (type === 'IEND') break;
    at += 12 + length;
  }
  if (header === undefined) throw new Error('a PNG without a header');
  return { header, palette, transparent, data };
};

type Paint = (row: Uint8Array, column: number, x: number, y: number) => void;

/** What one pixel of a row looks like on white. */
const painter = ({ depth, colour }: Header, palette: Buffer, transparent: Buffer, shrinker: Shrinker): Paint => {
  const channels = CHANNELS[colour] ?? 1;
  const most = 2 ** depth - 1;
  const sample = (row: Uint8Array, index: number): number => {
    if (depth === 8) return row[index] ?? 0;
    if (depth === 16) return ((row[2 * index] ?? 0) << 8) | (row[2 * index + 1] ?? 0);
    const bit = index * depth;
    return ((row[bit >> 3] ?? 0) >> (8 - depth - (bit & 7))) & most;
  };
  const keys = [0, 2, 4].map((at) => (transparent.length >= at + 2 ? transparent.readUInt16BE(at) : -1));
  const isKey = (row: Uint8Array, first: number): boolean =>
    (colour === 0 || colour === 2) &&
    Array.from({ length: channels }).every((_, each) => sample(row, first + each) === keys[each]);
  return (row, column, x, y) => {
    const first = column * channels;
    if (colour === 3) {
      const index = sample(row, column);
      const alpha = (transparent[index] ?? 255) / 255;
      const part = (each: number): number => onWhite(palette[3 * index + each] ?? 0, alpha);
      shrinker.add(x, y, part(0), part(1), part(2));
      return;
    }
    const scale = 255 / most;
    const hasAlpha = colour >= 4;
    const isGrey = colour === 0 || colour === 4;
    const alpha = hasAlpha
      ? sample(row, first + channels - 1) / most
      : transparent.length > 0 && isKey(row, first)
        ? 0
        : 1;
    const red = onWhite(sample(row, first) * scale, alpha);
    shrinker.add(
      x,
      y,
      red,
      isGrey ? red : onWhite(sample(row, first + 1) * scale, alpha),
      isGrey ? red : onWhite(sample(row, first + 2) * scale, alpha),
    );
  };
};

const onWhite = (value: number, alpha: number): number => value * alpha + 255 * (1 - alpha);

/** Unpacks as much as rows are asked for, and undoes what filters did to them; what a bomb has besides stays packed. */
const rowsOf = (data: readonly Buffer[], step: number) => {
  const inflate = Readable.from(data).pipe(createInflate({ chunkSize: 64 * 1024 }));
  const chunks = inflate[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  let chunk: Buffer = NONE;
  let before: Uint8Array = NONE;
  return {
    startPass: (): void => {
      before = NONE;
    },
    next: async (length: number): Promise<Uint8Array> => {
      const line = new Uint8Array(length + 1);
      for (let filled = 0; filled < line.length;) {
        if (chunk.length === 0) {
          const { value } = await chunks.next();
          if (value === undefined) throw new Error('a PNG that ends too early');
          chunk = value;
        }
        const piece = chunk.subarray(0, line.length - filled);
        line.set(piece, filled);
        filled += piece.length;
        chunk = chunk.subarray(piece.length);
      }
      const row = line.subarray(1);
      unfilter(line[0] ?? 0, row, before, step);
      before = row;
      return row;
    },
    end: (): void => {
      inflate.destroy();
    },
  };
};

const unfilter = (filter: number, row: Uint8Array, before: Uint8Array, step: number): void => {
  if (filter === 0) return;
  for (let at = 0; at < row.length; at += 1) {
    const left = at < step ? 0 : (row[at - step] ?? 0);
    const above = before[at] ?? 0;
    const corner = at < step ? 0 : (before[at - step] ?? 0);
    const guess =
      filter === 1 ? left : filter === 2 ? above : filter === 3 ? (left + above) >> 1 : paeth(left, above, corner);
    row[at] = (row[at] ?? 0) + guess;
  }
};

const paeth = (left: number, above: number, corner: number): number => {
  const guess = left + above - corner;
  const byLeft = Math.abs(guess - left);
  const byAbove = Math.abs(guess - above);
  const byCorner = Math.abs(guess - corner);
  if (byLeft <= byAbove && byLeft <= byCorner) return left;
  return byAbove <= byCorner ? above : corner;
};

const NONE = Buffer.alloc(0);
/** Samples of a pixel, by colour type. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** Left, top, and the steps to the right and down, of each pass. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
