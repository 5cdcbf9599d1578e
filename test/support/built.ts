import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A folder that holds waxseal as it is published: modules joined to a few files. Made once a run. */
export const built = (): string =>
  made('built', (outdir) => {
    execFileSync(process.execPath, ['--import', 'tsx', join(ROOT, 'scripts/build.ts'), outdir], { cwd: ROOT });
  });

/** The same with a file for each module, which takes a descriptor each to load. */
export const builtByModule = (): string =>
  made('built-by-module', (outdir) => {
    buildSync({
      entryPoints: readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .map((file) => join(ROOT, 'src', file)),
      outbase: join(ROOT, 'src'),
      outdir,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      logLevel: 'error',
    });
  });

const made = (name: string, build: (outdir: string) => void): string => {
  const run = process.env['WAXSEAL_TEST_RUN'] ?? tmpdir();
  const folder = join(run, name);
  if (existsSync(folder)) return folder;
  // Files run side by side: each builds in a folder of its own, and the first to be done gives its name to all.
  const own = mkdtempSync(join(run, 'building-'));
  build(join(own, 'dist'));
  cpSync(join(ROOT, 'package.json'), join(own, 'package.json'));
  mkdirSync(join(own, 'docs'));
  cpSync(join(ROOT, 'docs/reference'), join(own, 'docs/reference'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(own, 'node_modules'));
  try {
    renameSync(own, folder);
  } catch {
    rmSync(own, { recursive: true });
  }
  return folder;
};

/** A module of the tests in one file of JavaScript, for processes of their own: it starts several times faster than its sources do. */
export const bundled = (source: string): string => {
  const name = basename(source, '.ts');
  // As deep as its sources lie: they find package.json from there.
  const path = join(built(), 'dist/bundled', `${name}-${String(process.pid)}.mjs`);
  buildSync({
    entryPoints: [source],
    outfile: path,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
  });
  return path;
};

/** The arguments with which Node runs waxseal's command line. */
export const commandLine = (): string => join(built(), 'dist/cli/main.js');
