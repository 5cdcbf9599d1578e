import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** A script of the tests with the modules it stands on, as JavaScript in a folder that every user of this machine can read. */
export interface ReadableCopy extends Disposable {
  readonly script: string;
  /** Node itself, copied where `user` could not run ours. */
  readonly node: string;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Checkouts may lie where only their owner looks: what another user is to run is copied out of there. `user` is a command prefix. */
export const readableCopy = (script: string, folders: readonly string[], user: readonly string[]): ReadableCopy => {
  // Not the tests' own temporary folder, which nobody else can enter.
  const folder = mkdtempSync('/tmp/readable-');
  const sources = [
    script,
    ...folders.flatMap((name) => readdirSync(join(ROOT, name)).map((file) => join(ROOT, name, file))),
  ].filter((file) => file.endsWith('.ts'));
  for (const source of sources) {
    const target = join(folder, relative(ROOT, source)).replace(/\.ts$/, '.js');
    mkdirSync(dirname(target), { recursive: true });
    const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true };
    writeFileSync(target, ts.transpileModule(readFileSync(source, 'utf8'), { compilerOptions: options }).outputText);
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  let node = process.execPath;
  if (spawnSync('env', [...user, process.execPath, '--version']).status !== 0) {
    node = join(folder, 'node');
    copyFileSync(process.execPath, node);
    chmodSync(node, 0o755);
  }
  spawnSync('chmod', ['-R', 'a+rX', folder]);
  return {
    script: join(folder, relative(ROOT, script)).replace(/\.ts$/, '.js'),
    node,
    [Symbol.dispose]: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
