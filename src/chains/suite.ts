import { builtinChains } from './builtin.js';
import type { ChainSuite } from './chain.js';
import { suiteFile } from './suite-file.js';

/** The suite of this name: `builtin`, or a file; throws `BAD_USAGE` for a file that is none. `host` is where the built-in chains are for. */
export const suiteNamed = (name: string, seed: string, host: string): Promise<ChainSuite> =>
  name === BUILTIN ? builtinChains(seed, host) : suiteFile(name);

/** The name of waxseal's own chains. */
export const BUILTIN = 'builtin';
