import { expect } from 'chai';
import { declaringLine } from './in-turn.js';

describe('rows that take turns', () => {
  const here = (): string => declaringLine(here);

  it('are those that one line declares', () => {
    const [first, second] = [1, 2].map(() => here());
    const other = here();
    expect(first).to.equal(second).and.not.equal(other);
    expect(other).to.match(/in-turn\.test\.ts:\d+:\d+$/);
  });
});
