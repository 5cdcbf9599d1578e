/**
 * What a page tells its reader to run. `<!-- run: HOW -->` stands before every block in `sh`, `console` and `js`; HOW is, with commas,
 * `exit N` (0 by default), `needs PROGRAM`, `mocha`, `node`, `in the lab` (see lab.ts), `in a cell`, `as root`, `until WORD` (it stays up, and gets
 * Ctrl-C in the end), `meanwhile` (while the one above is up), `after the one above` (it uses its files), `beside a checkout`, `with suites of other projects`,
 * `with RUNNER` (in a project of its own that has this test runner), or `not here: WHY`.
 * A block in `text` after it shows what is printed.
 */
export interface Example {
  readonly line: number;
  readonly how: readonly string[];
  readonly language: string;
  readonly text: string;
  /** What the page shows of its output. */
  readonly shown: string;
}

const BLOCK =
  /(?:^<!-- run: (.*?) -->\n)?^```(sh|console|js)\n([\s\S]*?)\n```$(?:\n\n(?:(?!```|<!--|#)[^\n]+\n)*\n?^```text\n([\s\S]*?)\n```$)?/gm;

/** The blocks of a page, in order; without `run:` they have no `how`. */
export const examplesOf = (page: string): Example[] =>
  [...page.matchAll(BLOCK)].map(({ 1: how, 2: language = '', 3: text = '', 4: shown = '', index }) => {
    const example = {
      line: page.slice(0, index).split('\n').length,
      how: how === undefined ? [] : how.split(/, (?!.*not here)/),
      language,
    };
    if (language !== 'console') return { ...example, text, shown };
    // `$ ` begins a command; lines after one that ends with a backslash belong to it.
    const [, command = '', output = ''] = /^\$ ((?:.*\\\n)*.*)\n?([\s\S]*)$/.exec(text) ?? [];
    return { ...example, text: command, shown: output };
  });

/** A block of any language, and where it begins; blocks in lists are indented. */
export interface Fence {
  readonly line: number;
  readonly language: string;
  readonly lines: readonly string[];
}

/** Every block of a page, however it is written. */
export const fencesOf = (page: string): Fence[] => {
  const fences: { line: number; language: string; lines: string[]; mark: string }[] = [];
  let open = false;
  for (const [index, text] of page.split('\n').entries()) {
    const [, mark = '', language = ''] = /^[\s>*-]*(`{3,}|~{3,})(.*)$/.exec(text) ?? [];
    const last = fences.at(-1);
    if (open && last !== undefined) {
      if (mark.startsWith(last.mark) && language === '') open = false;
      else last.lines.push(text);
    } else if (mark !== '') {
      fences.push({ line: index + 1, language: language.trim(), lines: [], mark });
      open = true;
    }
  }
  return fences;
};

/** Examples that run together: one that stays up, and what is run meanwhile. */
export const unitsOf = (examples: readonly Example[]): Example[][] => {
  const units: Example[][] = [];
  for (const example of examples) {
    if (example.how.includes('meanwhile')) units.at(-1)?.push(example);
    else units.push([example]);
  }
  return units;
};

/** The value of a word of `how`: `exit 3` has the value `3`; undefined where it is not said. */
export const said = ({ how }: Example, word: string): string | undefined =>
  how.find((each) => each === word || each.startsWith(`${word} `))?.slice(word.length + 1);

/** Lines that a page shows and a program did not print, whatever numbers and names of the moment stand in them. */
export const missingLines = (shown: string, printed: string): string[] => {
  const there = printed.split('\n').map(shapeOf);
  let from = 0;
  return shown.split('\n').filter((line) => {
    const wanted = shapeOf(line);
    if (wanted === '' || /^\[(?:…|\.\.\.)\]$/.test(wanted)) return false;
    const at = there.findIndex((each, index) => index >= from && isLike(wanted, each));
    if (at === -1) return true;
    from = at + 1;
    return false;
  });
};

/** An ellipsis stands for anything. */
const isLike = (wanted: string, line: string): boolean =>
  wanted.includes('…')
    ? new RegExp(
        `^${wanted
          .split(/\[?…\]?/)
          .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
          .join('.*')}$`,
      ).test(line)
    : wanted === line;

/** A line without what differs from run to run: numbers, seeds, accounts, answers to challenges, paths, alignment. */
const shapeOf = (line: string): string =>
  line
    .replace(/(?<=[\s"'“]|^)\/[^\s"'”]+/g, '/#')
    .replace(/[A-Za-z0-9+/]{20,}={0,2}/g, '#')
    .replace(/\b(?=[a-z]*\d)[0-9a-f]{12}\b/g, '#')
    .replace(/\d+/g, '#')
    .replace(/═+/g, '═')
    .replace(/\s+/g, ' ')
    .trim();
