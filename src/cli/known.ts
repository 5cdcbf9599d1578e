import type { Known } from '../verdict/known.js';
import { readText } from './files.js';

/** The known results of `--known FILE`; none without the option. Only then are the models of documents loaded. */
export const knownResults = async (file: string | undefined): Promise<readonly Known[]> => {
  if (file === undefined) return [];
  const { parseKnown } = await import('../verdict/known-list.js');
  return parseKnown(readText(file, 'the file of known results'), file);
};
