import { expect } from 'chai';
import { longVisit } from '../../scripts/hostile/long-connection.js';
import { Random } from '../../scripts/hostile/random.js';
import { caseOf } from '../../src/document/judge.js';
import { seenSteps, seenVisit } from '../../src/document/seen.js';

describe('half a megabyte that one client said', () => {
  for (const seed of [1, 3])
    it(`is judged and masked in steps, as at once (${String(seed)})`, () => {
      const { visit } = longVisit(new Random('steps', seed));
      const masking = () => ({ secrets: 'mask' as const, key: Buffer.alloc(32), known: new Set<string>() });
      const steps = seenSteps(caseOf(visit), visit, masking());
      let count = 1;
      let step = steps.next();
      for (; step.done !== true; step = steps.next()) {
        count += 1;
        // Others are judged in between.
        seenVisit(caseOf(visit), { ...visit, connections: [] }, masking());
      }
      expect(count).to.be.above(15);
      expect(step.value).to.deep.equal(seenVisit(caseOf(visit), visit, masking()));
    });
});
