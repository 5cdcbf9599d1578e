import { readFileSync } from 'node:fs';

let known: string | undefined;

/** This version of waxseal, as its package says. */
export const toolVersion = (): string =>
  (known ??= (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string })
    .version);
