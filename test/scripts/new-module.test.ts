import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import ts from 'typescript';
import { isThorough } from '../support/representative.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

const KINDS = [
  { kind: 'scenario', folder: 'src/scenarios', id: 'wholly-new', matrix: 'conformance/scenarios.test.ts' },
  { kind: 'check', folder: 'src/checks', id: 'newly-whole', matrix: 'conformance/checks.test.ts' },
] as const;

/** What mocha's reporter `json` prints. */
interface Results {
  readonly passes: readonly { readonly title: string; readonly file: string }[];
  readonly failures: readonly {
    readonly title: string;
    readonly file: string;
    readonly err: { readonly message: string };
  }[];
}

describe('frames of new scenarios and checks', function () {
  this.timeout(120_000);
  let copy: string;

  before(() => {
    copy = mkdtempSync(join(tmpdir(), 'frames-'));
    for (const each of [
      'src',
      'scripts',
      'test',
      'docs',
      'package.json',
      'tsconfig.json',
      '.mocharc.cjs',
      'fixtures',
    ]) {
      if (existsSync(join(root, each))) cpSync(join(root, each), join(copy, each), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  });

  after(() => {
    rmSync(copy, { recursive: true, force: true });
  });

  /** Runs a program in the copy. */
  const run = (program: string, ...args: string[]): Promise<{ code: number; output: string }> =>
    new Promise((resolve) => {
      // The run of tests in the copy is one of its own.
      const { WAXSEAL_TEST_RUN: _, ...env } = process.env;
      execFile(program, args, { cwd: copy, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
        resolve({
          code: error === null ? 0 : Number(error.code),
          output: stdout + stderr + (typeof error?.code === 'string' ? error.message : ''),
        });
      });
    });

  for (const { kind, folder, id } of KINDS) {
    it(`new-${kind} writes a file that is in the index, with a reminder of what is missing`, async function () {
      // The script and what it starts take three seconds of a core: not in the default suite.
      if (!isThorough()) this.skip();
      const { code, output } = await run(join(copy, `scripts/new-${kind}`), id);
      expect(code, output).to.equal(0);
      expect(output).to.include(`wrote ${folder}/${id}.ts`).and.to.include('FILL IN');
      expect(readFileSync(join(copy, folder, 'index.ts'), 'utf8')).to.include(`'./${id}.js'`);
    });

    it(`new-${kind} overwrites nothing`, async function () {
      // Of the file that was written above.
      if (!isThorough()) this.skip();
      const { code, output } = await run(join(copy, `scripts/new-${kind}`), id);
      expect({ code, output }).to.deep.equal({
        code: 2,
        output: `${folder}/${id}.ts is there already; choose another id, or edit it\n`,
      });
    });
  }

  it('the frames stand the matrix, and are not taken for finished', async function () {
    // Ten seconds of a core: not in the default suite.
    if (!isThorough()) this.skip();
    const { output } = await run(
      process.execPath,
      'node_modules/mocha/bin/mocha.js',
      '--no-parallel',
      '--reporter',
      'json',
      '--grep',
      KINDS.map(({ id }) => id).join('|'),
      ...['scenarios', 'checks', 'catalogue'].map((name) => `test/conformance/${name}.test.ts`),
    );
    const { passes, failures } = JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1)) as Results;
    for (const { id, matrix } of KINDS) {
      expect(
        passes.filter(({ file, title }) => file.endsWith(matrix) && title.includes(id)),
        output,
      ).to.not.deep.equal([]);
      expect(
        failures
          .filter(({ title }) => title.includes(id))
          .map(({ err }) => err.message)
          .join(),
        output,
      ).to.include('FILL IN');
    }
    expect(failures.filter(({ file }) => !file.endsWith('catalogue.test.ts'))).to.deep.equal([]);
  });

  it('the frames type-check', function () {
    // Four seconds of a core: not in the default suite.
    if (!isThorough()) this.skip();
    const { options } = ts.parseJsonConfigFileContent(
      ts.readConfigFile(join(copy, 'tsconfig.json'), (path) => ts.sys.readFile(path)).config,
      ts.sys,
      copy,
    );
    const files = KINDS.map(({ folder, id }) => join(copy, folder, `${id}.ts`));
    const program = ts.createProgram(files, options);
    // Of these files alone: the others are checked where they are written.
    const problems = files.flatMap((file) => ts.getPreEmitDiagnostics(program, program.getSourceFile(file)));
    expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).to.deep.equal([]);
  });

  for (const [args, complaint] of [
    [[], 'an id of two words or more was expected, such as starttls-refused; "" came'],
    [['Upper'], 'an id of two words or more was expected, such as starttls-refused; "Upper" came'],
    [['../escape-me'], 'an id of two words or more was expected, such as starttls-refused; "../escape-me" came'],
    [['one-id', 'two-ids'], 'one id was expected, as in: scripts/new-scenario starttls-refused'],
  ] as const) {
    it(`refuses ${args.length === 0 ? 'no id' : args.join(' ')}`, async function () {
      if (!isThorough() && args.length !== 1) this.skip();
      expect(await run(join(copy, 'scripts/new-scenario'), ...args)).to.deep.equal({
        code: 2,
        output: `${complaint}\n`,
      });
    });
  }
});
