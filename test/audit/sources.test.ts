import { expect } from 'chai';
import { sourcesFor } from '../../src/audit/sources.js';

const OWN = ['127.0.0.1', '192.0.2.2', '::1', '2001:db8::2', 'fe80::1'];

describe('addresses to ask a server of this machine from', () => {
  const rows: readonly (readonly [address: string, own: readonly string[], sources: string])[] = [
    ['127.0.0.1', OWN, '127.0.0.2, 192.0.2.2'],
    ['127.0.0.9', OWN, '127.0.0.1, 127.0.0.2, 192.0.2.2'],
    // Loopback addresses are trusted there: what is taken in clear from them is no fact about others.
    ['192.0.2.2', OWN, 'trusted 127.0.0.1, trusted 127.0.0.2'],
    ['192.0.2.2', [...OWN, '192.0.2.3'], '192.0.2.3, trusted 127.0.0.1, trusted 127.0.0.2'],
    ['2001:db8::2', OWN, 'trusted ::1'],
    ['2001:db8::2', [...OWN, '2001:db8::3'], '2001:db8::3, trusted ::1'],
    ['::1', OWN, '2001:db8::2'],
    ['::1', ['127.0.0.1', '::1'], ''],
  ];
  for (const [address, own, sources] of rows) {
    it(`${address} of ${own.join(', ')}: ${sources === '' ? 'none' : sources}`, () => {
      const told = sourcesFor(address, own).map((each) => `${each.isTrusted ? 'trusted ' : ''}${each.address}`);
      expect(told.join(', ')).to.equal(sources);
    });
  }
});
