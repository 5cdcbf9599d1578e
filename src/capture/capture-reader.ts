import { Fault } from '../fault.js';
import { printable } from '../wire/printable.js';

/** One captured frame. */
export interface Frame {
  /** LINKTYPE_ number of the interface that it was captured on. */
  readonly link: number;
  /** Milliseconds since 1970, with a fraction; 0 where the file says no time. */
  readonly at: number;
  /** What was captured of it; a view, valid until the next push. */
  readonly bytes: Buffer;
  /** Bytes of it on the wire. */
  readonly length: number;
}

/** Told what a capture file holds. */
export interface CaptureListener {
  readonly frame: (frame: Frame) => void;
  /** The text of a Decryption Secrets Block, in the format of SSLKEYLOGFILE. */
  readonly keylog?: (text: string) => void;
}

interface Interface {
  readonly link: number;
  /** Units of its time stamps in a millisecond. */
  readonly unitsPerMs: number;
  /** Milliseconds that its time stamps are late by. */
  readonly offset: number;
  readonly snap: number;
}

/**
 * Reads a capture file piece by piece: classic pcap (both byte orders, microseconds or nanoseconds) and pcapng. Memory is bounded by
 * the largest block. Throws `CORRUPT_RECORDING` that says what is wrong, in one line; what came before was told.
 */
export class CaptureReader {
  readonly #name: string;
  readonly #to: CaptureListener;
  #buffer: Buffer = Buffer.alloc(0);
  /** Offset of the buffer in the file. */
  #offset = 0;
  #kind: 'unknown' | 'pcap' | 'pcapng' = 'unknown';
  #isLittle = true;
  #classic: Interface | undefined;
  #interfaces: Interface[] = [];
  /** Bytes of a block that nobody wants, still to come. */
  #skip = 0;

  /** `name` is the file's, for messages. */
  constructor(name: string, to: CaptureListener) {
    this.#name = name;
    this.#to = to;
  }

  /** Takes the next bytes of the file. */
  push(bytes: Buffer): void {
    const skipped = Math.min(this.#skip, bytes.length);
    this.#skip -= skipped;
    this.#offset += skipped;
    const rest = bytes.subarray(skipped);
    if (rest.length === 0) return;
    this.#buffer = this.#buffer.length === 0 ? rest : Buffer.concat([this.#buffer, rest]);
    let at = 0;
    for (let taken = this.#take(at); taken > 0; taken = this.#take(at)) at += taken;
    const over = at - this.#buffer.length;
    if (over > 0) this.#skip = over;
    this.#offset += Math.min(at, this.#buffer.length);
    // A copy: the rest must not hold the whole piece.
    this.#buffer = Buffer.from(this.#buffer.subarray(Math.min(at, this.#buffer.length)));
  }

  /** The file is over; throws where it ends in the middle of something. */
  end(): void {
    if (this.#kind === 'unknown') throw this.#corrupt(this.#buffer.length === 0 ? 'it is empty' : NOT_A_CAPTURE);
    if (this.#buffer.length > 0 || this.#skip > 0)
      throw this.#corrupt('it ends in the middle of a packet; what came before was judged');
  }

  /** Bytes that one element at `at` takes; 0 where more must come. */
  #take(at: number): number {
    if (this.#kind === 'unknown') return this.#begin(at);
    return this.#kind === 'pcap' ? this.#record(at) : this.#block(at);
  }

  #begin(at: number): number {
    if (this.#buffer.length - at < 4) return 0;
    const magic = this.#buffer.readUInt32BE(at);
    if (magic === SECTION) {
      this.#kind = 'pcapng';
      return this.#block(at);
    }
    const form = CLASSIC.get(magic);
    if (form === undefined)
      throw this.#corrupt(magic >>> 16 === 0x1f8b ? 'it is compressed; run gunzip on it first' : NOT_A_CAPTURE);
    if (this.#buffer.length - at < CLASSIC_HEADER) return 0;
    this.#isLittle = form.isLittle;
    this.#kind = 'pcap';
    const snap = this.#u32(at + 16);
    // The upper bits tell about checksums of frames.
    this.#classic = { link: this.#u32(at + 20) & 0x0fff_ffff, unitsPerMs: form.unitsPerMs, offset: 0, snap };
    return CLASSIC_HEADER;
  }

  #record(at: number): number {
    if (this.#classic === undefined || this.#buffer.length - at < RECORD_HEADER) return 0;
    const captured = this.#u32(at + 8);
    if (captured > LARGEST_FRAME) throw this.#corrupt(`a packet claims ${String(captured)} bytes`, at);
    if (this.#buffer.length - at < RECORD_HEADER + captured) return 0;
    const { link, unitsPerMs } = this.#classic;
    this.#to.frame({
      link,
      at: this.#u32(at) * 1000 + this.#u32(at + 4) / unitsPerMs,
      bytes: this.#buffer.subarray(at + RECORD_HEADER, at + RECORD_HEADER + captured),
      length: Math.max(captured, this.#u32(at + 12)),
    });
    return RECORD_HEADER + captured;
  }

  #block(at: number): number {
    const left = this.#buffer.length - at;
    if (left < BLOCK_HEADER) return 0;
    if (this.#buffer.readUInt32BE(at) === SECTION) {
      if (left < BLOCK_HEADER + 4) return 0;
      const order = this.#buffer.readUInt32BE(at + 8);
      if (order !== 0x1a2b_3c4d && order !== 0x4d3c_2b1a) throw this.#corrupt('a section has no byte order', at);
      this.#isLittle = order === 0x4d3c_2b1a;
      this.#interfaces = [];
    }
    const type = this.#u32(at);
    const length = this.#u32(at + 4);
    if (length < BLOCK_HEADER + 4 || length % 4 !== 0)
      throw this.#corrupt(`a block claims ${String(length)} bytes`, at);
    if (length > LARGEST_BLOCK) {
      if (BLOCKS.has(type)) throw this.#corrupt(`a block claims ${String(length)} bytes`, at);
      return length;
    }
    if (left < length) return 0;
    if (this.#u32(at + length - 4) !== length) throw this.#corrupt('the two lengths of a block differ', at);
    this.#read(type, this.#buffer.subarray(at + BLOCK_HEADER, at + length - 4), at);
    return length;
  }

  #read(type: number, body: Buffer, at: number): void {
    switch (type) {
      case INTERFACE:
        if (this.#interfaces.length === MOST_INTERFACES)
          throw this.#corrupt(`it has more than ${String(MOST_INTERFACES)} interfaces`, at);
        this.#interfaces.push(this.#interface(body, at));
        return;
      case ENHANCED:
        this.#enhanced(body, at);
        return;
      case SIMPLE: {
        const [first] = this.#interfaces;
        if (first === undefined || body.length < 4) throw this.#corrupt('a packet has no interface', at);
        const length = this.#u32In(body, 0);
        const captured = Math.min(length, first.snap === 0 ? length : first.snap, body.length - 4);
        this.#to.frame({ link: first.link, at: 0, bytes: body.subarray(4, 4 + captured), length });
        return;
      }
      case SECRETS:
        if (body.length < 8) throw this.#corrupt('a block of secrets is cut off', at);
        if (this.#u32In(body, 0) === TLS_KEY_LOG)
          this.#to.keylog?.(body.toString('latin1', 8, 8 + Math.min(this.#u32In(body, 4), body.length - 8)));
        return;
      default:
    }
  }

  #enhanced(body: Buffer, at: number): void {
    if (body.length < 20) throw this.#corrupt('a packet is cut off', at);
    const from = this.#interfaces[this.#u32In(body, 0)];
    if (from === undefined) throw this.#corrupt('a packet names an interface that is not there', at);
    const captured = this.#u32In(body, 12);
    if (captured > body.length - 20) throw this.#corrupt(`a packet claims ${String(captured)} bytes`, at);
    const units = this.#u32In(body, 4) * 2 ** 32 + this.#u32In(body, 8);
    this.#to.frame({
      link: from.link,
      at: units / from.unitsPerMs + from.offset,
      bytes: body.subarray(20, 20 + captured),
      length: Math.max(captured, this.#u32In(body, 16)),
    });
  }

  #interface(body: Buffer, at: number): Interface {
    if (body.length < 8) throw this.#corrupt('the description of an interface is cut off', at);
    let unitsPerMs = 1000;
    let offset = 0;
    for (let next = 8; next + 4 <= body.length;) {
      const code = this.#u16In(body, next);
      const length = this.#u16In(body, next + 2);
      const value = body.subarray(next + 4, next + 4 + length);
      if (code === 0) break;
      const [resolution] = value;
      if (code === RESOLUTION && resolution !== undefined)
        unitsPerMs = (resolution & 0x80) === 0 ? 10 ** resolution / 1000 : 2 ** (resolution & 0x7f) / 1000;
      if (code === OFFSET && value.length === 8)
        offset = Number(this.#isLittle ? value.readBigInt64LE() : value.readBigInt64BE()) * 1000;
      next += 4 + Math.ceil(length / 4) * 4;
    }
    return { link: this.#u16In(body, 0), unitsPerMs, offset, snap: this.#u32In(body, 4) };
  }

  #u32(at: number): number {
    return this.#u32In(this.#buffer, at);
  }

  #u32In(bytes: Buffer, at: number): number {
    return this.#isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
  }

  #u16In(bytes: Buffer, at: number): number {
    return this.#isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
  }

  #corrupt(what: string, at?: number): Fault {
    const where = at === undefined ? '' : ` (at byte ${String(this.#offset + at)})`;
    return new Fault('CORRUPT_RECORDING', `${printable(this.#name)} cannot be read as a capture: ${what}${where}`);
  }
}

/** Whether a file begins as a capture does: pcap, pcapng, or one that is compressed. */
export const isCapture = (beginning: Buffer): boolean => {
  if (beginning.length < 4) return false;
  const magic = beginning.readUInt32BE(0);
  return magic === SECTION || CLASSIC.has(magic) || magic >>> 16 === 0x1f8b;
};

const NOT_A_CAPTURE = 'it is neither pcap nor pcapng';

/** By the first four bytes as they stand in the file; the last two are of patched and nanosecond writers. */
const CLASSIC: ReadonlyMap<number, { readonly isLittle: boolean; readonly unitsPerMs: number }> = new Map([
  [0xa1b2_c3d4, { isLittle: false, unitsPerMs: 1000 }],
  [0xd4c3_b2a1, { isLittle: true, unitsPerMs: 1000 }],
  [0xa1b2_3c4d, { isLittle: false, unitsPerMs: 1_000_000 }],
  [0x4d3c_b2a1, { isLittle: true, unitsPerMs: 1_000_000 }],
]);

const CLASSIC_HEADER = 24;
const RECORD_HEADER = 16;
const BLOCK_HEADER = 8;
const SECTION = 0x0a0d_0d0a;
const INTERFACE = 1;
const SIMPLE = 3;
const ENHANCED = 6;
const SECRETS = 10;
const BLOCKS: ReadonlySet<number> = new Set([SECTION, INTERFACE, SIMPLE, ENHANCED, SECRETS]);
/** `TLSK`. */
const TLS_KEY_LOG = 0x544c_534b;
const RESOLUTION = 9;
const OFFSET = 14;
const MOST_INTERFACES = 10_000;
/** Bytes; segmentation offload makes frames of 64 KiB, and of more with big TCP. */
const LARGEST_FRAME = 1024 * 1024;
const LARGEST_BLOCK = 16 * 1024 * 1024;
