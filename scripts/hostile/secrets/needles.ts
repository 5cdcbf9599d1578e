import { createHash } from 'node:crypto';
import { PIECE, Windows } from './windows.js';

/** A password that something is searched for, and what makes it hard. */
export interface Needle {
  readonly name: string;
  readonly user: string;
  readonly password: string;
}

/**
 * Searches what was written for passwords: whole and in pieces of eight characters; in clear, in base64 at every alignment
 * (also URL-safe), in hexadecimal, percent-coded, in UTF-16, and quoted for IMAP, JSON, C, XML or a shell.
 */
export class SecretSearch {
  readonly #pieces = new Windows();
  /** Digests of the texts in which nothing of what is sought stands. */
  readonly #clean = new Set<string>();

  /** `words` may be in anything: pieces of a password that stand in them tell nothing. */
  constructor(words: string) {
    this.#words = flat(words);
  }
  readonly #words: string;

  /** Seeks a password; of one that is made of words, only the login around it. */
  add({ name, user, password }: Needle): void {
    const what = `${password.slice(0, 60)} (${name})`;
    for (const text of [password, latin1(password)]) {
      const bare = flat(text);
      if (this.#words.includes(bare)) {
        for (const between of [' ', '\0', ' "', '" "', '":"'])
          this.#pieces.add(flat(`${user}${between}${text}`), `the login with ${what}`);
        this.#clean.clear();
        continue;
      }
      // A line end after the user name, quoted, reads like two letters more.
      this.#slice(bare, what, `${flat(user)}rn`);
    }
  }

  /** Seeks what can be cracked offline, such as a digest. */
  addDigest(text: string): void {
    this.#slice(flat(text), `the digest ${text}`, '');
  }

  /** The first secret that stands in a text, and around what; the same text is searched once. */
  found(text: string): string | undefined {
    const digest = createHash('sha1').update(text).digest('base64');
    if (this.#clean.has(digest)) return undefined;
    for (const [form, shown] of forms(text)) {
      const found = this.#pieces.in(shown);
      if (found === undefined) continue;
      const around = shown.slice(Math.max(0, found.at - 60), found.at + 60);
      return `${JSON.stringify(found.what)} ${form}: ${JSON.stringify(around)}`;
    }
    this.#clean.add(digest);
    return undefined;
  }

  #slice(text: string, what: string, user: string): void {
    this.#clean.clear();
    for (let at = 0; at + PIECE <= text.length; at += 1) {
      const piece = text.slice(at, at + PIECE);
      if (!user.includes(piece) && !this.#words.includes(piece)) this.#pieces.add(piece, what);
    }
  }
}

/** Everything that a text may stand for; quoting is taken away from it, as it is from what is sought. */
const forms = function* (text: string): Generator<readonly [form: string, shown: string]> {
  yield ['in clear', flat(text)];
  yield ['quoted', flat(unescaped(text))];
  const wide = text.replaceAll(/\\u0000|\\x00|\0/g, '');
  if (wide !== text) yield ['in UTF-16', flat(wide)];
  if (/[%=][0-9A-Fa-f]{2}/.test(text)) yield ['percent-coded', flat(unpercented(text))];
  for (const [run] of text.matchAll(/[0-9A-Fa-f]{16,}/g))
    for (const skip of [0, 1]) yield ['in hexadecimal', flat(Buffer.from(run.slice(skip), 'hex').toString('latin1'))];
  for (const [run] of text.matchAll(/(?:[A-Za-z0-9+/_-]|\\r|\\n|[\r\n]){11,}/g)) {
    const letters = run
      .replaceAll(/\\[rn]|[\r\n]/g, '')
      .replaceAll('-', '+')
      .replaceAll('_', '/');
    for (let skip = 0; skip < 4; skip += 1) {
      const decoded = Buffer.from(letters.slice(skip), 'base64').toString('latin1');
      yield ['in base64', flat(decoded)];
      if (decoded.includes('\0')) yield ['in base64 of UTF-16', flat(decoded.replaceAll('\0', ''))];
    }
  }
};

const flat = (text: string): string => text.replaceAll('\\', '').toLowerCase();
const latin1 = (text: string): string => Buffer.from(text).toString('latin1');

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const unescaped = (text: string): string =>
  text
    .replaceAll(
      /\\+u([0-9A-Fa-f]{4})|\\+x([0-9A-Fa-f]{2})|\\+u\{([0-9A-Fa-f]+)\}/g,
      (_, ...codes: (string | undefined)[]) =>
        String.fromCodePoint(
          Number.parseInt(codes.slice(0, 3).find((code) => code !== undefined) ?? '0', 16) % 0x11_0000,
        ),
    )
    .replaceAll(/&#(?:x([0-9A-Fa-f]+)|(\d+));/g, (_, hex?: string, decimal?: string) =>
      String.fromCodePoint((hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)) % 0x11_0000),
    )
    .replaceAll(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name] ?? '')
    .replaceAll(`'\\''`, "'");

const unpercented = (text: string): string =>
  text
    .replaceAll('+', ' ')
    .replaceAll(/[%=]([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
