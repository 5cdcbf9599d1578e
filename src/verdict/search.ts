/** How a needle was written that was found by decoding. */
type Coding = 'base64' | 'hex' | 'percent' | 'quoted-printable' | 'utf-16';

/** What a search found in one direction of one phase of one connection. */
export interface Found {
  readonly needle: string;
  readonly form: 'literal' | Coding;
}

/**
 * Looks for needles in a stream of bytes, as they pass: literally, inside every run of base64 (line breaks removed,
 * at each of the four alignments, so that a run may begin anywhere), also where that holds base64 again, and in hexadecimal (its bytes apart or not), percent-coded, quoted-printable and UTF-16 text. Linear in the bytes; keeps a bounded tail.
 * Call `end` when the stream ends.
 */
export class StreamSearch {
  readonly #needles: readonly string[];
  readonly #longest: number;
  #literalTail = '';
  #runs = '';
  #told: ReadonlySet<string> = new Set();
  #unsearched = 0;

  constructor(needles: readonly string[]) {
    this.#needles = needles;
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
    const seen = decodedNeedles(this.#runs, this.#needles);
    const found = seen.filter(({ needle }) => !this.#told.has(needle));
    this.#unsearched = 0;
    // No run has a space: only what follows the last one may go on.
    this.#runs = this.#runs.slice(Math.max(this.#runs.lastIndexOf(' ') + 1, this.#runs.length - PIECE));
    // The piece that is kept may hold what was told, together with the beginning of what was not.
    this.#told = new Set(
      seen.length === 0 ? [] : decodedNeedles(this.#runs, this.#needles).map(({ needle }) => needle),
    );
    return found;
  }
}

const decodedNeedles = (text: string, needles: readonly string[]): Found[] => {
  const found = new Map<string, Coding>();
  const look = (form: Coding, decoded: string): void => {
    for (const needle of needles) if (!found.has(needle) && decoded.includes(needle)) found.set(needle, form);
  };
  for (const [run] of text.matchAll(RUN)) {
    const letters = run.replace(/[\r\n=]/g, '');
    for (let skip = 0; skip < 4; skip++) {
      // A secret that ends the run may end in a group of two or three letters, whose padding is gone.
      const decoded = Buffer.from(letters.slice(skip), 'base64').toString('latin1');
      look('base64', decoded);
      // What is wrapped twice begins a group of its own inside.
      for (const [inner] of decoded.matchAll(LETTERS))
        for (let at = 0; at < 4; at++) look('base64', Buffer.from(inner.slice(at), 'base64').toString('latin1'));
      if (decoded.includes('\0')) look('base64', decoded.replaceAll('\0', ''));
    }
  }
  for (const [run] of text.matchAll(HEX_RUN))
    for (const skip of [0, 1]) look('hex', Buffer.from(run.slice(skip), 'hex').toString('latin1'));
  for (const [run] of text.length < SHORTEST_PAIRS ? [] : text.matchAll(PAIRS_RUN))
    look('hex', Buffer.from(run.replace(/[^0-9A-Fa-f]/g, ''), 'hex').toString('latin1'));
  for (const [run] of text.matchAll(PERCENT_RUN)) {
    const codes = /%([0-9A-Fa-f]{2})/g;
    const decoded = run.replace(codes, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
    // A needle that stands there literally was found without decoding.
    if (decoded !== run) look('percent', withoutNeedles(decoded, needles, run));
  }
  for (const [run] of text.matchAll(QUOTED_RUN)) {
    const codes = /=(?:([0-9A-Fa-f]{2})|\r?\n)/g;
    // RFC 2045 §6.7; a line end that an equals sign precedes is none.
    const decoded = run.replace(codes, (_, code?: string) =>
      code === undefined ? '' : String.fromCharCode(Number.parseInt(code, 16)),
    );
    if (decoded !== run) look('quoted-printable', withoutNeedles(decoded, needles, run));
  }
  for (const [run] of text.matchAll(UTF_16_RUN)) look('utf-16', run.replaceAll('\0', ''));
  return [...found].map(([needle, form]) => ({ needle, form }));
};

/** `decoded` without the needles that `raw` holds as they are. */
const withoutNeedles = (decoded: string, needles: readonly string[], raw: string): string =>
  needles.filter((needle) => raw.includes(needle)).reduce((text, needle) => text.replaceAll(needle, ' '), decoded);

/** A maximal run of base64 letters, folded or not; shorter ones can't hold a canary. */
const RUN = /[A-Za-z0-9+/](?:[A-Za-z0-9+/]|=?\r?\n(?=[A-Za-z0-9+/])){23,}={0,2}/g;
/** Twenty bytes in hexadecimal, or more. */
const HEX_RUN = /[0-9A-Fa-f]{40,}/g;
/** The same with a colon, space or dash between the bytes. */
const PAIRS_RUN = /[0-9A-Fa-f]{2}(?:[ :-][0-9A-Fa-f]{2}){19,}/g;
/** Characters of twenty such bytes. */
const SHORTEST_PAIRS = 59;
/** Base64 letters inside base64, enough for a canary. */
const LETTERS = /[A-Za-z0-9+/]{27,}/g;
/** Text that a URL may hold, long enough for a canary of which one letter is coded. */
const PERCENT_RUN = /[\w.~%+&=:;@/-]{22,}/g;
/** Text of visible characters, in lines that go on behind an equals sign, long enough for a canary. */
const QUOTED_RUN = /(?:=\r?\n|[!-~]){21,}/g;
/** ASCII text with a zero byte before or after each letter. */
const UTF_16_RUN = /(?:[!-~]\0){19,}[!-~]/g;
const PIECE = 1024;
