import { createHash } from 'node:crypto';

/** Reproducible choices: the same words of seed give the same choices in the same order (xorshift128). */
export class Random {
  readonly #state: Uint32Array;

  constructor(...seed: readonly (string | number)[]) {
    const digest = createHash('sha256').update(seed.join('/')).digest();
    this.#state = Uint32Array.from([0, 4, 8, 12], (at) => digest.readUInt32LE(at) | 1);
  }

  /** From 0 to `below` - 1. */
  int(below: number): number {
    return Math.floor((this.#next() / 2 ** 32) * below);
  }

  /** True once in `n` times. */
  oneIn(n: number): boolean {
    return this.int(n) === 0;
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[this.int(from.length)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (let at = 0; at < length; at += 1) bytes[at] = this.#next();
    return bytes;
  }

  #next(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#state;
    const t = a ^ (a << 11);
    this.#state.set([b, c, d, (d ^ (d >>> 19) ^ t ^ (t >>> 8)) >>> 0]);
    return this.#state[3] ?? 0;
  }
}
