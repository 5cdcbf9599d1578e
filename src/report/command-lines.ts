/**
 * A command line of a POSIX shell in lines of at most `columns` that run as they are copied: folded at option borders with ` \`, and
 * behind `|` and `;`. A word, a quoted text, or an option and its value is never broken, however long.
 */
export const commandLines = (command: string, columns: number): string[] => {
  if (command.length <= columns) return [command];
  const lines: string[] = [];
  let line = '';
  for (const part of partsOf(command)) {
    const longer = line === '' ? part : `${line} ${part}`;
    if (line !== '' && folded(longer).length > columns) {
      lines.push(folded(line));
      line = `${INDENT}${part}`;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
};

/** What stays in one line: a command with its first word, an option with its value, a pipe sign with what comes before it. */
const partsOf = (command: string): string[] => {
  const parts: string[] = [];
  let place = 0;
  let before = '';
  for (const [word] of command.matchAll(WORD)) {
    const isValue = place === 1 || (before.startsWith('-') && !word.startsWith('-'));
    if (isValue || word === '|') parts.push(`${parts.pop() ?? ''} ${word}`);
    else parts.push(word);
    place = ENDS_COMMAND.test(word) ? 0 : place + 1;
    before = word;
  }
  return parts;
};

/** The shell goes on reading behind a pipe sign or a semicolon; elsewhere the end of the line is masked. */
const folded = (line: string): string => (ENDS_COMMAND.test(line) ? line : `${line} \\`);

const INDENT = '  ';
const ENDS_COMMAND = /[|;]$/;
/** A word with its quotes. */
const WORD = /(?:'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^\s'"\\])+/g;
