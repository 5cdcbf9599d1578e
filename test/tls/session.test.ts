import { expect } from 'chai';
import { element, sequence } from '../../src/tls/der.js';
import { sessionFacts } from '../../src/tls/session.js';

/** A session of TLS 1.3 as OpenSSL writes it, as far as it is read. */
const der = sequence(
  element(0x02, Buffer.from([1])),
  element(0x02, Buffer.from([3, 4])),
  element(0x04, Buffer.from([0x13, 0x02])),
  element(0xa9, element(0x02, Buffer.from([0x1c, 0x20]))),
  element(0xaa, element(0x04, Buffer.from('ticket'))),
  element(0xaf, element(0x02, Buffer.from([0x40, 0]))),
);
const named = (mark: string, name: string, length = name.length): Buffer =>
  Buffer.concat([Buffer.from(`${mark}\0`, 'latin1'), Buffer.from([length >> 8, length & 255]), Buffer.from(name), der]);

describe('a TLS session', () => {
  it('is read as OpenSSL writes it', () => {
    expect(sessionFacts(der)).to.deep.equal({
      by: 'ticket',
      ticket: Buffer.from('ticket'),
      lifetime: 7200,
      earlyData: 16_384,
      suite: 0x1302,
    });
  });

  for (const name of ['', 'localhost', 'x'.repeat(300)])
    it(`is read behind a server’s name of ${String(name.length)} octets, as newer versions of Node write it`, () => {
      expect(sessionFacts(named('\0nodejs:tls:session:1', name))).to.deep.equal(sessionFacts(der));
    });

  for (const [title, bytes] of [
    ['nothing', Buffer.alloc(0)],
    ['another mark', named('\0nodejs:tls:cookie:1', 'localhost')],
    ['a mark alone', Buffer.from('\0nodejs:tls:session:1\0\0', 'latin1')],
    ['a name that is longer than everything', named('\0nodejs:tls:session:1', 'localhost', 60_000)],
  ] as const)
    it(`is none: ${title}`, () => {
      expect(sessionFacts(bytes)).to.equal(undefined);
    });
});
