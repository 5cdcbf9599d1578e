import type { Chain, ChainSuite } from './chain.js';

/** A suite without the chains that are not chosen; the good chains that prove each form stay. */
export const selectedChains = (suite: ChainSuite, isChosen: (id: string) => boolean): ChainSuite => ({
  ...suite,
  async *chains(): AsyncGenerator<Chain> {
    for await (const chain of suite.chains()) if (isChosen(chain.id)) yield chain;
  },
});
