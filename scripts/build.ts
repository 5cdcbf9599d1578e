/** `npm run build`: dist/ with the joined modules, and a declaration for each module. */
import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { JOINED } from './join.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');

rmSync(DIST, { recursive: true, force: true });
execFileSync(
  process.execPath,
  [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', join(ROOT, 'tsconfig.build.json'), '--emitDeclarationOnly'],
  { stdio: 'inherit' },
);
buildSync({ ...JOINED, outdir: DIST });
for (const program of ['cli/main.js', 'cli/check-waxseal.js']) chmodSync(join(DIST, program), 0o755);
