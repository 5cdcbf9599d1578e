import fc from 'fast-check';
import { isThorough } from './representative.js';

// One seed for all property tests of a run, told at its end; a failed test says which of its values failed.
// A counter-example that was found is pinned: what fast-check prints behind `Counterexample:` is added to the `examples` of the same
// `fc.assert`, which are tried first in every run. Seeds and paths are no pins: they mean other values once an arbitrary changes.
fc.configureGlobal({ seed: Number(process.env['WAXSEAL_TEST_SEED'] ?? 1) });

export default fc;

/** How often a dear property is tried: a fifth as often in the default suite, which has another seed each time. */
export const runs = (most: number): number => (isThorough() ? most : Math.ceil(most / 5));
