import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { namespaceAvailability } from '../../src/place/namespace-tree.js';
import { built } from '../support/built.js';
import { directoryOf, isInstalled, needs } from '../support/installed.js';
import { turnsOf } from '../support/representative.js';
import { hasRunner, needsRunner, projectWithRunners } from '../support/runner-project.js';
import { bettertlsExport, goodAndExpired, limbo } from '../support/suite-files.js';
import { inLab } from './in-lab.js';
import { examplesOf, missingLines, said, unitsOf, type Example } from './page.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What a run example came to; output of both streams, as a terminal shows it. */
interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** Whether an example is told to be run elsewhere. */
const isElsewhere = ({ how }: Example): boolean => how.some((each) => each.startsWith('not here: '));

/** Whether it needs programs of others, or a network of its own. */
const isReal = (unit: readonly Example[]): boolean =>
  unit.some((each) => {
    const runner = runnerOf(each);
    return said(each, 'needs') !== undefined || each.how.includes('in the lab') || (runner ?? 'mocha') !== 'mocha';
  });

/** The test runner whose project it is run in. */
const runnerOf = (example: Example): string | undefined =>
  example.how.includes('with suites of other projects') ? undefined : said(example, 'with');

/**
 * Declares a test for each example of a page that its reader can run: in a fresh folder, outside the checkout, with `waxseal` on the
 * PATH as the README says. `kind` chooses those that need programs of others, or the rest.
 */
export const describePage = (path: string, page: string, kind: 'plain' | 'real'): void => {
  const examples = examplesOf(page);
  const units = unitsOf(examples).filter((unit) => unit.every((each) => !isElsewhere(each)));
  // Programs that test clients take a second or two of a core each, and so do commands; one that uses files of others goes with them.
  const own = units.filter((unit) => isReal(unit) === (kind === 'real'));
  const chosen = kind === 'real' ? own : chainsOf(own).filter(isDue).flat();
  if (chosen.length === 0) return;

  describe(path, function () {
    this.timeout(300_000);
    const outcomes = new Map<Example[], Promise<readonly Outcome[]>>();
    let reader: Reader;

    before(async () => {
      reader = await Reader.arrived();
    });
    after(async () => {
      await Promise.allSettled(outcomes.values());
      await reader.leave();
    });

    for (const [index, unit] of chosen.entries()) {
      const [{ line, language, how }] = unit as [Example, ...Example[]];
      it(`the ${language} example at line ${String(line)} works (${how.join(', ')})`, async function () {
        for (const program of unit.flatMap((each) => said(each, 'needs') ?? [])) needs(this, program);
        for (const runner of unit.flatMap((each) => runnerOf(each) ?? [])) needsRunner(this, runner);
        if (unit.some(({ how: said }) => said.some((each) => each === 'in the lab' || each === 'in a cell')))
          await needsLab(this);
        if (unit.some((each) => each.how.includes('as root')) && process.geteuid?.() !== 0) this.skip();
        // The next one is begun too: most of an example is waiting.
        for (const each of chosen.slice(index, index + 2)) {
          const isNext = each !== unit;
          if (isNext && (each.some(dependsOnOthers) || each.some(({ how: [first] }) => first === undefined))) continue;
          if (isNext && each.some((one) => !isInstalled(said(one, 'needs') ?? 'sh') || !hasRunner(runnerOf(one))))
            continue;
          if (!outcomes.has(each)) outcomes.set(each, reader.plays(each));
        }
        const ended = (await outcomes.get(unit)) ?? [];
        const printed = ended.map(({ output }) => output).join('\n');
        for (const [at, example] of unit.entries())
          expect(ended[at]?.code, `line ${String(example.line)}: ${printed}`).to.equal(
            Number(said(example, 'exit') ?? 0),
          );
        for (const example of unit)
          expect(
            missingLines(example.shown, printed),
            `shown at line ${String(example.line)}, not printed:\n${printed}`,
          ).to.deep.equal([]);
      });
    }
  });
};

/** What an installation from a checkout needs. */
const CHECKOUT = [
  'bin',
  'commonjs',
  'docs',
  'package.json',
  'packages',
  'scripts',
  'src',
  'tsconfig.build.json',
  'tsconfig.json',
];

/** Of the examples of all pages in one language, those whose turn it is. */
const isDue = (chain: readonly Example[][]): boolean => {
  const language = chain[0]?.[0]?.language;
  const isNext = languages.get(language) ?? turnsOf();
  languages.set(language, isNext);
  return isNext();
};
const languages = new Map<string | undefined, () => boolean>();

/** Each with those that follow after it. */
const chainsOf = (units: readonly Example[][]): Example[][][] => {
  const chains: Example[][][] = [];
  for (const unit of units)
    if (unit.some(({ how }) => how.includes('after the one above'))) chains.at(-1)?.push(unit);
    else chains.push([unit]);
  return chains;
};

const dependsOnOthers = ({ how }: Example): boolean =>
  how.some((each) => ['after the one above', 'in the lab'].includes(each) || each.startsWith('until '));

/** Skips a test where no network of its own can be made. */
const needsLab = async (context: Mocha.Context): Promise<void> => {
  const lab = await namespaceAvailability('own');
  if (lab.available) return;
  if (process.env['WAXSEAL_REQUIRE_REAL'] === '1') throw new Error(lab.why);
  if (context.test) context.test.title += ` (skipped: ${lab.why})`;
  context.skip();
};

/** Somebody with a checkout that is installed, in a folder of their own. */
class Reader {
  readonly #folder: string;
  readonly #path: string;
  #count = 0;
  #project: Promise<string> | undefined;
  readonly #projects: Record<string, Promise<void>> = {};

  private constructor(folder: string, path: string) {
    this.#folder = folder;
    this.#path = path;
  }

  static async arrived(): Promise<Reader> {
    const folder = join(await mkdtemp(join(tmpdir(), 'reader-')), 'project');
    await mkdir(folder);
    await cp(join(ROOT, 'bin'), join(built(), 'bin'), { recursive: true });
    // The README's own line, in the checkout.
    const [, line = ''] = /^(export PATH=.*?)(?: +#.*)?$/m.exec(await readFile(join(ROOT, 'README.md'), 'utf8')) ?? [];
    const { output } = await run('sh', ['-c', `${line}\nprintf %s "$PATH"`], built());
    return new Reader(folder, output);
  }

  leave(): Promise<void> {
    return rm(join(this.#folder, '..'), { recursive: true, force: true, maxRetries: 3 });
  }

  /** Runs examples that belong together, and gives the outcome of each. */
  async plays(unit: readonly Example[]): Promise<readonly Outcome[]> {
    const [first] = unit;
    if (first === undefined) return [];
    if (first.language === 'js') return [await this.#script(first)];
    if (unit.some((each) => each.how.includes('beside a checkout'))) await this.#clone();
    if (unit.some((each) => each.how.includes('with suites of other projects'))) await this.#suites();
    const runner = runnerOf(first);
    const folder = runner === undefined ? this.#folder : await this.#projectWith(runner);
    this.#count += 1;
    const name = `.example-${String(this.#count)}`;
    const script = join(folder, `${name}.sh`);
    await writeFile(script, scriptOf(unit, name));
    // The interpreter that has pytest is the one beside it.
    const beside = unit.some((each) => said(each, 'needs') === 'pytest-3') ? directoryOf('pytest-3') : undefined;
    const path = beside === undefined ? this.#path : `${this.#path.split(':', 1)[0] ?? ''}:${beside}:${this.#path}`;
    const { output } = first.how.includes('in the lab')
      ? await inLab(script, folder, this.#path)
      : await run('sh', [script], folder, { PATH: path });
    return Promise.all(
      unit.map(async (_, index) => ({
        code: Number(await readFile(join(folder, `${name}.${String(index)}.code`), 'utf8').catch(() => '-1')),
        output: (await readFile(join(folder, `${name}.${String(index)}.out`), 'utf8').catch(() => '')) + output,
      })),
    );
  }

  /** A checkout of what is built here, beside the reader's folder. */
  async #clone(): Promise<void> {
    const checkout = join(this.#folder, '../waxseal');
    for (const name of CHECKOUT) await cp(join(ROOT, name), join(checkout, name), { recursive: true });
    await symlink(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
  }

  /** A project that has this runner and the client under test installed; examples after the first one find it as it was left. */
  async #projectWith(runner: string): Promise<string> {
    const project = join(this.#folder, `../${runner}-project`);
    this.#projects[runner] ??= projectWithRunners(project);
    await this.#projects[runner];
    return project;
  }

  /** Files in the forms of bettertls and x509-limbo, with two chains each. */
  async #suites(): Promise<void> {
    const { good, bad } = await goodAndExpired('localhost');
    await writeFile(join(this.#folder, 'bettertls.json'), bettertlsExport([good, bad]));
    const testcases = [limbo(good, 'rfc5280::validity::good'), limbo(bad, 'rfc5280::validity::expired')];
    await writeFile(join(this.#folder, 'limbo.json'), JSON.stringify({ version: 1, testcases }));
  }

  async #script({ how, text }: Example): Promise<Outcome> {
    this.#count += 1;
    const name = `example-${String(this.#count)}.mjs`;
    const file = join(await (this.#project ??= this.#prepare()), name);
    await writeFile(file, text);
    const mocha = [join(ROOT, 'node_modules/mocha/bin/mocha.js'), '--no-config'];
    return this.#run(process.execPath, [...(how.includes('mocha') ? mocha : []), file]);
  }

  /** A project that has waxseal and what the examples test installed, as docs/library.md says. */
  async #prepare(): Promise<string> {
    const modules = join(this.#folder, '../mail-project/node_modules');
    await mkdir(modules, { recursive: true });
    await symlink(built(), join(modules, 'waxseal'));
    for (const name of ['chai', 'imapflow', 'nodemailer'])
      await symlink(join(ROOT, 'node_modules', name), join(modules, name));
    return join(modules, '..');
  }

  #run(program: string, args: readonly string[]): Promise<Outcome> {
    return run(program, args, this.#folder, { PATH: this.#path });
  }
}

/** What is installed from a checkout is built with the tools that are there already; no test runner colours what the page shows. */
const OFFLINE = {
  NODE_NO_WARNINGS: '1',
  NO_COLOR: '1',
  PIP_NO_INDEX: '1',
  PIP_NO_BUILD_ISOLATION: 'false',
  GOPROXY: 'off',
};

/** One that stays up is started in the background, and gets Ctrl-C when all others have ended. */
const scriptOf = (unit: readonly Example[], name: string): string => {
  const file = (index: number, what: string): string => `${name}.${String(index)}.${what}`;
  return unit
    .flatMap((example, index) => {
      const out = `>${file(index, 'out')} 2>&1`;
      const until = said(example, 'until');
      // Where a failure is not announced, each command has to succeed, not only the last one.
      const strict = said(example, 'exit') === undefined && !example.how.includes('meanwhile') ? 'set -e\n' : '';
      const alone = `(\n${strict}${example.text}\n) ${out}; echo $? >${file(index, 'code')}`;
      if (until === undefined) return [alone];
      const lines = example.text.split('\n');
      const start = lines.findLastIndex((line) => line.startsWith('waxseal '));
      return [
        `(\n${[...lines.slice(0, start), `exec ${lines.slice(start).join('\n')}`].join('\n')}\n) ${out} & up=$!`,
        `while kill -0 $up && ! grep -q '${until}' ${file(index, 'out')}; do sleep 0.05; done`,
      ];
    })
    .concat(
      unit.some((example) => said(example, 'until') !== undefined)
        ? [`kill -INT $up; wait $up; echo $? >${file(0, 'code')}`]
        : [],
    )
    .join('\n');
};

const run = (
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> =>
  new Promise((resolve) => {
    execFile(
      program,
      args,
      { cwd, timeout: 240_000, env: { ...process.env, ...OFFLINE, ...env } },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), output: stdout + stderr });
      },
    );
  });
