import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { commandReference } from '../../src/cli/program.js';
import { parsed } from '../support/definitions.js';
import { waxseal } from '../cli/run-cli.js';
import { examplesOf } from './page.js';
import { ELSEWHERE, PAGES, ROOT } from './pages.js';
import { commandsIn, shownInExamples, shownOutsidePages, type Shown } from './shown.js';

/** Every command line of a block that a test runs, on one line. */
const run: readonly string[] = [...PAGES, ELSEWHERE].flatMap((path) =>
  examplesOf(readFileSync(join(ROOT, path), 'utf8'))
    .filter(({ how, language }) => language !== 'js' && !how.some((each) => each.startsWith('not here')))
    .flatMap(({ text }) => text.replace(/\\\n\s*/g, '').split('\n')),
);

/** The subcommand and the options of a command line, without those of what it starts. */
const shapeOf = (command: string): readonly string[] => {
  const [own = ''] = command.split(' -- ');
  return [/(?:check_)?waxseal(?: [a-z]+)?/.exec(own)?.[0] ?? '', ...(own.match(/(?<= )--?[a-z][a-z0-9-]*/g) ?? [])];
};

const shapesOfRun = run.map(shapeOf);

/** Whether a test runs it: as it stands, or, where it is one of many or has a word to fill in, with the same options. */
const isRun = ({ where, command, isWhole }: Shown): boolean =>
  isWhole && !where.startsWith('explain ') && !/(?:^| )(?:[A-Z]{3,}|\{\})(?: |$)/.test(command)
    ? run.some((line) => line.includes(command))
    : shapesOfRun.some((shape) => shapeOf(command).every((word) => shape.includes(word)));

/** These end by themselves, and are run here. */
const isShort = (command: string): boolean =>
  /^waxseal (?:list(?: [a-z]+)?(?: --format json)?|explain [a-z0-9-]+|[a-z]+ --help|--help)$/.test(command);

/** What has a reason to be run by no test of the pages: its own test. */
const ELSEWHERE_RUN: Readonly<Record<string, readonly [file: string, says: string]>> = {
  'waxseal audit --depth quick --targets /etc/waxseal/targets --report openmetrics:/var/lib/waxseal/waxseal.prom': [
    ELSEWHERE,
    'docs/examples/waxseal-audit.service',
  ],
};

describe('commands that are shown', () => {
  const shown = [...shownOutsidePages(), ...shownInExamples()];
  const commands = [...new Set(shown.map(({ command }) => command))];

  it('are found in help, the manual page, explanations, messages and files', () => {
    expect(commands).to.include.members([
      'waxseal demo',
      'waxseal explain 993',
      'waxseal list presets',
      'waxseal audit --check starttls-refused TARGET',
      'waxseal init --yes',
      'waxseal bridge imap://mail.example.org -- sslscan {host}:{port}',
      'waxseal export --listen 127.0.0.1:9765',
      'check_waxseal',
    ]);
    expect(commandsIn('see waxseal lst; waxseal list names them', false)).to.deep.equal([
      { command: 'waxseal list', isWhole: false },
    ]);
  });

  it('are run by a test, each of them', () => {
    const never = shown.filter((each) => {
      const [file, says = ''] = ELSEWHERE_RUN[each.command] ?? [];
      if (file !== undefined) return !readFileSync(join(ROOT, file), 'utf8').includes(says);
      return !isShort(each.command) && !isRun(each);
    });
    expect(never.map(({ where, command }) => `${where}: ${command}`)).to.deep.equal([]);
  });

  it('would be missed if none ran them', () => {
    expect(isRun({ where: '', command: 'waxseal audit mail.example.net', isWhole: true })).to.equal(false);
    expect(isRun({ where: '', command: 'waxseal audit --lst TARGET', isWhole: true })).to.equal(false);
    expect(isRun({ where: '', command: 'waxseal lists', isWhole: false })).to.equal(false);
  });

  for (const command of commands.filter(isShort))
    it(`${command} works`, async () => {
      expect((await waxseal(...command.split(' ').slice(1))).code).to.equal(0);
    });

  it('have only options that their commands have', async () => {
    const helps = new Map(commandReference('0').map(({ name, help }) => [name, help]));
    for (const { command, isWhole } of shown.filter((each) => each.command.startsWith('waxseal '))) {
      const [name = '', ...options] = shapeOf(command);
      for (const option of options) expect(helps.get(name), command).to.match(new RegExp(`${option}\\b`));
      if (isWhole && !command.includes('"')) await parsed(command.split(' ').slice(1));
    }
  });
});
