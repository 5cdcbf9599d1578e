import { commandLines } from './command-lines.js';

/** Folded at spaces into lines of at most `columns`, from the second on `indent` less; a longer word (a password, a path) is never broken. */
export const wrapped = (text: string, columns: number, indent = 0): string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns - (lines.length > 0 ? indent : 0)) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].filter((each) => each !== '');
};

/** A label and its text beside it, folded under the text's first column. */
export const labelled = (label: string, text: string, style: LabelStyle): string[] =>
  beside(label, wrapped(text, roomOf(style)), style);

/** A label and a command line beside it, folded so that it runs as it is copied. */
export const labelledCommand = (label: string, command: string, style: LabelStyle): string[] =>
  beside(label, commandLines(command, roomOf(style)), style);

const roomOf = ({ width, indent = 2, column = 10 }: LabelStyle): number => Math.max(20, width - indent - column);

const beside = (label: string, lines: readonly string[], { indent = 2, column = 10 }: LabelStyle): string[] =>
  lines.map((line, index) => `${' '.repeat(indent)}${(index === 0 ? label : '').padEnd(column)}${line}`);

export interface LabelStyle {
  /** Columns. */
  readonly width: number;
  /** Columns before the label. */
  readonly indent?: number;
  /** Columns of the label. */
  readonly column?: number;
}

/** Cut to a number of columns, with an ellipsis. */
export const cut = (text: string, columns: number): string =>
  text.length <= columns ? text : `${text.slice(0, Math.max(1, columns - 1))}…`;

/** Cut to a number of columns so that what matters stays: ellipses where something is left out. */
export const cutAround = (text: string, columns: number, part: string): string => {
  if (text.length <= columns) return text;
  const at = text.indexOf(part);
  if (at === -1 || at + Math.min(part.length, columns) < columns) return cut(text, columns);
  const from = Math.max(0, Math.min(at - 2, text.length - columns + 1));
  return `…${cut(text.slice(from), columns - 1)}`;
};

/** `1 case`, `3 cases`. */
export const counted = (count: number, noun: string): string => `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
