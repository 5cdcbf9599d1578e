import { Parser } from 'htmlparser2';
import type { Block } from './block.js';
import { Depth } from './depth.js';
import { lineCounter } from './line-counter.js';

/** The blocks of a web page: what its reader sees, form fields with their values. */
export const htmlBlocks = (html: string): Block[] => {
  const page = new PageReader(html);
  const depth = new Depth();
  const parser = new Parser(
    {
      onopentag: (name, attributes) => {
        depth.down();
        page.opened(name, attributes, parser.startIndex);
      },
      onclosetag: (name) => {
        depth.up();
        page.closed(name);
      },
      ontext: (text) => {
        page.read(text, parser.startIndex);
      },
    },
    { decodeEntities: true, lowerCaseTags: true },
  );
  parser.write(html);
  parser.end();
  return page.finished();
};

class PageReader {
  readonly #blocks: Block[] = [];
  readonly #lineAt: (index: number) => number;
  #text = '';
  #breaks: { at: number; line: number }[] = [];
  #line = 1;
  #part = 0;
  #kind: 'heading' | 'line' = 'line';
  /** Open elements whose text nobody sees. */
  #hidden = 0;
  #pre = 0;
  /** A term whose description follows. */
  #term: string | undefined;
  #row: { readonly line: number; readonly cells: string[] } | undefined;
  #cell: string[] | undefined;
  #optionIsChosen = true;

  constructor(html: string) {
    this.#lineAt = lineCounter(html);
  }

  opened(name: string, attributes: Readonly<Record<string, string>>, index: number): void {
    if (HIDDEN.has(name)) this.#hidden += 1;
    if (this.#hidden > 0) return;
    if (name === 'option') this.#optionIsChosen = 'selected' in attributes;
    if (name === 'input' && VISIBLE_INPUTS.has(attributes['type'] ?? 'text') && attributes['value'] !== undefined)
      this.read(` ${attributes['value']} `, index);
    if (!BLOCKS.has(name)) return;
    this.#flush();
    if (name === 'table') this.#part += 1;
    if (name === 'pre') this.#pre += 1;
    if (name === 'tr') this.#row = { line: this.#lineAt(index), cells: [] };
    if ((name === 'td' || name === 'th') && this.#row !== undefined) this.#cell = [];
    if (/^h[1-6]$/.test(name) || name === 'caption' || name === 'summary') this.#kind = 'heading';
  }

  closed(name: string): void {
    if (HIDDEN.has(name)) this.#hidden = Math.max(0, this.#hidden - 1);
    if (this.#hidden > 0) return;
    if (name === 'option' || name === 'select') this.#optionIsChosen = true;
    if (!BLOCKS.has(name)) return;
    if (name === 'dt') {
      this.#term = this.#text.trim().replace(/:$/, '');
      [this.#text, this.#breaks] = ['', []];
      return;
    }
    this.#flush();
    this.#kind = 'line';
    if (name === 'pre') this.#pre = Math.max(0, this.#pre - 1);
    if ((name === 'td' || name === 'th') && this.#cell !== undefined) {
      this.#row?.cells.push(this.#cell.join('; '));
      this.#cell = undefined;
    }
    if (name === 'tr' && this.#row !== undefined) {
      const { line, cells } = this.#row;
      this.#row = undefined;
      if (cells.some((cell) => cell !== ''))
        this.#blocks.push({ kind: 'row', line, text: cells.join(' | '), cells, part: this.#part });
    }
    if (name === 'table') this.#part += 1;
  }

  read(text: string, index: number): void {
    if (this.#hidden > 0 || !this.#optionIsChosen) return;
    if (this.#pre > 0) {
      const from = this.#lineAt(index);
      for (const [at, each] of text.split('\n').entries()) {
        if (at > 0) this.#flush();
        this.#add(each, from + at);
      }
    } else {
      const from = this.#lineAt(index);
      for (const [at, each] of text.split('\n').entries()) this.#add(at > 0 ? ` ${each}` : each, from + at);
    }
  }

  finished(): Block[] {
    this.#flush();
    return this.#blocks;
  }

  #add(text: string, line: number): void {
    const plain = text.replace(/\s+/g, ' ');
    const isFirst = this.#text.trim() === '';
    if (isFirst) [this.#line, this.#text, this.#breaks] = [line, '', []];
    if (this.#text.length >= LONGEST_BLOCK) return;
    const added = this.#text === '' || this.#text.endsWith(' ') ? plain.trimStart() : plain;
    if (!isFirst && added !== '' && line !== (this.#breaks.at(-1)?.line ?? this.#line))
      this.#breaks.push({ at: this.#text.length, line });
    this.#text += added;
  }

  #flush(): void {
    const text = this.#text.trim();
    const breaks = this.#breaks;
    [this.#text, this.#breaks] = ['', []];
    if (text === '') return;
    if (this.#cell !== undefined) {
      this.#cell.push(text);
      return;
    }
    this.#part += 1;
    const term = this.#term;
    this.#term = undefined;
    this.#blocks.push({
      kind: this.#kind,
      line: this.#line,
      text: term === undefined ? text : `${term}: ${text}`,
      ...(term === undefined && breaks.length > 0 && { breaks }),
      part: this.#part,
      ...(this.#pre > 0 && { isCode: true as const }),
    });
  }
}

const HIDDEN: ReadonlySet<string> = new Set('script style noscript template svg head iframe object'.split(' '));
const VISIBLE_INPUTS: ReadonlySet<string> = new Set(['text', 'number', 'url', 'email']);
const BLOCKS: ReadonlySet<string> = new Set(
  'address article aside blockquote br caption dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr legend li main nav ol p pre section summary table tbody td tfoot th thead tr ul'.split(
    ' ',
  ),
);
const LONGEST_BLOCK = 20_000;
