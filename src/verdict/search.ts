import { AlteredWords } from './altered-words.js';
import { decodedNeedles, type Coding, type Wanted } from './codings.js';
import { digestsOf } from './password-digests.js';

/** What a search found in one direction of one phase of one connection. */
export interface Found {
  readonly needle: string;
  readonly form: 'literal' | Coding;
}

/**
 * Looks for needles in a stream of bytes, as they pass: literally, inside every run of base64 (line breaks removed,
 * at each of the four alignments, so that a run may begin anywhere), also where that holds base64 again, in every other
 * coding of `codings.ts`, and digests of secrets. Linear in the bytes; keeps a bounded tail.
 * Call `end` when the stream ends.
 */
export class StreamSearch {
  readonly #needles: readonly string[];
  readonly #wanted: Wanted;
  readonly #longest: number;
  #literalTail = '';
  #runs = '';
  #told: ReadonlySet<string> = new Set();
  #unsearched = 0;

  /** Of `secrets`, digests without a challenge are looked for too: such a one is guessed offline, or as good as the secret. */
  constructor(needles: readonly string[], secrets: readonly string[] = []) {
    this.#needles = needles;
    // Made once something may hold them.
    let digests: ReadonlyMap<string, string> | undefined;
    let altered: AlteredWords | undefined;
    this.#wanted = {
      needles,
      ofDigest: (hex) => (digests ??= digestsOf(secrets)).get(hex),
      altered: () => (altered ??= new AlteredWords(needles)),
    };
    this.#longest = Math.max(1, ...needles.map((needle) => needle.length));
  }

  /** Needles that `bytes` complete. */
  push(bytes: Uint8Array): Found[] {
    const chunk = Buffer.from(bytes).toString('latin1');
    const text = this.#literalTail + chunk;
    const found: Found[] = this.#needles
      .filter((needle) => text.includes(needle))
      .map((needle) => ({ needle, form: 'literal' }));
    // What was found is not found again, but another needle may have begun behind it.
    const behind = Math.max(0, ...found.map(({ needle }) => text.lastIndexOf(needle) + needle.length));
    this.#literalTail = text.slice(Math.max(behind, text.length - this.#longest + 1));
    this.#runs += chunk;
    this.#unsearched += chunk.length;
    // Decoding waits for a line end or a good piece, so that tiny segments cost no more than large ones.
    if (this.#unsearched >= PIECE || chunk.includes('\n')) found.push(...this.#searchRuns());
    return found;
  }

  /** Needles in what was still waiting for the end of a run. */
  end(): Found[] {
    return this.#unsearched > 0 ? this.#searchRuns() : [];
  }

  #searchRuns(): Found[] {
    const seen = decodedNeedles(this.#runs, this.#wanted);
    const found = seen.filter(({ needle }) => !this.#told.has(needle));
    this.#unsearched = 0;
    // No run has a space: only what follows the last one may go on.
    this.#runs = this.#runs.slice(Math.max(this.#runs.lastIndexOf(' ') + 1, this.#runs.length - PIECE));
    // The piece that is kept may hold what was told, together with the beginning of what was not.
    this.#told = new Set(seen.length === 0 ? [] : decodedNeedles(this.#runs, this.#wanted).map(({ needle }) => needle));
    return found;
  }
}

const PIECE = 1024;
