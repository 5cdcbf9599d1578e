import { Fault } from '../fault.js';

/** What is typed when a client asks for something. */
export interface Answer {
  /** Looked for in what the client wrote since the last answer. */
  readonly pattern: RegExp;
  /** With placeholders; Enter is typed after it unless it ends in `\c`. */
  readonly text: string;
}

/** Reads `pattern=text`; the pattern is a regular expression without `=`, whatever its case. Throws `BAD_USAGE`. */
export const answerOf = (pair: string): Answer => {
  const [, pattern, text] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
  if (pattern === undefined || text === undefined)
    throw new Fault(
      'BAD_USAGE',
      `--answer needs PATTERN=TEXT, not ${JSON.stringify(pair)}; example: --answer 'password:={password}'`,
    );
  try {
    return { pattern: new RegExp(pattern, 'i'), text };
  } catch (error) {
    throw new Fault(
      'BAD_USAGE',
      `--answer ${JSON.stringify(pair)}: ${JSON.stringify(pattern)} is not a regular expression (${error instanceof Error ? error.message : String(error)})`,
    );
  }
};

/**
 * The keys of an answer: `\e` is Escape, `\t` Tab, `\r` Enter, `\xHH` a byte; Enter comes last unless the text ends in `\c`. Without a
 * terminal Enter is a line feed, since nobody translates it.
 */
export const keysOf = (text: string, terminal = true): string => {
  const [, typed = text, open] = /^(.*?)(\\c)?$/s.exec(text) ?? [];
  const keys = typed.replace(/\\(?:x([0-9a-fA-F]{2})|([etr\\]))/g, (_whole, code?: string, letter?: string) =>
    code !== undefined ? String.fromCharCode(parseInt(code, 16)) : (KEYS[letter ?? ''] ?? ''),
  );
  return open === undefined ? `${keys}${terminal ? '\r' : '\n'}` : keys;
};

/** Reads what a client writes, and finds what to type. */
export class Prompts {
  readonly #answers: readonly Answer[];
  readonly #given = new Map<Answer, number>();
  #unread = '';

  constructor(answers: readonly Answer[]) {
    this.#answers = answers;
  }

  /** The texts of answers to what was written, in order; what was answered once is not read again. */
  read(output: string): string[] {
    this.#unread = `${this.#unread}${output}`.replace(CONTROL_SEQUENCES, '');
    const texts: string[] = [];
    for (;;) {
      const [first] = this.#answers
        .filter((answer) => (this.#given.get(answer) ?? 0) < MOST)
        .flatMap((answer) => {
          const found = answer.pattern.exec(this.#unread);
          return found === null || found[0] === '' ? [] : [{ answer, end: found.index + found[0].length }];
        })
        .sort((a, b) => a.end - b.end);
      if (first === undefined) break;
      this.#given.set(first.answer, (this.#given.get(first.answer) ?? 0) + 1);
      this.#unread = this.#unread.slice(first.end);
      texts.push(first.answer.text);
    }
    this.#unread = this.#unread.slice(-LONGEST);
    return texts;
  }
}

const KEYS: Readonly<Record<string, string>> = { e: '\u001b', t: '\t', r: '\r', '\\': '\\' };

/** A program that draws its screen anew shows the same words again, and must not be answered for ever. */
const MOST = 20;
/** Characters of output in which a prompt is looked for. */
const LONGEST = 4096;
// ECMA-48: what moves the cursor and colours is no text.
const CONTROL_SEQUENCES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[ -/]*[0-Z\\^-~])/g;
