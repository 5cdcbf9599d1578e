import { expect } from 'chai';
import { longVisit } from '../../scripts/hostile/long-connection.js';
import { Random } from '../../scripts/hostile/random.js';
import { caseOf } from '../../src/document/judge.js';
import { seenSteps, seenVisit } from '../../src/document/seen.js';
import type { Masking } from '../../src/verdict/mask.js';
import type { Visit } from '../../src/verdict/visit.js';
import { it, itSeldom } from '../support/in-turn.js';

const masking = (): Masking => ({ secrets: 'mask', key: Buffer.alloc(32), known: new Set() });

const loginOf = (said: string): Visit => {
  const { visit } = longVisit(new Random('steps', 1));
  const entries = [
    { kind: 'bytes' as const, at: 1, from: 'server' as const, inside: false, data: '* OK\r\n' },
    { kind: 'bytes' as const, at: 2, from: 'client' as const, inside: false, data: `A1 LOGIN {400000}\r\n${said}` },
  ];
  return {
    ...visit,
    protocol: 'imap',
    connections: visit.connections.map((each) => ({ ...each, protocol: 'imap', entries })),
  };
};

describe('a login of sixteen kilobytes', () => {
  const rows = {
    'of one word': 'mail '.repeat(3200),
    'of many words': Array.from({ length: 2700 }, (_, index) => `w${String((index * 7919) % 10_007)}`).join(' '),
  };
  for (const [what, said] of Object.entries(rows))
    it(`${what} is masked in steps, for which others need not wait long`, () => {
      const visit = loginOf(said);
      const steps = seenSteps(caseOf(visit), visit, masking());
      let count = 1;
      for (; steps.next().done !== true; count += 1);
      expect(count).to.be.above(6);
      expect(JSON.stringify(seenVisit(caseOf(visit), visit, masking()).visit)).not.to.include(said.slice(100, 108));
    });
});

describe('half a megabyte that one client said', () => {
  for (const seed of [1, 3])
    itSeldom(`is judged and masked in steps, as at once (${String(seed)})`, () => {
      const { visit } = longVisit(new Random('steps', seed));
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
