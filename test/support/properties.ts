import fc from 'fast-check';

// One seed for all property tests of a run, told at its end; a failed test says which of its values failed.
// A counter-example that was found is pinned: it goes into the test's `examples`.
fc.configureGlobal({ seed: Number(process.env['WAXSEAL_TEST_SEED'] ?? 1) });

export default fc;
