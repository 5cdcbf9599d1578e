import { Fault } from '../fault.js';

/** How deep elements nest; the parser’s work grows with the square of it, so that a limit throws `CORRUPT_RECORDING`. */
export class Depth {
  #depth = 0;

  down(): void {
    this.#depth += 1;
    if (this.#depth > DEEPEST)
      throw new Fault('CORRUPT_RECORDING', `its elements nest deeper than ${String(DEEPEST)} levels`);
  }

  up(): void {
    this.#depth -= 1;
  }
}

const DEEPEST = 1000;
