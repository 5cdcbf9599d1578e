import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Known } from '../verdict/known.js';

/** The file of accepted results that is found by itself. */
export const KNOWN_FILE = 'waxseal.known.json';

/** The accepted results of a folder; none where it has no such file. Throws `BAD_USAGE` where the file is wrong. */
export const knownIn = async (folder: string): Promise<readonly Known[]> => {
  let text: string;
  try {
    text = readFileSync(join(folder, KNOWN_FILE), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
  // The models of documents are large, and loaded only where they are needed.
  const { parseKnown } = await import('../verdict/known-list.js');
  return parseKnown(text, KNOWN_FILE);
};
