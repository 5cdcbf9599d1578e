import { ZIGZAG } from './cosines.js';
import { pauseAt } from './pause.js';

/** A component of a picture, such as its brightness. */
export interface Component {
  readonly id: number;
  /** Samples for each unit that is coded at once. */
  readonly across: number;
  readonly down: number;
  /** The number of its quantization table. */
  readonly divisors: number;
  /** Blocks, those that fill up the last unit included. */
  readonly columns: number;
  readonly rows: number;
  readonly ownColumns: number;
  readonly ownRows: number;
  /** One or 64 of each block. */
  readonly coefficients: Int16Array;
}

/** How many codes of each length there are, and what they mean. */
export interface HuffmanTable {
  readonly counts: Uint8Array;
  readonly values: Uint8Array;
}

interface Part {
  readonly component: Component;
  readonly dc: HuffmanTable | undefined;
  readonly ac: HuffmanTable | undefined;
}

interface ScanOptions {
  readonly width: number;
  readonly height: number;
  readonly isProgressive: boolean;
  readonly isCoarse: boolean;
  readonly parts: readonly Part[];
  /** Units between restarts; 0 without. */
  readonly restart: number;
  /** Which coefficients, and which bits of them, are in this scan. */
  readonly first: number;
  readonly last: number;
  readonly high: number;
  readonly low: number;
}

/** One scan of a JPEG (T.81, annexes F and G). Bytes that are missing throw. */
export class JpegScan {
  readonly #bytes: Buffer;
  readonly #options: ScanOptions;
  #at: number;
  #held = 0;
  #count = 0;
  /** Blocks that have nothing more to come. */
  #empty = 0;
  readonly #before = new Map<Component, number>();

  constructor(bytes: Buffer, from: number, options: ScanOptions) {
    this.#bytes = bytes;
    this.#at = from;
    this.#options = options;
  }

  async read(): Promise<void> {
    const { parts, restart } = this.#options;
    const [only] = parts;
    if (only === undefined) return;
    const isAlone = parts.length === 1;
    const { component } = only;
    const columns = isAlone ? component.ownColumns : component.columns / component.across;
    const rows = isAlone ? component.ownRows : component.rows / component.down;
    for (let unit = 0, row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1, unit += 1) {
        if (restart > 0 && unit > 0 && unit % restart === 0) this.#restart();
        if (isAlone) this.#block(only, row * component.columns + column);
        else this.#unit(row, column);
      }
      await pauseAt(row);
    }
  }

  /** Where the next marker is that begins something else. */
  end(): number {
    for (let at = this.#bytes.indexOf(0xff, this.#at); at >= 0; at = this.#bytes.indexOf(0xff, at + 1)) {
      const next = this.#bytes[at + 1] ?? 0xd9;
      if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
    }
    return this.#bytes.length;
  }

  #unit(row: number, column: number): void {
    for (const part of this.#options.parts) {
      const { across, down, columns } = part.component;
      for (let y = 0; y < down; y += 1)
        for (let x = 0; x < across; x += 1) this.#block(part, (row * down + y) * columns + column * across + x);
    }
  }

  #block(part: Part, index: number): void {
    const { isProgressive, first, high } = this.#options;
    if (!isProgressive) this.#sequential(part, index);
    else if (first === 0) this.#mean(part, index);
    else if (high === 0) this.#more(part, index);
    else this.#refined(part, index);
  }

  #sequential(part: Part, index: number): void {
    const { coefficients } = part.component;
    const { isCoarse } = this.#options;
    const start = isCoarse ? index : 64 * index;
    coefficients[start] = this.#difference(part);
    for (let at = 1; at < 64; at += 1) {
      const code = this.#code(part.ac);
      const size = code & 15;
      if (size === 0) {
        if (code !== 0xf0) return;
        at += 15;
        continue;
      }
      at += code >> 4;
      const value = this.#value(size);
      if (!isCoarse) coefficients[start + (ZIGZAG[Math.min(63, at)] ?? 0)] = value;
    }
  }

  #mean(part: Part, index: number): void {
    const { coefficients } = part.component;
    const { isCoarse, high, low } = this.#options;
    const start = isCoarse ? index : 64 * index;
    if (high === 0) coefficients[start] = this.#difference(part) << low;
    else coefficients[start] = (coefficients[start] ?? 0) | (this.#bit() << low);
  }

  /** The mean of a block is written as its difference to the one before. */
  #difference({ component, dc }: Part): number {
    const size = this.#code(dc);
    if (size > 15) throw new Error('a JPEG with a difference that is too large');
    const now = (this.#before.get(component) ?? 0) + this.#value(size);
    this.#before.set(component, now);
    return now;
  }

  #more({ component: { coefficients }, ac }: Part, index: number): void {
    if (this.#empty > 0) {
      this.#empty -= 1;
      return;
    }
    const { first, last, low } = this.#options;
    for (let at = first; at <= last; at += 1) {
      const code = this.#code(ac);
      const zeros = code >> 4;
      const size = code & 15;
      if (size === 0 && zeros < 15) {
        this.#empty = (1 << zeros) - 1 + this.#bits(zeros);
        return;
      }
      at += zeros;
      if (size > 0) coefficients[64 * index + (ZIGZAG[Math.min(63, at)] ?? 0)] = this.#value(size) << low;
    }
  }

  #refined({ component: { coefficients }, ac }: Part, index: number): void {
    const { first, last, low } = this.#options;
    const step = 1 << low;
    let at = first;
    const refine = (place: number): void => {
      const before = coefficients[place] ?? 0;
      if (this.#bit() === 1 && (before & step) === 0) coefficients[place] = before + (before < 0 ? -step : step);
    };
    for (; this.#empty === 0 && at <= last; at += 1) {
      const code = this.#code(ac);
      let zeros = code >> 4;
      const size = code & 15;
      if (size === 0 && zeros < 15) {
        this.#empty = (1 << zeros) + this.#bits(zeros);
        break;
      }
      const value = size === 0 ? 0 : this.#bit() === 1 ? step : -step;
      for (; at <= last; at += 1) {
        const place = 64 * index + (ZIGZAG[at] ?? 0);
        if ((coefficients[place] ?? 0) !== 0) refine(place);
        else if (zeros === 0) {
          coefficients[place] = value;
          break;
        } else zeros -= 1;
      }
    }
    if (this.#empty === 0) return;
    for (; at <= last; at += 1) {
      const place = 64 * index + (ZIGZAG[at] ?? 0);
      if ((coefficients[place] ?? 0) !== 0) refine(place);
    }
    this.#empty -= 1;
  }

  #restart(): void {
    [this.#held, this.#count, this.#empty] = [0, 0, 0];
    this.#before.clear();
    const at = this.#bytes.indexOf(0xff, this.#at);
    const marker = this.#bytes[at + 1] ?? 0;
    if (at < 0 || marker < 0xd0 || marker > 0xd7) throw new Error('a JPEG without a restart where one is due');
    this.#at = at + 2;
  }

  #code(table: HuffmanTable | undefined): number {
    if (table === undefined) throw new Error('a JPEG without a table that it names');
    const { counts, values } = table;
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 0; length < 16; length += 1) {
      code = (code << 1) | this.#bit();
      const count = counts[length] ?? 0;
      if (code - first < count) return values[index + code - first] ?? 0;
      index += count;
      first = (first + count) << 1;
    }
    throw new Error('a JPEG with a code that means nothing');
  }

  /** A number of so many bits; those that begin with 0 are negative (T.81, F.2.2.1). */
  #value(size: number): number {
    if (size === 0) return 0;
    const value = this.#bits(size);
    return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
  }

  #bits(count: number): number {
    let value = 0;
    for (let each = 0; each < count; each += 1) value = (value << 1) | this.#bit();
    return value;
  }

  #bit(): number {
    if (this.#count === 0) {
      const byte = this.#bytes[this.#at];
      const next = this.#bytes[this.#at + 1];
      if (byte === undefined || (byte === 0xff && next !== 0)) throw new Error('a JPEG that ends too early');
      this.#at += byte === 0xff ? 2 : 1;
      this.#held = byte;
      this.#count = 8;
    }
    this.#count -= 1;
    return (this.#held >> this.#count) & 1;
  }
}
