/**
 * Checks what `npm publish` would send: its files, its exports (publint, attw), its types without skipLibCheck, and that it runs
 * where only its dependencies are installed. Prints what is wrong; exit code 1 if anything is.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Kinds of problems that attw finds and we mean: the package is ESM only, `exports` hides it from Node before 12, and what is there for
 * `require` gives the ES module itself.
 */
const MEANT: ReadonlySet<string> = new Set(['CJSResolvesToESM', 'FalseESM', 'NoResolution']);
/** Packages of types that consumers of `waxseal/chai` and `waxseal/mocha` have. */
const TYPES = ['@types/node', '@types/chai', '@types/mocha', '@types/deep-eql', 'assertion-error', 'undici-types'];

interface Manifest {
  readonly name: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, unknown>>;
}

const { name: NAME, exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
/** The names under which the package's modules are imported. */
const EXPORTS = Object.keys(exports)
  .filter((key) => !key.endsWith('.json'))
  .map((key) => NAME + key.slice(1));

const problems: string[] = [];
const scratch = mkdtempSync(join(tmpdir(), 'package-'));
try {
  const [packed] = JSON.parse(
    run('npm', ['pack', '--json', '--silent', '--ignore-scripts', '--pack-destination', scratch], ROOT).stdout,
  ) as [{ filename: string; files: { path: string }[] }];
  const tarball = join(scratch, packed.filename);
  checkFiles(packed.files.map(({ path }) => path));
  await checkExports(readFileSync(tarball));
  const project = consumer(tarball);
  checkTypes(project);
  checkRun(project);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

function checkFiles(files: readonly string[]): void {
  const foreign = files.filter(
    (file) => !/^(dist|docs|commonjs)\/|^(CHANGELOG|README)\.md$|^LICENSE$|^package\.json$/.test(file),
  );
  if (foreign.length > 0) problems.push(`files that nobody needs: ${foreign.join(', ')}`);
  for (const needed of ['dist/cli/main.js', 'dist/index.js', 'dist/index.d.ts', 'docs/reference/report.schema.json'])
    if (!files.includes(needed)) problems.push(`${needed} is missing; was the package built?`);
}

async function checkExports(tarball: Buffer): Promise<void> {
  const { messages, pkg } = await publint({
    pack: { tarball: tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength) as ArrayBuffer },
    strict: true,
  });
  for (const message of messages)
    problems.push(`publint: ${formatMessage(message, pkg, { color: false }) ?? message.code}`);
  const analysis = await checkPackage(createPackageFromTarballData(tarball));
  if (analysis.types === false) problems.push('attw: the package has no types');
  else
    for (const problem of analysis.problems)
      if (!MEANT.has(problem.kind)) problems.push(`attw: ${JSON.stringify(problem)}`);
}

/** A project with the unpacked package and its dependencies, and no optional peer. */
function consumer(tarball: string): string {
  const project = join(scratch, 'project');
  const home = join(project, 'node_modules', 'waxseal');
  mkdirSync(home, { recursive: true });
  run('tar', ['-xzf', tarball, '--strip-components=1', '-C', home], project);
  const { dependencies } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as Manifest;
  for (const name of [...Object.keys(dependencies), ...TYPES]) {
    const link = join(project, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), link);
  }
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  return project;
}

function checkTypes(project: string): void {
  const uses = EXPORTS.map((name, index) => `import * as m${String(index)} from '${name}';\nvoid m${String(index)};\n`);
  writeFileSync(join(project, 'consumer.ts'), uses.join(''));
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const options =
    '--noEmit --strict --skipLibCheck false --module nodenext --target es2023 --lib es2023,esnext.disposable --types node,chai,mocha';
  const { status, stdout } = run(process.execPath, [compiler, ...options.split(' '), 'consumer.ts'], project, true);
  if (status !== 0) problems.push(`types, with skipLibCheck false:\n${stdout}`);
}

/** Runs the command as a user without anything else installed would. */
function checkRun(project: string): void {
  const main = join(project, 'node_modules/waxseal/dist/cli/main.js');
  const version = run(process.execPath, [main, '--version'], project, true);
  if (version.status !== 0) problems.push(`waxseal --version: ${version.stderr}`);
  const { status, stdout, stderr } = run(process.execPath, [main, 'demo'], project, true);
  if (status !== 0) problems.push(`waxseal demo exited with ${String(status)}:\n${stdout}${stderr}`);
  for (const name of ['nodemailer', 'imapflow', 'smtp-server'])
    if (!stdout.split('\n').some((line) => line.includes(`npm install ${name}`)))
      problems.push(`waxseal demo does not say that ${name} is missing`);
  for (const name of EXPORTS) {
    const imported = run(process.execPath, ['--input-type=module', '-e', `await import('${name}')`], project, true);
    if (imported.status !== 0) problems.push(`import('${name}'): ${imported.stderr}`);
  }
}

function run(
  program: string,
  args: readonly string[],
  cwd: string,
  mayFail = false,
): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8', timeout: 300_000 });
  if (status !== 0 && !mayFail) throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`);
  return { status, stdout, stderr };
}
