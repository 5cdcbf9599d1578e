import { join } from 'node:path';

/** What a preset of a library from npm must have: the library, in the folder in which waxseal is started. */
export const npmModule = (
  name: string,
): { readonly needs: readonly string[]; readonly packages: string; readonly npm: string } => ({
  needs: [join(process.cwd(), 'node_modules', name, 'package.json')],
  packages: 'nodejs',
  npm: name,
});

/** How a script of a preset starts: `library` is the module, found from the folder in which waxseal was started. */
export const npmScript = (name: string, script: string): string => `import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
const found = createRequire(${JSON.stringify(join(process.cwd(), 'waxseal.js'))}).resolve(${JSON.stringify(name)});
const library = await import(pathToFileURL(found).href);
const ca = readFileSync('{ca}');
${script}`;
