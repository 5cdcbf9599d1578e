import { expect } from 'chai';
import fc from './properties.js';

describe('counter-examples of property tests', () => {
  const isRare = (value: number): boolean => value === 123_456_789;
  const claim = fc.property(fc.nat(), (value) => !isRare(value));

  it('one that is pinned is tried in every run, whatever the seed', () => {
    const pinned = fc.check(claim, { examples: [[123_456_789]], numRuns: 5 });
    expect(pinned.failed).to.equal(true);
    expect(pinned.counterexample).to.deep.equal([123_456_789]);
    expect(fc.check(claim, { numRuns: 5 }).failed).to.equal(false);
  });

  it('one that is found is told so that it can be pinned', () => {
    expect(() => {
      fc.assert(fc.property(fc.constantFrom('a\r', 'a\r'), (text) => !text.endsWith('\r')));
    }).to.throw(/Counterexample: \["a\\r"\]/);
  });
});
