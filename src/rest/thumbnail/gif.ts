import { pauseAt } from './pause.js';
import { Shrinker } from './shrinker.js';

/** Whether these are the first bytes of a GIF. */
export const isGif = (bytes: Buffer): boolean => /^GIF8[79]a$/.test(bytes.toString('latin1', 0, 6));

/** Makes the first picture of a GIF small. Throws where there is none. */
export const shrunkGif = async (bytes: Buffer): Promise<Shrinker> => {
  const { left, palette, transparent, width, height, isInterlaced } = pictureOf(bytes);
  const shrinker = new Shrinker(width, height);
  const total = width * height;
  let done = 0;
  const lines = isInterlaced ? interlaced(height) : undefined;
  for (const run of unpacked(bytes, left)) {
    for (const index of run) {
      if (done === total) return shrinker;
      const row = Math.floor(done / width);
      const y = lines?.[row] ?? row;
      const at = 3 * index;
      if (index === transparent) shrinker.add(done % width, y, 255, 255, 255);
      else shrinker.add(done % width, y, palette[at] ?? 0, palette[at + 1] ?? 0, palette[at + 2] ?? 0);
      done += 1;
      if (done % width === 0) await pauseAt(row);
    }
  }
  if (done < total) throw new Error('a GIF that ends too early');
  return shrinker;
};

/** Finds the first picture; `left` is where its packed pixels begin. */
const pictureOf = (bytes: Buffer) => {
  const flags = bytes[10] ?? 0;
  const common = tableAt(bytes, 13, flags);
  let transparent = -1;
  for (let at = 13 + common.length; at < bytes.length;) {
    const kind = bytes[at];
    if (kind === 0x21) {
      if (bytes[at + 1] === 0xf9 && ((bytes[at + 3] ?? 0) & 1) === 1) transparent = bytes[at + 6] ?? -1;
      at = afterBlocks(bytes, at + 2);
    } else if (kind === 0x2c && at + 11 < bytes.length) {
      const own = bytes[at + 9] ?? 0;
      const table = tableAt(bytes, at + 10, own);
      return {
        left: at + 10 + table.length,
        palette: table.length > 0 ? table : common,
        transparent,
        width: bytes.readUInt16LE(at + 5),
        height: bytes.readUInt16LE(at + 7),
        isInterlaced: (own & 0x40) !== 0,
      };
    } else break;
  }
  throw new Error('a GIF without a picture');
};

const tableAt = (bytes: Buffer, at: number, flags: number): Buffer =>
  (flags & 0x80) === 0 ? bytes.subarray(at, at) : bytes.subarray(at, at + 3 * 2 ** ((flags & 7) + 1));

const afterBlocks = (bytes: Buffer, from: number): number => {
  let at = from;
  while ((bytes[at] ?? 0) !== 0) at += 1 + (bytes[at] ?? 0);
  return at + 1;
};

/** The colour numbers, in runs (LZW with codes of up to 12 bits). */
function* unpacked(bytes: Buffer, from: number): Generator<Uint8Array> {
  const least = bytes[from] ?? 0;
  if (least < 2 || least > 8) throw new Error('a GIF of an unknown kind');
  const clear = 1 << least;
  const prefixes = new Uint16Array(MOST_CODES);
  const lasts = Uint8Array.from({ length: MOST_CODES }, (_, code) => (code < clear ? code : 0));
  const lengths = new Uint16Array(MOST_CODES).fill(1);
  let [next, size, previous] = [clear + 2, least + 1, -1];
  const runOf = (code: number): Uint8Array => {
    const run = new Uint8Array(lengths[code] ?? 1);
    let each = code;
    for (let at = run.length - 1; at >= 0; at -= 1) {
      run[at] = lasts[each] ?? 0;
      each = prefixes[each] ?? 0;
    }
    return run;
  };
  for (const code of codes(bytes, from + 1, () => size)) {
    if (code === clear + 1) return;
    if (code === clear) {
      [next, size, previous] = [clear + 2, least + 1, -1];
      continue;
    }
    if (code > next || (code === next && previous < 0) || (previous < 0 && code > clear))
      throw new Error('a GIF with a code that means nothing');
    if (previous >= 0 && next < MOST_CODES) {
      const [first = 0] = runOf(code === next ? previous : code);
      prefixes[next] = previous;
      lasts[next] = first;
      lengths[next] = (lengths[previous] ?? 0) + 1;
      next += 1;
      if (next === 1 << size && size < 12) size += 1;
    }
    if (code >= next) throw new Error('a GIF with a code that means nothing');
    yield runOf(code);
    previous = code;
  }
}

function* codes(bytes: Buffer, from: number, size: () => number): Generator<number> {
  let [held, count] = [0, 0];
  for (let at = from; (bytes[at] ?? 0) !== 0; at += 1 + (bytes[at] ?? 0))
    for (const byte of bytes.subarray(at + 1, at + 1 + (bytes[at] ?? 0))) {
      held |= byte << count;
      count += 8;
      while (count >= size()) {
        const bits = size();
        yield held & ((1 << bits) - 1);
        held >>>= bits;
        count -= bits;
      }
    }
}

/** The rows in the order in which they are stored. */
const interlaced = (height: number): number[] =>
  [
    [0, 8],
    [4, 8],
    [2, 4],
    [1, 2],
  ].flatMap(([first = 0, step = 1]) =>
    Array.from({ length: Math.max(0, Math.ceil((height - first) / step)) }, (_, at) => first + at * step),
  );

const MOST_CODES = 4096;
