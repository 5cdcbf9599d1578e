import { JpegScan, type Component, type HuffmanTable } from './jpeg-scan.js';
import { COSINES, ZIGZAG } from './cosines.js';
import { pauseAt } from './pause.js';
import { HEIGHT, MOST_PIXELS, Shrinker, WIDTH, type Orientation } from './shrinker.js';

/** Whether these are the first bytes of a JPEG. */
export const isJpeg = (bytes: Buffer): boolean => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;

/**
 * Makes a JPEG small (T.81: Huffman codes, sequential or progressive, 8 bits). Of a large one the mean of each block is enough, and nothing
 * else is kept. Throws where it is none.
 */
export const shrunkJpeg = async (bytes: Buffer): Promise<Shrinker> => {
  const reading = new Reading();
  let scans = 0;
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) throw new Error('a JPEG without a marker where one is due');
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === 0xd9) break;
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    const body = bytes.subarray(at + 4, end);
    at = end;
    if (marker === 0xda) {
      scans += 1;
      // Each goes over the whole picture, and may be a few bytes long.
      if (scans > MOST_SCANS) throw new Error('a JPEG with too many scans');
      at = await reading.scan(bytes, body, end);
    } else reading.segment(marker, body);
  }
  return reading.picture();
};

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly isProgressive: boolean;
  /** Whether the mean of each block is all that is kept. */
  readonly isCoarse: boolean;
  readonly components: readonly Component[];
}

class Reading {
  readonly #divisors: Uint16Array[] = [];
  readonly #tables = new Map<number, HuffmanTable>();
  #frame: Frame | undefined;
  #restart = 0;
  #orientation: Orientation = 1;
  /** What Adobe says of the colours; 0: as they are. */
  #transform: number | undefined;

  segment(marker: number, body: Buffer): void {
    if (marker === 0xdb) this.#quantization(body);
    else if (marker === 0xc4) this.#huffman(body);
    else if (marker === 0xdd && body.length >= 2) this.#restart = body.readUInt16BE(0);
    else if (marker === 0xe1) this.#orientation = orientationIn(body);
    else if (marker === 0xee && body.toString('latin1', 0, 5) === 'Adobe') this.#transform = body[11];
    else if (marker >= 0xc0 && marker <= 0xc2) this.#frame = frameOf(body, marker === 0xc2);
    else if (marker >= 0xc3 && marker <= 0xcf) throw new Error('a JPEG of a rare kind');
  }

  /** Where the scan ends. */
  async scan(bytes: Buffer, header: Buffer, from: number): Promise<number> {
    const frame = this.#frame;
    if (frame === undefined) throw new Error('a JPEG without a frame');
    const count = header[0] ?? 0;
    const components = Array.from({ length: count }, (_, each) => {
      const [id, tables = 0] = [header[1 + 2 * each], header[2 + 2 * each]];
      const component = frame.components.find((one) => one.id === id);
      if (component === undefined) throw new Error('a JPEG with a scan of what is not there');
      return { component, dc: this.#tables.get(tables >> 4), ac: this.#tables.get(0x10 | (tables & 15)) };
    });
    const [first = 0, last = 63, approximation = 0] = header.subarray(1 + 2 * count);
    const scan = new JpegScan(bytes, from, {
      ...frame,
      parts: components,
      restart: this.#restart,
      first,
      last: Math.min(63, last),
      high: approximation >> 4,
      low: approximation & 15,
    });
    if (!(frame.isCoarse && frame.isProgressive && first > 0)) await scan.read();
    return scan.end();
  }

  async picture(): Promise<Shrinker> {
    const frame = this.#frame;
    if (frame === undefined) throw new Error('a JPEG without a frame');
    const edge = frame.isCoarse ? 1 : 8;
    const planes = frame.components.map((component) => planeOf(component, this.#divisors[component.divisors], edge));
    const [width, height] = [frame.width, frame.height].map((size) => Math.ceil((size * edge) / 8)) as [number, number];
    const shrinker = new Shrinker(width, height, this.#orientation);
    const across = Math.max(...frame.components.map((each) => each.across));
    const down = Math.max(...frame.components.map((each) => each.down));
    const values = [0, 0, 0, 0];
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        for (let each = 0; each < planes.length; each += 1) {
          const component = frame.components[each];
          if (component === undefined) continue;
          const row = Math.floor((y * component.down) / down);
          const column = Math.floor((x * component.across) / across);
          values[each] = planes[each]?.[row * component.columns * edge + column] ?? 0;
        }
        paint(shrinker, x, y, values, planes.length, this.#transform);
      }
      await pauseAt(y);
    }
    return shrinker;
  }

  #quantization(body: Buffer): void {
    for (let at = 0; at < body.length;) {
      const kind = body[at] ?? 0;
      const wide = kind >> 4 === 0 ? 1 : 2;
      const table = new Uint16Array(64);
      ZIGZAG.forEach((place, index) => {
        const from = at + 1 + index * wide;
        table[place] = wide === 1 ? (body[from] ?? 1) : ((body[from] ?? 0) << 8) | (body[from + 1] ?? 1);
      });
      this.#divisors[kind & 15] = table;
      at += 1 + 64 * wide;
    }
  }

  #huffman(body: Buffer): void {
    for (let at = 0; at + 17 <= body.length;) {
      const counts = body.subarray(at + 1, at + 17);
      const total = counts.reduce((sum, count) => sum + count, 0);
      this.#tables.set(body[at] ?? 0, { counts, values: body.subarray(at + 17, at + 17 + total) });
      at += 17 + total;
    }
  }
}

const frameOf = (body: Buffer, isProgressive: boolean): Frame => {
  const [depth, , , , , count = 0] = body;
  if (body.length < 6 + 3 * count || depth !== 8 || ![1, 3, 4].includes(count))
    throw new Error('a JPEG of a rare kind');
  const [height, width] = [body.readUInt16BE(1), body.readUInt16BE(3)];
  if (width < 1 || height < 1 || width * height > MOST_PIXELS) throw new Error('the picture is too large, or empty');
  const shortest = Math.max(WIDTH, HEIGHT);
  const isCoarse = (width >= 8 * shortest && height >= 8 * shortest) || width * height > MOST_PIXELS / 5;
  const given = Array.from({ length: count }, (_, each) => {
    const [id = 0, sampling = 0, divisors = 0] = body.subarray(6 + 3 * each);
    const [across, down] = [sampling >> 4, sampling & 15];
    if (across < 1 || across > 4 || down < 1 || down > 4) throw new Error('a JPEG with an unknown subsampling');
    return { id, across, down, divisors };
  });
  const most = [Math.max(...given.map((each) => each.across)), Math.max(...given.map((each) => each.down))] as const;
  const units = [Math.ceil(width / (8 * most[0])), Math.ceil(height / (8 * most[1]))] as const;
  const components = given.map((each) => {
    const [columns, rows] = [units[0] * each.across, units[1] * each.down];
    return {
      ...each,
      columns,
      rows,
      // What a scan of this component alone has.
      ownColumns: Math.ceil((Math.ceil(width / 8) * each.across) / most[0]),
      ownRows: Math.ceil((Math.ceil(height / 8) * each.down) / most[1]),
      coefficients: new Int16Array(columns * rows * (isCoarse ? 1 : 64)),
    };
  });
  return { width, height, isProgressive, isCoarse, components };
};

/** Samples of a component: `edge` × `edge` of each block. */
const planeOf = (component: Component, divisors: Uint16Array | undefined, edge: number): Uint8ClampedArray => {
  const { coefficients, columns, rows } = component;
  const plane = new Uint8ClampedArray(columns * rows * edge * edge);
  if (edge === 1) {
    const divisor = divisors?.[0] ?? 1;
    for (let at = 0; at < plane.length; at += 1) plane[at] = 128 + ((coefficients[at] ?? 0) * divisor) / 8;
    return plane;
  }
  const [block, half] = [new Float64Array(64), new Float64Array(64)];
  for (let each = 0; each < columns * rows; each += 1) {
    for (let at = 0; at < 64; at += 1) block[at] = (coefficients[64 * each + at] ?? 0) * (divisors?.[at] ?? 1);
    half.fill(0);
    for (let v = 0; v < 8; v += 1)
      for (let u = 0; u < 8; u += 1) {
        const value = block[8 * v + u] ?? 0;
        if (value === 0) continue;
        for (let x = 0; x < 8; x += 1) half[8 * v + x] = (half[8 * v + x] ?? 0) + value * (COSINES[8 * u + x] ?? 0);
      }
    const start = Math.floor(each / columns) * 8 * columns * 8 + (each % columns) * 8;
    for (let y = 0; y < 8; y += 1)
      for (let x = 0; x < 8; x += 1) {
        let sum = 128;
        for (let v = 0; v < 8; v += 1) sum += (half[8 * v + x] ?? 0) * (COSINES[8 * v + y] ?? 0);
        plane[start + y * columns * 8 + x] = sum;
      }
  }
  return plane;
};

/** One: grey; three: brightness and colour differences, unless Adobe says otherwise; four: inverted inks (Adobe). */
const paint = (
  shrinker: Shrinker,
  x: number,
  y: number,
  values: readonly number[],
  count: number,
  transform: number | undefined,
): void => {
  const a = values[0] ?? 0;
  const b = values[1] ?? 0;
  const c = values[2] ?? 0;
  const d = values[3] ?? 0;
  if (count === 1) {
    shrinker.add(x, y, a, a, a);
    return;
  }
  const isMixed = count === 3 ? transform !== 0 : transform === 2;
  const red = isMixed ? clamped(a + 1.402 * (c - 128)) : a;
  const green = isMixed ? clamped(a - 0.344136 * (b - 128) - 0.714136 * (c - 128)) : b;
  const blue = isMixed ? clamped(a + 1.772 * (b - 128)) : c;
  const black = count === 4 ? d / 255 : 1;
  shrinker.add(x, y, red * black, green * black, blue * black);
};

const clamped = (value: number): number => Math.max(0, Math.min(255, value));

/** Exif, tag 0x0112 of the first directory. */
const orientationIn = (body: Buffer): Orientation => {
  if (body.toString('latin1', 0, 6) !== 'Exif\0\0' || body.length < 16) return 1;
  const tiff = body.subarray(6);
  const isLittle = tiff[0] === 0x49;
  const short = (at: number): number =>
    at + 2 > tiff.length ? 0 : isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at);
  const start = isLittle ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  for (let entry = 0; entry < Math.min(short(start), 100); entry += 1) {
    const at = start + 2 + 12 * entry;
    const value = short(at + 8);
    if (short(at) === 0x0112 && value >= 1 && value <= 8) return value;
  }
  return 1;
};

const MOST_SCANS = 60;
