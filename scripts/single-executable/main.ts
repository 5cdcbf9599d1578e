import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { inject } from 'postject';
import { bundle } from './bundle.js';

/**
 * `npm run executable`: waxseal and Node as one file, Node's single executable application. `--output FILE` names it; `--node FILE` is the
 * Node to put in, the one that runs this by default, and may be of another processor; `--builder FILE` is a Node of the same version that
 * runs here, where that one does not.
 */
const { values } = parseArgs({
  options: { output: { type: 'string' }, node: { type: 'string' }, builder: { type: 'string' } },
});
const output = resolve(values.output ?? 'dist/waxseal');
const node = resolve(values.node ?? process.execPath);
const builder = resolve(values.builder ?? node);
const scratch = mkdtempSync(join(tmpdir(), 'waxseal-executable-'));
try {
  const main = join(scratch, 'waxseal.cjs');
  const blob = join(scratch, 'waxseal.blob');
  const settings = join(scratch, 'settings.json');
  await bundle(main);
  writeFileSync(
    settings,
    JSON.stringify({
      main,
      output: blob,
      disableExperimentalSEAWarning: true,
      useSnapshot: false,
      // What V8 has compiled is for one processor and version.
      useCodeCache: builder === node,
    }),
  );
  execFileSync(builder, ['--experimental-sea-config', settings], { stdio: ['ignore', 'ignore', 'inherit'] });
  mkdirSync(dirname(output), { recursive: true });
  copyFileSync(node, output);
  chmodSync(output, 0o755);
  // Of the sections of debuggers, whose names it does not find, it says so line by line.
  const { log, warn } = console;
  console.log = console.warn = () => undefined;
  await inject(output, 'NODE_SEA_BLOB', readFileSync(blob), {
    sentinelFuse: 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2',
  });
  Object.assign(console, { log, warn });
  process.stdout.write(`${output}\n`);
} finally {
  rmSync(scratch, { recursive: true });
}
