import { expect } from 'chai';
import { StormWatch } from '../../src/endpoints/storm.js';
import type { Command } from '../../src/protocols/contract/units.js';

const command = (verb: string, ...args: string[]): Command => ({
  kind: 'command',
  moment: 'other',
  verb,
  args,
  raw: Buffer.from(`${verb}\r\n`),
  secrets: [],
});

const ROWS: readonly (readonly [what: string, of: (index: number) => Command, apart: number, storm: boolean])[] = [
  ['200 equal commands at once', () => command('NOOP'), 0, true],
  ['200 equal commands, 20 ms apart, as a busy machine has them', () => command('NOOP'), 20, true],
  ['200 equal commands, 50 ms apart', () => command('NOOP'), 50, false],
  ['200 unlike commands at once', (index) => command('NOOP', String(index)), 0, false],
];

describe('what is a storm', () => {
  for (const [what, of, apart, storm] of ROWS)
    it(`${what}: ${storm ? 'yes' : 'no'}`, () => {
      const watch = new StormWatch();
      const completed = Array.from({ length: 200 }, (_, index) => watch.heard(of(index), index * apart));
      expect(completed.slice(0, -1).filter(Boolean)).to.deep.equal([]);
      expect(completed.at(-1) !== undefined).to.equal(storm);
    });
});
