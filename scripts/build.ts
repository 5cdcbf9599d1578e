/** `npm run build`: dist/ with the joined modules, and a declaration for each module; with a folder as argument, the joined modules there. */
import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { joinModules } from './join-modules.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const [folder] = process.argv.slice(2);
const dist = folder ?? join(ROOT, 'dist');

if (folder === undefined) {
  rmSync(dist, { recursive: true, force: true });
  execFileSync(
    process.execPath,
    [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', join(ROOT, 'tsconfig.build.json'), '--emitDeclarationOnly'],
    { stdio: 'inherit' },
  );
}
await joinModules(dist);
for (const program of ['cli/main.js', 'cli/check-waxseal.js']) chmodSync(join(dist, program), 0o755);
