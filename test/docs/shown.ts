import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KINDS } from '../../src/knowledge/catalogue.js';
import { ROOT } from './pages.js';
import { allTexts, isPageText } from './texts.js';

/** A command line of waxseal that somebody may type, and where it is shown. */
export interface Shown {
  readonly where: string;
  readonly command: string;
  /** Not only named in a sentence: it can be copied as it stands. */
  readonly isWhole: boolean;
}

/**
 * The command lines that help, the manual page, lists, explanations and messages show: whole ones after `example:` and where one stands
 * alone; of a sentence, what belongs to the command.
 */
export const shownOutsidePages = (): Shown[] =>
  allTexts()
    .filter((text) => !isPageText(text) && !NOT_READ.test(text.where))
    .flatMap(({ where, text }) =>
      commandsIn(text.replace(/\\\n\s*/g, ''), STAND_ALONE.test(where) || text.startsWith('Try it: ')).map((each) => ({
        where,
        ...each,
      })),
    );

/** The command lines in files that pages hand out. */
export const shownInExamples = (): Shown[] =>
  readdirSync(join(ROOT, 'docs/examples')).flatMap((name) =>
    readFileSync(join(ROOT, 'docs/examples', name), 'utf8')
      .split('\n')
      .flatMap((line) => {
        const [, command] = IN_FILES.exec(line) ?? [];
        return command === undefined ? [] : [{ where: `docs/examples/${name}`, command, isWhole: true }];
      }),
  );

/** Every command line in a text; with `alone`, one that begins a line goes to its end. */
export const commandsIn = (text: string, alone: boolean): Omit<Shown, 'where'>[] => [
  ...[...text.matchAll(alone ? /^(?: *|Try it: )(waxseal [a-z]+(?: [^\n]+)?)$/gm : EXAMPLE)].map(
    ([, command = '']) => ({
      command,
      isWhole: true,
    }),
  ),
  ...(alone ? [] : inSentences(text.replace(EXAMPLE, ''))),
];

const inSentences = (text: string): Omit<Shown, 'where'>[] =>
  [...text.matchAll(/\bwaxseal ([a-z]+|--[a-z-]+)((?: [^\s;:,)]+)*)/g)].flatMap(([, name = '', rest = '']) => {
    if (!NAMES.has(name) && !name.startsWith('--')) return [];
    const words = rest.split(' ').filter(Boolean);
    const end = words.findIndex((word, index) => !belongs(name, word, words[index - 1]));
    const command = ['waxseal', name, ...(end === -1 ? words : words.slice(0, end))].join(' ');
    return [{ command, isWhole: false }];
  });

/** Whether a word belongs to the command before it; else the sentence goes on. */
const belongs = (name: string, word: string, before: string | undefined): boolean =>
  /^(?:--?[a-z]|[A-Z]{2,}$|\{\}$)/.test(word) ||
  (before === undefined && name === 'list' && (KINDS as readonly string[]).includes(word)) ||
  ['--format json', '--place cell'].includes(`${before ?? ''} ${word}`);

const EXAMPLE = /examples?: ((?:check_)?waxseal [^\n]+)/g;

const IN_FILES = /^(?:ExecStart=\/usr\/bin\/env |\s*- npx --yes |\s*command = \[ ")((?:check_)?waxseal.*?)(?:" \])?$/;

/** Examples of the help and of the manual page. */
const STAND_ALONE = /^src\/(?:cli\/program|report\/manual-page)\.ts/;

/** What a shell runs when somebody presses Tab; what is filled in before anybody reads it. */
const NOT_READ = /^src\/(?:report\/completion|knowledge\/(?:scenario|rule)-explanation)\.ts/;

const NAMES: ReadonlySet<string> = new Set(
  'test audit serve run init list explain proxy bridge judge diff guide rules corpus export lab demo completion'.split(
    ' ',
  ),
);
