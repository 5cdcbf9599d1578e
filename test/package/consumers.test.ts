import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { builtByModule } from '../support/built.js';
import { itOf } from '../support/in-turn.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

// The package as it is published, in a project that has installed it: nothing that a checkout has and a user has not.
describe('projects that have installed the package', function () {
  const it = itOf('consumers');
  this.timeout(120_000);
  let project = '';

  before(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'consumers-'));
    const tree = join(folder, 'tree');
    project = join(folder, 'project');
    await mkdir(join(project, 'node_modules'), { recursive: true });
    await build(tree);
    await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], tree);
    const packed = (await readdir(folder)).find((name) => name.endsWith('.tgz')) ?? '';
    await run('tar', ['-xzf', join(folder, packed), '-C', join(project, 'node_modules')], folder);
    await run('mv', ['package', 'waxseal'], join(project, 'node_modules'));
    for (const name of await readdir(join(ROOT, 'node_modules')))
      if (name !== 'waxseal' && !name.startsWith('.'))
        await symlink(join(ROOT, 'node_modules', name), join(project, 'node_modules', name));
    await writeFile(join(project, 'package.json'), '{ "type": "commonjs" }');
    for (const [name, text] of Object.entries(FILES)) await writeFile(join(project, name), text);
  });

  after(() => rm(join(project, '..'), { recursive: true, force: true }));

  const ran = async (...args: readonly string[]): Promise<string> =>
    (await run(process.execPath, args, project)).trim();

  it('import it', async () => {
    expect(await ran('imports.mjs')).to.equal(ALL_THERE);
  });

  it('require it', async () => {
    expect(await ran('requires.cjs')).to.equal(ALL_THERE);
  });

  it('require it with a loader that knows no ES modules, as jest’s', async () => {
    expect(await ran('other-loader.cjs')).to.equal(ALL_THERE);
  });

  it('are told in one line where Node cannot require it', async () => {
    const { code, output } = await outcome(
      process.execPath,
      ['--no-experimental-require-module', 'requires.cjs'],
      project,
    );
    expect(code).to.equal(1);
    expect(output).to.match(/^Error: waxseal is an ES module: load it with await import\('waxseal'\), or with Node/m);
  });

  it('type-check against all declarations that it needs, as ES modules, as CommonJS and for bundlers', async function () {
    this.timeout(400_000);
    // It costs half a minute of a core, which `.ci/run` has.
    if (process.env['WAXSEAL_REQUIRE_REAL'] !== '1') this.skip();
    // The declarations that `npm ci` has built: making them once more costs as much again.
    await cp(join(ROOT, 'dist'), join(project, 'node_modules/waxseal/dist'), {
      recursive: true,
      filter: (source) => !source.endsWith('.js'),
    });
    const compiler = ['node_modules/typescript/bin/tsc', '--noEmit', '--strict', '--exactOptionalPropertyTypes'];
    const settings = ['--target', 'es2022', '--lib', 'es2022', '--types', 'node'];
    // All declarations are checked once; bundlers find them in their own way.
    for (const [module, ...files] of [
      ['nodenext --skipLibCheck false', 'types.mts', 'types.cts'],
      ['esnext --moduleResolution bundler --skipLibCheck', 'types.mts'],
    ]) {
      const words = [...compiler, '--module', ...(module ?? '').split(' '), ...settings, ...files];
      expect(await outcome(process.execPath, words, project), module).to.deep.equal({ code: 0, output: '' });
    }
  });
});

/** What is packed. */
const build = async (tree: string): Promise<void> => {
  await mkdir(tree);
  for (const name of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'docs', 'commonjs'])
    await cp(join(ROOT, name), join(tree, name), { recursive: true });
  await cp(join(builtByModule(), 'dist'), join(tree, 'dist'), { recursive: true });
};

const outcome = (
  program: string,
  args: readonly string[],
  cwd: string,
): Promise<{ readonly code: number; readonly output: string }> =>
  new Promise((resolve) => {
    execFile(program, args, { cwd, env: { ...process.env, NODE_OPTIONS: '' } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), output: stdout + stderr });
    });
  });

const run = async (program: string, args: readonly string[], cwd: string): Promise<string> => {
  const { code, output } = await outcome(program, args, cwd);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${output}`);
  return output;
};

const CHECKS = `console.log([
  waxseal.testClient, waxseal.audit, chai.default, mocha.describeClient, scenario.proveScenario, check.proveCheck,
  runner.describeClientIn,
].map((each) => typeof each).join(' '));
`;
const ALL_THERE = 'function function function function function function function';

const FILES: Readonly<Record<string, string>> = {
  'imports.mjs': `import * as waxseal from 'waxseal';
import * as chai from 'waxseal/chai';
import * as mocha from 'waxseal/mocha';
import * as scenario from 'waxseal/scenario';
import * as check from 'waxseal/check';
import * as runner from 'waxseal/runner';
${CHECKS}`,
  'requires.cjs': `const waxseal = require('waxseal');
const chai = require('waxseal/chai');
const mocha = require('waxseal/mocha');
const scenario = require('waxseal/scenario');
const check = require('waxseal/check');
const runner = require('waxseal/runner');
${CHECKS}`,
  'other-loader.cjs': `const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const folder = join(__dirname, 'node_modules/waxseal');
const { exports: entries } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const load = (file) => {
  if (!file.endsWith('.cjs')) throw new SyntaxError('Cannot use import statement outside a module');
  const module = { exports: {} };
  const inner = (id) => (id.startsWith('node:') ? require(id) : load(join(dirname(file), id)));
  new Function('module', 'exports', 'require', '__filename', '__dirname', 'process', readFileSync(file, 'utf8'))(
    module, module.exports, inner, file, dirname(file), {},
  );
  return module.exports;
};
const entry = (name) => load(join(folder, entries[name].require));
const [waxseal, chai, mocha, scenario, check, runner] = ['.', './chai', './mocha', './scenario', './check', './runner'].map(
  entry,
);
${CHECKS}`,
  'types.mts': `import { before, describe, it } from 'node:test';
import * as chai from 'chai';
import { testClient, type TestedClient } from 'waxseal';
import waxsealChai from 'waxseal/chai';
import { describeClient } from 'waxseal/mocha';
import { describeClientIn } from 'waxseal/runner';
import { defineScenario, proveScenario, secretsStayInsideTls } from 'waxseal/scenario';
import { defineCheck, pass, plaintextOffer, proveCheck } from 'waxseal/check';

const { expect } = chai.use(waxsealChai);
const synchronous: TestedClient = ({ host }) => {
  console.log(host);
};
const scenario = defineScenario({
  id: 'of-their-own', family: 'strip', title: 'Own', why: '', references: [], modes: ['starttls'], tamper: {},
  judge: secretsStayInsideTls, flaw: { name: '', client: { onRefusal: (toy) => toy.logIn() } }, covers: [],
});
const check = defineCheck({
  id: 'of-their-own', title: 'Own', why: '', references: [], severity: 'low', intrusiveness: 'passive',
  needs: { offer: plaintextOffer }, judge: ({ offer }) => pass(offer.logins.join()), remedy: {},
  flaw: { name: '', server: {} }, covers: [], examples: [],
});
export const run = async (): Promise<void> => {
  const results = await testClient(synchronous, { protocol: 'smtp', tls: 'starttls', scenarios: [scenario] });
  expect(results).to.all.be.safe();
  describeClient('theirs', async () => undefined, { protocol: 'imap', tls: 'implicit' });
  describeClientIn({ before, describe, it }, 'theirs', synchronous, { protocol: 'imap', tls: 'implicit' });
  console.log(await proveScenario(scenario), await proveCheck(check));
};
`,
  'types.cts': `import waxseal = require('waxseal');
import scenario = require('waxseal/scenario');

export const run = async (): Promise<string[]> => {
  const results = await waxseal.testClient(() => undefined, { protocol: 'smtp', tls: 'starttls' });
  const { proved } = await scenario.proveScenario({} as scenario.Scenario);
  return [...results.map(({ status }) => status), String(proved)];
};
`,
};
