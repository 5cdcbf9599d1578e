import { escaped } from '../escape.js';

/** Markup that is safe to stand in a page: made by `html` only. */
export class Markup {
  readonly #text: string;

  constructor(text: string, key: typeof KEY) {
    if (key !== KEY) throw new TypeError('markup is made by html`…` only');
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** Only this file can make markup out of text. */
const KEY: unique symbol = Symbol('markup');

/** What may stand between pieces of markup; `undefined` and `false` are nothing. */
export type Part = Markup | string | number | undefined | false | readonly Part[];

/**
 * A template of markup. Every text that is put into it is escaped, for elements and for attributes in double quotes alike: what a peer
 * said cannot become markup, reorder or hide text, or end an attribute.
 */
export const html = (pieces: TemplateStringsArray, ...parts: readonly Part[]): Markup =>
  new Markup(
    withoutIndents(pieces)
      .map((piece, index) => `${piece}${written(parts[index])}`)
      .join(''),
    KEY,
  );

/** A style sheet or script of ours as an element; exactly this text is what its hash is of. */
export const embedded = (tag: 'style' | 'script', source: string): Markup => {
  if (/<\/|<!--/.test(source)) throw new TypeError('an embedded source must not contain "</" or "<!--"');
  return new Markup(`<${tag}>${source}</${tag}>`, KEY);
};

/** The indents of our source files are no part of the page. */
const withoutIndents = (pieces: TemplateStringsArray): readonly string[] => {
  const known = PIECES.get(pieces) ?? pieces.map((piece) => piece.replace(/\n\s+/g, '\n'));
  PIECES.set(pieces, known);
  return known;
};

const PIECES = new WeakMap<TemplateStringsArray, readonly string[]>();

const written = (part: Part): string => {
  if (part === undefined || part === false) return '';
  if (part instanceof Markup) return part.toString();
  if (typeof part === 'number') return String(part);
  if (typeof part === 'string')
    return escaped(part)
      .replace(/[\ufffe\uffff]/g, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`)
      .replace(/[&<>"'`]/g, (character) => `&#${String(character.charCodeAt(0))};`);
  return part.map(written).join('');
};
