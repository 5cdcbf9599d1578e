import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { needs } from '../support/installed.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const PAGES = ['README.md', 'docs/library.md', 'docs/testing-clients.md', 'docs/extending.md'];

/** What the package's own names mean before it is built. */
const OWN: Readonly<Record<string, string>> = {
  waxseal: 'src/index.ts',
  'waxseal/chai': 'src/chai/index.ts',
  'waxseal/check': 'src/check.ts',
  'waxseal/mocha': 'src/mocha/index.ts',
  'waxseal/scenario': 'src/scenario.ts',
};

interface Example {
  readonly line: number;
  readonly how: string;
  readonly language: string;
  readonly text: string;
}

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
      ` from '${OWN[name] === undefined ? import.meta.resolve(name) : pathToFileURL(join(ROOT, OWN[name])).href}'`,
  );

const run = (program: string, args: readonly string[], cwd: string): Promise<{ code: number; output: string }> =>
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
    let folder = '';

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'examples-'));
      // `waxseal` as if it were installed.
      await mkdir(join(folder, 'bin'));
      await writeFile(
        join(folder, 'bin', 'waxseal'),
        `#!/bin/sh\nexec '${process.execPath}' --import '${import.meta.resolve('tsx')}' '${join(ROOT, 'src/cli/main.ts')}' "$@"\n`,
        { mode: 0o755 },
      );
    });
    after(() => rm(folder, { recursive: true }));

    it('has examples', () => {
      expect(examplesOf(page)).not.to.deep.equal([]);
    });

    for (const { line, how, language, text } of examplesOf(page)) {
      it(`the ${language} example at line ${String(line)} works (${how})`, async function () {
        const [, program] = /needs (\S+)/.exec(how) ?? [];
        if (program !== undefined) needs(this, program);
        if (language === 'sh') {
          const [, code = '0'] = /exit (\d+)/.exec(how) ?? [];
          const ended = await run('sh', ['-c', `PATH="${join(folder, 'bin')}:$PATH"\n${text}`], folder);
          expect(ended.code, ended.output).to.equal(Number(code));
          return;
        }
        const file = join(folder, `line-${String(line)}.mjs`);
        await writeFile(file, resolved(text));
        const args = how.startsWith('mocha')
          ? [
              join(ROOT, 'node_modules/mocha/bin/mocha.js'),
              '--no-config',
              '--node-option',
              `import=${import.meta.resolve('tsx')}`,
              file,
            ]
          : ['--import', import.meta.resolve('tsx'), file];
        const ended = await run(process.execPath, args, folder);
        expect(ended.code, ended.output).to.equal(0);
      });
    }
  });
}
