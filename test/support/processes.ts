import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { processRow } from '../../src/place/process-table.js';

/** Live processes (zombies aside) whose command line contains a text, our own excepted. */
export const processesWith = (text: string): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      if (!Number.isInteger(pid) || pid === process.pid) return false;
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(text) && processRow(pid) !== undefined;
      } catch {
        return false;
      }
    });

/** Live processes whose command line, environment or working directory names a folder, our own excepted. */
export const processesIn = (folder: string): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      if (!Number.isInteger(pid) || pid === process.pid || processRow(pid) === undefined) return false;
      return [
        () => readFileSync(`/proc/${pid}/cmdline`, 'latin1'),
        () => readFileSync(`/proc/${pid}/environ`, 'latin1'),
        () => readlinkSync(`/proc/${pid}/cwd`),
      ].some((read) => {
        try {
          return read().includes(folder);
        } catch {
          return false;
        }
      });
    });

/** Waits until a condition holds; throws with its name after `limit` milliseconds. */
export const until = async (
  what: string,
  condition: () => boolean | Promise<boolean>,
  limit = 10_000,
): Promise<void> => {
  for (const start = Date.now(); !(await condition());) {
    if (Date.now() - start > limit) throw new Error(`expected within ${limit} ms: ${what}`);
    await delay(10);
  }
};
