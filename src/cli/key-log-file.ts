import { chmodSync, closeSync, openSync, writeSync } from 'node:fs';
import { Fault } from '../fault.js';
import { escaped } from '../report/escape.js';
import { reason } from './files.js';

/** A file that TLS secrets are added to as they come, in the format of SSLKEYLOGFILE; only its owner may read it. */
export class KeyLogFile implements Disposable {
  readonly #path: string;
  readonly #descriptor: number;
  #isFailed = false;

  /** Throws `BAD_USAGE` for a file that cannot be written. */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#descriptor = openSync(path, 'a', 0o600);
    } catch (error) {
      throw new Fault('BAD_USAGE', `the key log ${JSON.stringify(path)} could not be written: ${reason(error)}`);
    }
    try {
      chmodSync(path, 0o600);
    } catch {
      // A pipe, or a file of somebody else who lets us write.
    }
  }

  /** Adds a line; a disk that is full is told once, and ends nothing. */
  add(line: string): void {
    if (this.#isFailed) return;
    try {
      writeSync(this.#descriptor, `${line}\n`);
    } catch (error) {
      this.#isFailed = true;
      process.stderr.write(
        `waxseal: the key log ${escaped(JSON.stringify(this.#path))} could not be written any more: ${reason(error)}\n`,
      );
    }
  }

  [Symbol.dispose](): void {
    this.#isFailed = true;
    closeSync(this.#descriptor);
  }
}
