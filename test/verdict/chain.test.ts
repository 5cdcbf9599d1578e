import { expect } from 'chai';
import { chainAnswer } from '../../src/verdict/chain.js';
import { scripted } from './scripted.js';

describe('what a client made of a chain', () => {
  const inside = ['S: 220', 'C: EHLO x'];
  for (const [what, boundary, script, status, leaked, answer] of [
    ['a bad chain, and it spoke inside', '--bad', inside, 'unsafe', ['trust'], 'accepted'],
    ['a bad chain, and it leaked before TLS alone', '--bad', ['C.'], 'unsafe', ['credentials'], 'misbehaved'],
    ['a good chain, and it leaked', '--', inside, 'unsafe', ['trust'], 'misbehaved'],
    ['a bad chain that was refused', '--bad', ['C.'], 'safe', [], 'refused'],
    ['a good chain, and it spoke inside', '--', inside, 'safe', [], 'accepted'],
    ['a good chain, and only a farewell', '--', ['S: 220', 'C: QUIT'], 'safe', [], 'refused'],
    ['no verdict', '--', inside, 'inconclusive', [], 'unclear'],
  ] as const)
    it(`${what}: ${answer}`, () => {
      const visit = scripted('smtp', [[boundary, ...script]]);
      expect(chainAnswer(visit, { status, because: '', leaked, evidence: [] })).to.equal(answer);
    });
});
