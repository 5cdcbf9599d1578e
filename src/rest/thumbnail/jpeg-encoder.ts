import { COSINES, ZIGZAG } from './cosines.js';

/** Writes a picture as a JPEG (T.81, baseline, without subsampling) of the quality that Mailpit’s thumbnails have. */
export const jpegOf = (pixels: Uint8Array, width: number, height: number): Buffer => {
  const bits = new BitWriter();
  const before = [0, 0, 0];
  for (let top = 0; top < height; top += 8)
    for (let left = 0; left < width; left += 8)
      before.forEach((last, component) => {
        const block = quantized(samples(pixels, width, height, left, top, component));
        writeBlock(bits, block, last);
        before[component] = block[0] ?? 0;
      });
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, Buffer.from('4a46494600010100000100010000', 'hex')),
    segment(0xdb, Buffer.from([0, ...ZIGZAG].map((place, at) => (at === 0 ? 0 : (DIVISORS[place] ?? 1))))),
    segment(
      0xc0,
      Buffer.from([
        8,
        height >> 8,
        height & 255,
        width >> 8,
        width & 255,
        3,
        ...[1, 2, 3].flatMap((id) => [id, 0x11, 0]),
      ]),
    ),
    segment(0xc4, Buffer.concat([Buffer.from([0x00]), DC.counts, DC.values])),
    segment(0xc4, Buffer.concat([Buffer.from([0x10]), AC.counts, AC.values])),
    segment(0xda, Buffer.from([3, 1, 0, 2, 0, 3, 0, 0, 63, 0])),
    bits.bytes,
    Buffer.from([0xff, 0xd9]),
  ]);
};

const segment = (marker: number, body: Buffer): Buffer => {
  const length = body.length + 2;
  return Buffer.concat([Buffer.from([0xff, marker, length >> 8, length & 255]), body]);
};

/** Brightness, or one of the two colour differences, of 64 pixels; those beyond the edge are as those at it. */
const samples = (
  pixels: Uint8Array,
  width: number,
  height: number,
  left: number,
  top: number,
  component: number,
): Float64Array => {
  const [byRed = 0, byGreen = 0, byBlue = 0] = WEIGHTS[component] ?? [];
  return Float64Array.from({ length: 64 }, (_, place) => {
    const x = Math.min(width - 1, left + (place & 7));
    const y = Math.min(height - 1, top + (place >> 3));
    const at = 3 * (y * width + x);
    const value = byRed * (pixels[at] ?? 0) + byGreen * (pixels[at + 1] ?? 0) + byBlue * (pixels[at + 2] ?? 0);
    return component === 0 ? value - 128 : value;
  });
};

/** The coefficients of a block, in the order in which they are written. */
const quantized = (block: Float64Array): number[] => {
  const rows = new Float64Array(64);
  for (let y = 0; y < 8; y += 1)
    for (let u = 0; u < 8; u += 1)
      for (let x = 0; x < 8; x += 1)
        rows[8 * y + u] = (rows[8 * y + u] ?? 0) + (block[8 * y + x] ?? 0) * (COSINES[8 * u + x] ?? 0);
  return Array.from(ZIGZAG, (place) => {
    const [v, u] = [place >> 3, place & 7];
    let sum = 0;
    for (let y = 0; y < 8; y += 1) sum += (rows[8 * y + u] ?? 0) * (COSINES[8 * v + y] ?? 0);
    return Math.round(sum / (DIVISORS[place] ?? 1));
  });
};

const writeBlock = (bits: BitWriter, block: readonly number[], before: number): void => {
  const difference = (block[0] ?? 0) - before;
  bits.code(DC, sizeOf(difference));
  bits.value(difference);
  let zeros = 0;
  for (const coefficient of block.slice(1)) {
    if (coefficient === 0) {
      zeros += 1;
      continue;
    }
    for (; zeros > 15; zeros -= 16) bits.code(AC, 0xf0);
    bits.code(AC, (zeros << 4) | sizeOf(coefficient));
    bits.value(coefficient);
    zeros = 0;
  }
  if (zeros > 0) bits.code(AC, 0);
};

const sizeOf = (value: number): number => 32 - Math.clz32(Math.abs(value));

interface Table {
  readonly counts: Buffer;
  readonly values: Buffer;
  /** Code and length, by value. */
  readonly codes: ReadonlyMap<number, readonly [code: number, length: number]>;
}

/** Codes of each length follow one another (T.81, annex C). */
const table = (counts: Buffer, values: Buffer): Table => {
  const codes = new Map<number, readonly [number, number]>();
  let [code, at] = [0, 0];
  counts.forEach((count, index) => {
    for (let each = 0; each < count; each += 1) {
      codes.set(values[at] ?? 0, [code, index + 1]);
      code += 1;
      at += 1;
    }
    code <<= 1;
  });
  return { counts, values, codes };
};

class BitWriter {
  readonly #bytes: number[] = [];
  #held = 0;
  #count = 0;

  code({ codes }: Table, value: number): void {
    const [code, length] = codes.get(value) ?? [0, 0];
    this.#put(code, length);
  }

  /** A negative number as its complement (T.81, F.1.2.1). */
  value(value: number): void {
    const size = sizeOf(value);
    this.#put(value < 0 ? value + (1 << size) - 1 : value, size);
  }

  get bytes(): Buffer {
    if (this.#count > 0) this.#put((1 << (8 - this.#count)) - 1, 8 - this.#count);
    return Buffer.from(this.#bytes);
  }

  #put(value: number, length: number): void {
    for (let at = length - 1; at >= 0; at -= 1) {
      this.#held = (this.#held << 1) | ((value >> at) & 1);
      this.#count += 1;
      if (this.#count < 8) continue;
      this.#bytes.push(this.#held);
      // So that it is not taken for a marker.
      if (this.#held === 0xff) this.#bytes.push(0);
      [this.#held, this.#count] = [0, 0];
    }
  }
}

/** From red, green and blue to brightness and colour differences (JFIF). */
const WEIGHTS = [
  [0.299, 0.587, 0.114],
  [-0.168736, -0.331264, 0.5],
  [0.5, -0.418688, -0.081312],
] as const;

/** Table K.1 of T.81 at quality 70. */
const DIVISORS = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
  87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101,
  72, 92, 95, 98, 112, 100, 103, 99,
].map((value) => Math.floor((value * 60 + 50) / 100));

/** Tables K.3 and K.5 of T.81, for all components. */
const DC = table(
  Buffer.from('00010501010101010100000000000000', 'hex'),
  Buffer.from('000102030405060708090a0b', 'hex'),
);
const AC = table(
  Buffer.from('0002010303020403050504040000017d', 'hex'),
  Buffer.from(
    [
      '01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a',
      '25262728292a3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a',
      '838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9ca',
      'd2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa',
    ].join(''),
    'hex',
  ),
);
