import { expect } from 'chai';
import { isUserOf } from '../../src/protocols/user-name.js';

const ROWS: readonly (readonly [account: string, name: string | undefined, is: boolean])[] = [
  ['alice', 'alice', true],
  ['alice', 'alice+phone', true],
  ['alice', 'alice+my-phone.2', true],
  ['alice@example.org', 'alice+phone@example.org', true],
  ['alice+x', 'alice+x', true],
  ['alice', 'alice+', false],
  ['alice', 'alice+a b', false],
  ['alice', `alice+${'x'.repeat(33)}`, false],
  ['alice', 'alicephone', false],
  ['alice', 'bob+alice', false],
  ['alice', 'bob', false],
  ['alice@example.org', 'alice+phone@example.net', false],
  ['alice', '', false],
  ['alice', undefined, false],
];

describe('The name of a user', () => {
  for (const [user, name, is] of ROWS)
    it(`${String(name)} ${is ? 'is' : 'is not'} a name of ${user}`, () => {
      expect(isUserOf({ user }, name)).to.equal(is);
    });
});
