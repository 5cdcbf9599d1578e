import type { Chain } from '../chains/chain.js';
import type { Seen } from '../document/seen.js';
import type { Judgement } from '../verdict/judgement.js';
import { counted, openWords, type ChainTally } from './chain-tally.js';
import { doubt, INTERRUPTED } from './doubt.js';

/** A chain that a client accepted, or worse, with the visit that proves it. */
export interface Example {
  readonly chain: Chain;
  readonly seen: Seen;
}

/** What a family comes to: the worst answer decides; nobody is called safe by a part of the chains. */
export const familyJudgement = (tally: ChainTally, example: Example | undefined, isInterrupted: boolean): Judgement => {
  const invalid = tally.presented('invalid');
  const accepted = tally.count('invalid', 'accepted');
  const others = openWords(tally);
  if (example !== undefined) {
    const { judgement } = example.seen;
    const ids = tally.ids(({ kind, answer }) => kind === 'invalid' && answer === 'accepted');
    const because =
      accepted > 0
        ? `accepted ${String(accepted)} of ${counted(invalid, 'invalid chain')}: ${listed(ids, accepted)}`
        : `${judgement.because} (chain ${example.chain.id})`;
    return { ...judgement, because: `${because}${others}` };
  }
  if (tally.isEmpty) return { status: 'not-applicable', because: tally.reason ?? 'no chain', leaked: [], evidence: [] };
  if (tally.count('invalid', 'inconclusive') > 0)
    return doubt(tally.doubt ?? 'nothing can be said of an invalid chain');
  if (isInterrupted) return doubt(INTERRUPTED);
  // Nobody can be called safe by what every client may do.
  if (invalid === 0)
    return {
      status: 'not-applicable',
      because: `no chain here must be refused; the answers are told, not judged${others}`,
      leaked: [],
      evidence: [],
    };
  return {
    status: 'safe',
    because: `refused ${counted(invalid, 'invalid chain')}${others}`,
    leaked: [],
    evidence: [],
  };
};

const listed = (ids: readonly string[], all: number): string => {
  const shown = ids.slice(0, MOST_NAMED);
  return `${shown.join(', ')}${all > shown.length ? ` and ${String(all - shown.length)} more` : ''}`;
};

const MOST_NAMED = 3;
