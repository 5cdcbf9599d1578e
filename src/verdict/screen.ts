import { isTampered } from '../wire/tampered.js';
import { leaks, type Evidence } from './evidence.js';
import { judgeBy, type Judge } from './judgement.js';
import type { Visit } from './visit.js';

/** An attack whose effect is on the client's screen. */
export interface Look {
  /** The text that is seen where the attack works. */
  readonly text: (visit: Visit) => string;
  /** What the client did then, and what it did not do otherwise: `showed …` and `show …`. */
  readonly words: readonly [did: string, didNot: string];
}

/**
 * The judge of attacks whose effect is on a screen: the word of a person who looked decides, or that of a client which tells what its
 * user saw. If nobody looked, nothing can be said (`not-applicable`). What leaks is found as ever.
 */
export const judgeByLook =
  ({ text, words: [did, didNot] }: Look): Judge =>
  (visit) => {
    const { attested, client } = visit;
    const judgement = judgeBy((each, read) => [...leaks(each, read), ...shown(each, text(each), did)], {
      atMost: 'medium',
      ...(attested !== undefined && { safely: () => `a person who looked attests that it did not ${didNot}` }),
    })(visit);
    return judgement.status === 'safe' && attested === undefined && client.display === undefined
      ? { ...judgement, status: 'not-applicable', because: NOBODY_LOOKED }
      : judgement;
  };

const NOBODY_LOOKED = 'the effect is on the client’s screen: someone must look (waxseal serve asks)';

const shown = ({ attested, client, connections }: Visit, text: string, did: string): Evidence[] => {
  const isShown = attested === undefined ? client.display?.includes(text) === true : attested.answer === 'yes';
  const attacked = connections.find(({ leg, entries }) => leg === 'client' && entries.some(isTampered));
  if (!isShown || attacked === undefined) return [];
  return [
    {
      leak: 'trust',
      cause: 'believed',
      connection: attacked.id,
      entry: attacked.entries.findIndex(isTampered),
      quote: '…',
      why: `${did}${attested === undefined ? '' : ', as a person who looked attests'}`,
    },
  ];
};
