import { expect } from 'chai';
import { caseKey } from '../../src/cases/case.js';
import { planOf } from '../../src/cases/plan.js';
import { shardOf } from '../../src/cases/shard.js';
import { PROTOCOL_NAMES } from '../../src/protocols/names.js';
import scenarios from '../../src/scenarios/index.js';
import { it } from '../support/in-turn.js';

const setUps = PROTOCOL_NAMES.map((protocol) => ({ protocol, tls: 'starttls' as const }));

/** Keys of the cases of one part, or of all. */
const casesOf = (text?: string, globs: readonly string[] = []): string[] =>
  planOf({
    scenarios,
    setUps,
    seat: 'server',
    provides: [],
    globs,
    repeat: 1,
    ...(text !== undefined && { shard: shardOf(text) }),
  }).flatMap(({ cases }) => cases.map(({ one }) => caseKey(one)));

describe('shards', () => {
  for (const count of [1, 2, 3, 7, 50]) {
    for (const globs of [[], ['starttls-*']])
      it(`${String(count)} parts of ${globs.join() || 'the default set'} are disjoint, complete, and the same each time`, () => {
        const parts = Array.from({ length: count }, (_, index) =>
          casesOf(`${String(index + 1)}/${String(count)}`, globs),
        );
        expect(parts.flat().sort()).to.deep.equal(casesOf(undefined, globs).sort());
        const sizes = parts.map((part) => part.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).to.be.at.most(1);
        expect(casesOf(`1/${String(count)}`, globs)).to.deep.equal(parts[0]);
      });
  }

  it('the control is in every part, and what is left out is named', () => {
    const whole = planOf({ scenarios, setUps, seat: 'server', provides: [], globs: [], repeat: 1 });
    for (const text of ['1/3', '3/3']) {
      const parts = planOf({
        scenarios,
        setUps,
        seat: 'server',
        provides: [],
        globs: [],
        repeat: 1,
        shard: shardOf(text),
      });
      for (const [index, { control, cases, elsewhere }] of parts.entries()) {
        expect(control.one.scenario.id).to.equal('control');
        expect(cases.length + elsewhere.length).to.equal(whole[index]?.cases.length);
      }
    }
  });

  for (const text of ['0/2', '3/2', '1', '1/0', '-1/2', '1/2/3', 'a/b'])
    it(`${text} is refused`, () => {
      expect(() => shardOf(text)).to.throw(/--shard takes INDEX\/COUNT/);
    });
});
