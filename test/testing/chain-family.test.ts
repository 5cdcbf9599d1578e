import { expect } from 'chai';
import { familyJudgement } from '../../src/testing/chain-family.js';
import { ChainTally } from '../../src/testing/chain-tally.js';

describe('what a family of chains comes to', () => {
  const line = { chain: 'ca-flag/1', host: 'localhost' } as const;
  const rows = [
    ['its bad chains were refused', [['invalid', 'refused']], false, 'safe'],
    ['it was interrupted after some', [['invalid', 'refused']], true, 'inconclusive'],
    [
      'one bad chain had no answer',
      [
        ['invalid', 'refused'],
        ['invalid', 'inconclusive'],
      ],
      false,
      'inconclusive',
    ],
    ['it has good chains alone', [['valid', 'accepted']], false, 'not-applicable'],
    ['nothing was presented', [], false, 'not-applicable'],
  ] as const;
  for (const [what, answers, isInterrupted, expected] of rows)
    it(`${what}: ${expected}`, () => {
      const tally = new ChainTally(false);
      for (const [at, [kind, answer]] of answers.entries()) tally.add({ ...line, kind, answer }, at);
      expect(familyJudgement(tally, undefined, isInterrupted).status).to.equal(expected);
    });
});
