import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The pages that users read. */
export const PAGES: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(new URL('../../docs', import.meta.url), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`)
    .sort(),
  ...readdirSync(new URL('../../packages', import.meta.url), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
    .map((name) => `packages/${name}`)
    .sort(),
];

/** Runs what help, messages and files show, and no page does (shown.ts); nobody reads it. */
export const ELSEWHERE = 'test/docs/shown-elsewhere.md';

/** Files that run side by side have a third of the pages each. */
export const thirdOfPages = (third: 0 | 1 | 2): readonly string[] =>
  [...PAGES, ELSEWHERE].filter((_, index) => index % 3 === third);
