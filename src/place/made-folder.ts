import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder, and those above it that are missing; throws what the system says. Node's own `recursive` never ends below a folder
 * such as /proc, where the system says that a parent is missing which is there.
 */
export const madeFolder = (path: string, mode: number): void => {
  const missing: string[] = [];
  for (let at = resolve(path); statSync(at, { throwIfNoEntry: false }) === undefined; at = dirname(at))
    missing.push(at);
  for (const folder of missing.reverse()) {
    try {
      mkdirSync(folder, { mode });
    } catch (error) {
      // Made by another process meanwhile.
      if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
    }
  }
  // Something else than a folder is there: the system's own words for that.
  if (!statSync(path).isDirectory()) mkdirSync(path);
};
