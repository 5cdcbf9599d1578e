import picomatch from 'picomatch';
import type { ChainSuite } from '../chains/chain.js';
import { selectedChains } from '../chains/selection.js';
import { BUILTIN, suiteNamed } from '../chains/suite.js';
import { Fault } from '../fault.js';
import type { Place } from '../place/place.js';
import type { CommonOptions } from './options.js';

type ChainChoice = Pick<CommonOptions, 'chains' | 'chain' | 'all' | 'scenario' | 'through' | 'compareLibrary'>;

/** Whether certificate chains are to be presented; refuses options that make no sense without them. */
export const wantsChains = ({ chains, chain, all, scenario, through, compareLibrary }: ChainChoice): boolean => {
  if (chains !== undefined && through !== undefined)
    throw new Fault(
      'BAD_USAGE',
      '--chains has no meaning with --through: only waxseal’s own servers present these chains; drop one of them',
    );
  const wanted = chains !== undefined || (all === true && scenario.length === 0 && through === undefined);
  if (!wanted && (chain.length > 0 || compareLibrary !== undefined))
    throw new Fault(
      'BAD_USAGE',
      `${chain.length > 0 ? '--chain' : '--compare-library'} needs --chains FILE, --chains builtin or --all`,
    );
  return wanted;
};

/** Nothing but chains was asked for. */
export const onlyChains = ({ chains, all, scenario }: ChainChoice): boolean =>
  chains !== undefined && all !== true && scenario.length === 0;

/** The suite that the options name; throws `BAD_USAGE` for a file that is none, and for globs that match no chain. */
export const suiteOf = async ({ chains, chain }: ChainChoice, seed: string, place: Place): Promise<ChainSuite> => {
  const suite = await suiteNamed(chains ?? BUILTIN, seed, place.name === 'cell' ? 'mail.lab.test' : 'localhost');
  if (chain.length === 0) return suite;
  const matches = chain.map((glob) => ({ glob, is: picomatch(glob, { dot: true, nonegate: true, noextglob: true }) }));
  const isChosen = (id: string): boolean => matches.some(({ glob, is }) => id === glob || is(id));
  const idle = new Set(chain);
  const families = new Set<string>();
  let size = 0;
  for await (const { id, family } of suite.chains()) {
    families.add(family);
    if (isChosen(id)) size += 1;
    for (const { glob, is } of matches) if (id === glob || is(id)) idle.delete(glob);
  }
  const [none] = idle;
  if (none !== undefined)
    throw new Fault(
      'BAD_USAGE',
      `--chain ${JSON.stringify(none)} matches no chain of ${JSON.stringify(suite.name)}; ids are FAMILY/NAME, as in --chain '${[...families][0] ?? 'FAMILY'}/*'; families: ${[...families].slice(0, 20).join(', ')}`,
    );
  return { ...selectedChains(suite, isChosen), size };
};
