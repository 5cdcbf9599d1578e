import { readFileSync } from 'node:fs';

// Read at the start: by the time a report is written, clients may have taken all file descriptors.
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

/** This version of waxseal, as its package says. */
export const toolVersion = (): string => version;
