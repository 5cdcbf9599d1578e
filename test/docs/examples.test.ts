import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { built, commandLine } from '../support/built.js';
import { isInstalled, needs } from '../support/installed.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const PAGES = ['README.md', 'docs/library.md', 'docs/testing-clients.md', 'docs/reports.md', 'docs/extending.md'];

/** What the package's own names mean. */
const OWN: Readonly<Record<string, string>> = {
  waxseal: 'dist/index.js',
  'waxseal/chai': 'dist/chai/index.js',
  'waxseal/check': 'dist/check.js',
  'waxseal/mocha': 'dist/mocha/index.js',
  'waxseal/scenario': 'dist/scenario.js',
};

interface Example {
  readonly line: number;
  readonly how: string;
  readonly language: string;
  readonly text: string;
}

interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** The program that an example needs. */
const programOf = (how: string): string | undefined => /needs (\S+)/.exec(how)?.[1];

const examplesOf = (page: string): Example[] =>
  [...page.matchAll(/<!-- run: (.*?) -->\n```(\w+)\n([\s\S]*?)\n```/g)].map(
    ({ 1: how = '', 2: language = '', 3: text = '', index }) => ({
      line: page.slice(0, index).split('\n').length,
      how,
      language,
      text,
    }),
  );

const resolved = (text: string): string =>
  text.replace(
    / from '([^']+)'/g,
    (_, name: string) =>
      ` from '${OWN[name] === undefined ? import.meta.resolve(name) : pathToFileURL(join(built(), OWN[name])).href}'`,
  );

const run = (program: string, args: readonly string[], cwd: string): Promise<Outcome> =>
  new Promise((resolve) => {
    execFile(
      program,
      args,
      { cwd, timeout: 60_000, env: { ...process.env, NODE_NO_WARNINGS: '1' } },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), output: stdout + stderr });
      },
    );
  });

for (const path of PAGES) {
  const page = await readFile(join(ROOT, path), 'utf8');

  describe(path, function () {
    this.timeout(60_000);
    const examples = examplesOf(page);
    const outcomes: Promise<Outcome>[] = [];
    let folder = '';

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'examples-'));
      // `waxseal` as if it were installed.
      await mkdir(join(folder, 'bin'));
      await writeFile(
        join(folder, 'bin', 'waxseal'),
        `#!/bin/sh\nexec '${process.execPath}' '${commandLine()}' "$@"\n`,
        { mode: 0o755 },
      );
    });
    after(async () => {
      await Promise.all(outcomes);
      await rm(folder, { recursive: true });
    });

    /** Runs an example, once. */
    const play = async ({ line, how, language, text }: Example): Promise<Outcome> => {
      if (language === 'sh') return run('sh', ['-c', `PATH="${join(folder, 'bin')}:$PATH"\n${text}`], folder);
      const file = join(folder, `line-${String(line)}.mjs`);
      await writeFile(file, resolved(text));
      const mocha = [join(ROOT, 'node_modules/mocha/bin/mocha.js'), '--no-config'];
      return run(process.execPath, [...(how.startsWith('mocha') ? mocha : []), file], folder);
    };

    it('has examples', () => {
      expect(examples).not.to.deep.equal([]);
    });

    for (const [index, { line, how, language }] of examples.entries()) {
      it(`the ${language} example at line ${String(line)} works (${how})`, async function () {
        const program = programOf(how);
        if (program !== undefined) needs(this, program);
        // The next one is begun too: most of an example is waiting.
        for (const [ahead, example] of examples.slice(index, index + 2).entries()) {
          const wanted = programOf(example.how);
          if (wanted === undefined || isInstalled(wanted)) outcomes[index + ahead] ??= play(example);
        }
        const { code, output } = (await outcomes[index]) ?? { code: -1, output: 'it was not run' };
        const [, expected = '0'] = /exit (\d+)/.exec(how) ?? [];
        expect(code, output).to.equal(Number(expected));
      });
    }
  });
}
