import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildOptions } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * How modules become the few files that are published: they start several times faster than one file for each, and packages that are
 * joined with them take less memory. Left out is what users may have in another version, and what is loaded late on purpose.
 */
export const JOINED = {
  entryPoints: [
    'cli/main.ts',
    'cli/check-waxseal.ts',
    'index.ts',
    'scenario.ts',
    'check.ts',
    'runner/index.ts',
    'chai/index.ts',
    'mocha/index.ts',
    'place/redirector.ts',
  ].map((module) => join(ROOT, 'src', module)),
  outbase: join(ROOT, 'src'),
  bundle: true,
  splitting: true,
  // As deep as the modules of `src/` lie, and beside the one program that another module starts.
  chunkNames: 'place/[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: ['@peculiar/x509', 'reflect-metadata', 'chai', 'imapflow', 'mocha', 'nodemailer', 'smtp-server'],
  // Packages in CommonJS require modules of Node.
  banner: {
    js: "import { createRequire as __requireOf } from 'node:module'; const require = __requireOf(import.meta.url);",
  },
  legalComments: 'eof',
  logLevel: 'error',
} as const satisfies BuildOptions;
