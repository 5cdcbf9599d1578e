import type { ChainSuite } from './chain.js';

/** A suite without the chains that are not chosen; the good chains that prove each form stay. */
export const selectedChains = (suite: ChainSuite, isChosen: (id: string) => boolean): ChainSuite => ({
  ...suite,
  chains: () => suite.chains(isChosen),
});
