import { expect } from 'chai';
import { ForwardingRequest, type Step } from '../../src/proxy/forwarding-request.js';

const bytes = (...parts: readonly (string | number)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part]))));

/** What is said back, in hexadecimal where it is SOCKS, and how it ends. */
const played = (pieces: readonly Buffer[]): { said: string[]; end: Step; rest: string } => {
  const request = new ForwardingRequest();
  const said: string[] = [];
  let end: Step = { is: 'incomplete' };
  for (const piece of pieces) {
    request.push(piece);
    do {
      end = request.next();
      if (end.is === 'say') said.push(end.bytes.toString('hex'));
    } while (end.is === 'say');
    if (end.is !== 'incomplete') break;
  }
  return { said, end, rest: request.rest.toString() };
};

const NONE = bytes(5, 1, 0);
const CONNECT_IPV4 = bytes(5, 1, 0, 1, 127, 0, 0, 2, 0, 143);
const NAME = 'Mail.Lab.Test.';
const CONNECT_NAME = bytes(5, 1, 0, 3, NAME.length, NAME, 3, 0xe1);
const CONNECT_IPV6 = Buffer.concat([bytes(5, 1, 0, 4), Buffer.alloc(15), bytes(1, 0x03, 0xdd)]);

const ASKED: readonly (readonly [title: string, sent: Buffer, said: readonly string[], host: string, port: number])[] =
  [
    ['SOCKS without login, IPv4', Buffer.concat([NONE, CONNECT_IPV4]), ['0500'], '127.0.0.2', 143],
    ['SOCKS, a name', Buffer.concat([NONE, CONNECT_NAME]), ['0500'], 'mail.lab.test', 993],
    ['SOCKS, IPv6', Buffer.concat([NONE, CONNECT_IPV6]), ['0500'], '::1', 989],
    ['SOCKS, both logins offered', Buffer.concat([bytes(5, 2, 2, 0), CONNECT_IPV4]), ['0500'], '127.0.0.2', 143],
    [
      'SOCKS with user and password',
      Buffer.concat([bytes(5, 1, 2, 1, 5, 'alice', 2, 'pw'), CONNECT_IPV4]),
      ['0502', '0100'],
      '127.0.0.2',
      143,
    ],
    [
      'SOCKS with empty user and password',
      Buffer.concat([bytes(5, 1, 2, 1, 0, 0), CONNECT_IPV4]),
      ['0502', '0100'],
      '127.0.0.2',
      143,
    ],
    ['HTTP CONNECT', bytes('CONNECT mail.lab.test:143 HTTP/1.1\r\nHost: x\r\n\r\n'), [], 'mail.lab.test', 143],
    ['HTTP CONNECT 1.0, bare line feeds', bytes('CONNECT 127.0.0.2:25 HTTP/1.0\n\n'), [], '127.0.0.2', 25],
    ['HTTP CONNECT, IPv6', bytes('CONNECT [::1]:587 HTTP/1.1\r\n\r\n'), [], '::1', 587],
  ];

const WRONG: readonly (readonly [title: string, sent: Buffer, told: string, why: RegExp])[] = [
  ['SOCKS 4', bytes(4, 1, 0, 143, 127, 0, 0, 1, 0), '', /SOCKS 4/],
  ['GSSAPI only', bytes(5, 1, 1), '05ff', /no SOCKS login/],
  ['no method at all', bytes(5, 0), '05ff', /no SOCKS login/],
  ['BIND', bytes(5, 1, 0, 5, 2, 0, 1, 127, 0, 0, 1, 0, 80), '05070001000000000000', /something else/],
  ['UDP', bytes(5, 1, 0, 5, 3, 0, 1, 127, 0, 0, 1, 0, 80), '05070001000000000000', /something else/],
  ['an unknown kind of address', bytes(5, 1, 0, 5, 1, 0, 9, 1, 1), '05080001000000000000', /no address/],
  ['an empty name', bytes(5, 1, 0, 5, 1, 0, 3, 0, 0, 80), '05010001000000000000', /names no host/],
  ['a name with a line end', bytes(5, 1, 0, 5, 1, 0, 3, 3, 'a\r\n', 0, 80), '05010001000000000000', /names no host/],
  ['port 0', bytes(5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, 0, 0), '05010001000000000000', /no port/],
  ['an unknown login', bytes(5, 1, 2, 9), '0101', /RFC 1929/],
  ['a wrong version in the request', bytes(5, 1, 0, 7, 1, 0, 1, 127, 0, 0, 1, 0, 80), '', /no request/],
  ['TLS', bytes(0x16, 3, 1, 0, 5), '', /neither/],
  ['HTTP without CONNECT', bytes('GET http://x/ HTTP/1.1\r\n\r\n'), '405', /not CONNECT/],
  ['CONNECT without a port', bytes('CONNECT mail.lab.test HTTP/1.1\r\n\r\n'), '400', /no host, or no port/],
  ['CONNECT to port 70000', bytes('CONNECT mail.lab.test:70000 HTTP/1.1\r\n\r\n'), '400', /no host, or no port/],
  ['an HTTP header without end', bytes(`CONNECT a:1 HTTP/1.1\r\nX: ${'x'.repeat(9000)}`), '', /too long/],
];

describe('A request to a forwarding proxy', () => {
  const cuts: readonly (readonly [string, (sent: Buffer) => Buffer[]])[] = [
    ['at once', (sent) => [sent]],
    ['byte by byte', (sent) => [...sent].map((byte) => Buffer.from([byte]))],
  ];
  for (const [how, cut] of cuts) {
    for (const [title, sent, said, host, port] of ASKED)
      it(`names its destination: ${title}, ${how}`, () => {
        const seen = played(cut(sent));
        expect(seen.said).to.deep.equal(said);
        expect(seen.end).to.deep.include({ is: 'asked', destination: { host, port } });
      });
    for (const [title, sent, told, why] of WRONG)
      it(`is turned away: ${title}, ${how}`, () => {
        const { end } = played(cut(sent));
        if (end.is !== 'wrong') throw new Error(`it is ${end.is}`);
        expect(end.why).to.match(why);
        const text = end.bytes.toString('latin1');
        expect(text.startsWith('HTTP/1.1 ') ? text.slice(9, 12) : end.bytes.toString('hex')).to.equal(told);
      });
  }

  it('leaves what comes after it to the destination', () => {
    for (const [, sent] of ASKED)
      expect(played([Buffer.concat([sent, Buffer.from('EHLO early\r\n')])]).rest).to.equal('EHLO early\r\n');
  });

  it('says why a destination is refused, in the client’s own protocol', () => {
    const refusals = ASKED.filter(([title]) => /IPv4|CONNECT$/.test(title)).map(([, sent]) => {
      const { end } = played([sent]);
      if (end.is !== 'asked') throw new Error(`it is ${end.is}`);
      return [end.granted, end.refused('not-allowed'), end.refused('unreachable')].map((each) =>
        each[0] === 5 ? each.toString('hex', 0, 2) : each.toString('latin1', 9, 12),
      );
    });
    expect(refusals).to.deep.equal([
      ['0500', '0502', '0505'],
      ['200', '403', '502'],
    ]);
  });
});
