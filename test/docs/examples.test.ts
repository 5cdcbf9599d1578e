import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { commandReference } from '../../src/cli/program.js';
import { ELSEWHERE, PAGES, ROOT } from './pages.js';
import { parsed } from '../support/definitions.js';
import { waxseal } from '../cli/run-cli.js';
import { examplesOf, fencesOf, missingLines } from './page.js';
import { describePage } from './reader.js';

for (const path of [...PAGES, ELSEWHERE]) describePage(path, readFileSync(join(ROOT, path), 'utf8'), 'plain');

describe('pages', () => {
  const all = PAGES.map((path) => ({ path, page: readFileSync(join(ROOT, path), 'utf8') }));
  const helps = new Map(commandReference('0').map(({ name, help }) => [name, help]));

  it('say of every example how it is run', () => {
    const unsaid = all.flatMap(({ path, page }) =>
      examplesOf(page)
        .filter(({ how }) => how.length === 0)
        .map(({ line }) => `${path}:${String(line)}`),
    );
    expect(unsaid).to.deep.equal([]);
  });

  it('have commands in blocks that are run, and nowhere else', () => {
    const elsewhere = all.flatMap(({ path, page }) => {
      const examples = examplesOf(page);
      const run = new Set(examples.map(({ line }) => line));
      const shown = new Set(examples.map((each) => each.shown));
      const lines = page.split('\n');
      return fencesOf(page).flatMap((fence) => {
        // The line of the comment that says how.
        const isRun = RUN.has(fence.language) && (run.has(fence.line) || run.has(fence.line - 1));
        const isOutput =
          fence.language === 'text' &&
          (shown.has(fence.lines.join('\n')) ||
            lines.slice(Math.max(0, fence.line - 3), fence.line - 1).some((each) => each.startsWith('<!-- golden: ')));
        // Help, as the commands print it.
        const isHelp = path === 'docs/reference/cli.md';
        const commands =
          isRun || isOutput || isHelp
            ? []
            : fence.lines.filter((each) => RUN.has(fence.language) || COMMAND.test(each));
        return commands.map((command) => `${path}:${String(fence.line)}: ${command}`);
      });
    });
    expect(elsewhere).to.deep.equal([]);
  });

  it('would be caught with a command in a block that is not run', () => {
    const page = '1. First\n   ```sh\n   waxseal lst\n   ```\n\n```\n$ npm rn\n```\n\n~~~bash\ncurl x\n~~~\n';
    expect(examplesOf(page)).to.deep.equal([]);
    const fences = fencesOf(page);
    expect(fences.map(({ line, language }) => `${String(line)} ${language}`)).to.deep.equal(['2 sh', '6 ', '10 bash']);
    for (const { lines } of fences) expect(lines).to.satisfy((each: string[]) => each.some((one) => COMMAND.test(one)));
  });

  it('say why an example is not run', () => {
    const reasons = all.flatMap(({ path, page }) =>
      examplesOf(page).flatMap(({ line, how }) =>
        how
          .filter((each) => each.startsWith('not here'))
          .map((each) => ({ where: `${path}:${String(line)}`, why: each.replace(/^not here:? */, '') })),
      ),
    );
    expect(reasons.filter(({ why }) => why.split(' ').length < 4)).to.deep.equal([]);
    // Another exception needs a better reason than that its test is work.
    expect(reasons.map(({ where }) => where.replace(/:.*/, '')).sort()).to.deep.equal([
      'CONTRIBUTING.md',
      'README.md',
      'README.md',
      'docs/scanners.md',
    ]);
  });

  it('are run by .ci/run where they are not run here', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Readonly<Record<string, string>>;
    };
    const steps = readFileSync(join(ROOT, '.ci/run'), 'utf8');
    const demo = readFileSync(join(ROOT, 'test/cli/poor-machine.real.test.ts'), 'utf8');
    const reader = readFileSync(join(ROOT, 'test/docs/reader.ts'), 'utf8');
    const isRun = (command: string): boolean => {
      const [name = '', ...rest] = command.split(/ +/);
      // The reader takes this line from the README, for all other examples.
      if (name === 'export')
        return reader.includes("readFile(join(ROOT, 'README.md')") && rest.join(' ').startsWith('PATH=');
      // A test plays the command that `npm start` is.
      if (command === 'npm start')
        return scripts['start'] === 'node dist/cli/main.js demo' && demo.includes("run(lacks, ['demo'])");
      // npm itself runs `prepare` when it has installed.
      if (command === 'npm run build') return scripts['prepare'] === command && isRun('npm ci');
      if (command === 'npm run types')
        return (scripts['lint'] ?? '').includes(scripts['types'] ?? 'none') && isRun('npm run lint');
      if (command === 'npm cit') return isRun('npm ci') && isRun('npm test');
      // Its own script is mocha with other files left out: all files are played.
      if (command === 'npm test' || command === 'npm run test:all')
        return /^mocha\b/.test(scripts[rest.join(' ').replace(/^run /, '')] ?? '') && /\btests node20\b/.test(steps);
      return new RegExp(`^\\s*(?:step .*|.*\\{ step .*)\\b${command}(?: |$)`, 'm').test(steps);
    };
    const commands = all.flatMap(({ page }) =>
      examplesOf(page)
        .filter(({ how }) => how.some((each) => each.startsWith('not here')))
        .flatMap(({ text }) => text.split(/\n|&&/).map((line) => line.replace(/#.*/, '').trim())),
    );
    expect(commands).to.include.members(['npm ci', 'npm start', 'npm cit', 'npm run hostile']);
    // As they stand there, with all their words: what differs, such as a name, would run something else.
    expect(commands.filter((command) => !isRun(command))).to.deep.equal([]);
    expect(isRun('npm run bench'), 'a script that .ci/run does not run').to.equal(false);
  });

  const inSentences = [
    ...new Set(all.flatMap(({ page }) => [...page.matchAll(/`waxseal ([^`\n]+)`/g)].map(([, words = '']) => words))),
  ];

  for (const words of inSentences.filter((each) => each.includes(' ') && !each.includes('…')))
    it(`name in a sentence: waxseal ${words}`, async () => {
      const argv = words.split(' ');
      await parsed(argv);
      // These end by themselves, and need nothing but what the line says.
      const isWhole = /^(?:list|explain) [a-z0-9/ -]+$/.test(words);
      if (isWhole) expect((await waxseal(...argv)).code).to.equal(0);
    });

  it('name scripts and files of the repository that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Readonly<Record<string, string>>;
    };
    const missing = all.flatMap(({ path, page }) => [
      ...[...page.matchAll(/\bnpm run ([a-z]+(?::[a-z]+)*)/g)]
        .filter(([, name = '']) => scripts[name] === undefined)
        .map(([words]) => `${path}: ${words}`),
      ...[...page.matchAll(/`(?:npx (?:tsx|mocha) )?((?:scripts|\.ci|test|src|fixtures)\/[\w./-]+)(?: [^`]*)?`/g)]
        .filter(([, file = '']) => !/[A-Z]/.test(file) && !existsSync(join(ROOT, file)))
        .map(([words]) => `${path}: ${words}`),
    ]);
    expect(missing).to.deep.equal([]);
  });

  it('name commands and options in their sentences that exist', () => {
    const unknown = all.flatMap(({ path, page }) =>
      [...page.matchAll(/`(waxseal [^`\n]+)`/g)].flatMap(({ 1: command = '' }) => {
        const [own = ''] = command.split(' -- ');
        const [, name = ''] = own.split(' ');
        const help = helps.get(`waxseal ${name}`) ?? (name.startsWith('--') ? helps.get('waxseal') : undefined);
        const options = [...own.matchAll(/ (--?[a-z][a-z0-9-]*)/g)].map(([, option = '']) => option);
        const wrong = help === undefined ? [name] : options.filter((option) => !new RegExp(`${option}\\b`).test(help));
        return wrong.map((word) => `${path}: ${command}: ${word}`);
      }),
    );
    expect(unknown).to.deep.equal([]);
  });

  it('name no option that no command has', () => {
    const known = [...helps.values()].join('\n');
    const unknown = all.flatMap(({ path, page }) =>
      path === 'CONTRIBUTING.md'
        ? []
        : [...page.matchAll(/`(--[a-z][a-z-]+)[^`\n]*`/g)].flatMap(({ 1: option = '' }) =>
            known.includes(option) || OPTIONS_OF_OTHERS.has(option) ? [] : [`${path}: ${option}`],
          ),
    );
    expect(unknown).to.deep.equal([]);
  });

  it('would be caught showing what is not printed', () => {
    expect(missingLines('port 12  a3f\n[...]\nready …', 'port 9 a3f\nmore\nready now')).to.deep.equal([]);
    expect(missingLines('ready\nport 12', 'port 9\nready')).to.deep.equal(['port 12']);
  });
});

/** Languages of blocks that are run. */
const RUN: ReadonlySet<string> = new Set(['sh', 'console', 'js']);

/** A line that somebody would type. */
const COMMAND =
  /^\s*(?:[$#] )?(?:sudo )?(?:\w+=\S* )?(?:waxseal|npm|npx|node|curl|openssl|nft|ip|git|cd|export|docker|python3?|pip|apt(?:-get)?|systemctl|postconf|doveconf) \S/;

/** What pages say of other programs, and of the scripts of this repository. */
const OPTIONS_OF_OTHERS = new Set([
  '--cpu-prof',
  '--isolation',
  '--node',
  '--builder',
  '--row',
  '--only',
  '--progress',
  '--proxytunnel',
  '--count',
  '--ssl',
  '--ssl-reqd',
  '--quick',
  '--scanner',
  '--tls-optional',
  '--pidfile',
  '--insecure',
  '--smtp-encryption',
]);
