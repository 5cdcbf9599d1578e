import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Row } from './piece.js';

/** What one process needed at most. */
export interface Measured {
  /** MiB. */
  readonly rss: number;
  /** Milliseconds. */
  readonly block: number;
}

interface Stored {
  readonly seed: string;
  readonly rows: Readonly<Record<string, Row>>;
  readonly measured: Measured;
}

/** Keeps in a file how far a long run has come, so that another process can go on with it. */
export class Progress {
  readonly #file: string | undefined;
  #stored: Stored;

  /** Goes on with what the file says, if it is there and has the same seed; keeps nothing without a file. */
  constructor(file: string | undefined, seed: string) {
    this.#file = file;
    const known =
      file !== undefined && existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Stored) : undefined;
    this.#stored = known?.seed === seed ? known : { seed, rows: {}, measured: { rss: 0, block: 0 } };
  }

  /** A row as far as it has come: its first attempts. */
  of(row: string): Row | undefined {
    return this.#stored.rows[row];
  }

  /** What was needed at most, with what this process has needed until now. */
  with({ rss, block }: Measured): Measured {
    const { measured } = this.#stored;
    return { rss: Math.max(measured.rss, rss), block: Math.max(measured.block, block) };
  }

  keep(row: Row, measured: Measured): void {
    this.#stored = {
      ...this.#stored,
      rows: { ...this.#stored.rows, [row.name]: row },
      measured: this.with(measured),
    };
    if (this.#file === undefined) return;
    writeFileSync(`${this.#file}.new`, `${JSON.stringify(this.#stored, undefined, 2)}\n`);
    renameSync(`${this.#file}.new`, this.#file);
  }
}
