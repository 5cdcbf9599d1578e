import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Writes waxseal and all packages that it needs as one CommonJS file. */
export const bundle = async (outfile: string): Promise<void> => {
  const { version } = JSON.parse(readFileSync(resolve(ROOT, 'package.json'), 'utf8')) as { version: string };
  await build({
    entryPoints: [resolve(ROOT, 'scripts/single-executable/entry.ts')],
    outfile,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'eof',
    // Optional: libraries that the demonstration shows, where they are installed.
    external: ['nodemailer', 'imapflow', 'smtp-server', 'chai', 'mocha'],
    banner: {
      js: [
        "const __waxsealUrl = require('node:url').pathToFileURL(process.execPath).href;",
        "const __waxsealResolve = (name) => { throw new Error(name + ' is not in the executable'); };",
      ].join('\n'),
    },
    define: { 'import.meta.url': '__waxsealUrl', 'import.meta.resolve': '__waxsealResolve' },
    plugins: [embedded(version)],
    logLevel: 'error',
  });
};

/** What the package reads from files beside its modules is part of the one file. */
const embedded = (version: string): Plugin => ({
  name: 'embedded',
  setup: (steps) => {
    steps.onLoad({ filter: /src\/document\/version\.ts$/ }, () => ({
      contents: `export const toolVersion = () => ${JSON.stringify(version)};`,
      loader: 'ts',
    }));
    steps.onLoad({ filter: /src\/tls\/x509-library\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const contents = source.replace('const require = createRequire(import.meta.url);', '');
      if (contents === source) throw new Error(`${path} loads its library in another way than this script knows`);
      return { contents, loader: 'ts' };
    });
  },
});
