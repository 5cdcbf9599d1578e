import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { connect, type ConnectionOptions } from 'node:tls';

import { expect } from 'chai';
import fc, { runs } from '../support/properties.js';

import { buildClientHello, type HelloOrder } from '../../src/tls/build-hello.js';
import { parseClientHello, type ClientHelloFacts } from '../../src/tls/client-hello.js';
import { isGrease } from '../../src/tls/registries.js';
import { startOfTls, type TlsStart } from '../../src/tls/tls-start.js';
import { it } from '../support/in-turn.js';

/** The first flight of Node's own client. */
const helloOfNode = async (options: ConnectionOptions): Promise<Buffer> => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect({ ...options, port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
  client.on('error', () => undefined);
  const [socket] = (await once(server, 'connection')) as [NodeJS.ReadableStream];
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  server.close();
  return bytes;
};

/** The same handshake message in records of `size` bytes. */
const fragmented = (hello: Buffer, size: number): Buffer => {
  const message = hello.subarray(5);
  const parts: Buffer[] = [];
  for (let offset = 0; offset < message.length; offset += size) {
    const part = message.subarray(offset, offset + size);
    parts.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(parts);
};

const parsed = (bytes: Buffer): ClientHelloFacts => {
  const facts = parseClientHello(bytes);
  return typeof facts === 'string' ? expect.fail(facts) : facts;
};

describe('ClientHello of Node', () => {
  it('TLS 1.3 and 1.2 with a name and ALPN', async () => {
    const facts = parsed(await helloOfNode({ servername: 'mail.lab.test', ALPNProtocols: ['imap', 'x'] }));
    expect(facts).to.deep.include({
      servername: 'mail.lab.test',
      alpn: ['imap', 'x'],
      versions: ['TLSv1.3', 'TLSv1.2'],
    });
    expect(facts.legacyVersion).to.equal(0x0303);
    expect(facts.groups).to.include(29);
    expect(facts.keyShares).to.include(29);
    expect(facts.cipherSuites).to.include(0x1301);
    expect(facts.signatureAlgorithms).to.include(0x0403);
    expect(facts).to.include({ hasSessionTicket: false, hasPreSharedKey: false, offersEarlyData: false });
  });

  for (const version of ['TLSv1', 'TLSv1.1', 'TLSv1.2'] as const) {
    it(`${version} only`, async () => {
      const facts = parsed(await helloOfNode({ minVersion: version, maxVersion: version, ciphers: 'ALL@SECLEVEL=0' }));
      expect(facts.versions).to.deep.equal([version]);
      expect(facts.servername).to.equal(undefined);
      expect(facts.keyShares).to.deep.equal([]);
    });
  }
});

const orders: { title: string; order: HelloOrder; then: Partial<ClientHelloFacts> }[] = [
  { title: 'SSLv2', order: { versions: ['SSLv2'] }, then: { recordVersion: 2, legacyVersion: 2, versions: ['SSLv2'] } },
  {
    title: 'SSLv3',
    order: { versions: ['SSLv3'] },
    then: { recordVersion: 0x0300, versions: ['SSLv3'], extensions: [] },
  },
  { title: 'TLSv1', order: { versions: ['TLSv1'] }, then: { versions: ['TLSv1'], signatureAlgorithms: [] } },
  { title: 'TLSv1.1', order: { versions: ['TLSv1.1'] }, then: { versions: ['TLSv1.1'] } },
  {
    title: 'TLSv1.2',
    order: { versions: ['TLSv1.2'], servername: 'a.test', alpn: ['smtp'] },
    then: { versions: ['TLSv1.2'], servername: 'a.test', alpn: ['smtp'] },
  },
  { title: 'TLSv1.3', order: { versions: ['TLSv1.3'] }, then: { versions: ['TLSv1.3'], keyShares: [29, 23] } },
  {
    title: 'empty key shares',
    order: { versions: ['TLSv1.3'], groups: [0x11ec], keyShares: [] },
    then: { groups: [0x11ec], keyShares: [] },
  },
  {
    title: 'a post-quantum share',
    order: { versions: ['TLSv1.3'], groups: [0x11ec], keyShares: [0x11ec] },
    then: { keyShares: [0x11ec] },
  },
  { title: 'two versions', order: { versions: ['TLSv1.2', 'TLSv1.3'] }, then: { versions: ['TLSv1.3', 'TLSv1.2'] } },
];

describe('ClientHello built and read again', () => {
  for (const { title, order, then } of orders) {
    it(title, () => expect(parsed(buildClientHello(order))).to.deep.include(then));
  }

  it('GREASE in every list', () => {
    const facts = parsed(buildClientHello({ versions: ['TLSv1.3'], grease: true }));
    for (const list of [facts.cipherSuites, facts.groups, facts.keyShares, facts.extensions]) {
      expect(list.filter(isGrease)).to.have.length(1);
    }
    expect(facts.versions[0]).to.equal('0x4a4a');
  });

  it('a hello above one record is split', () => {
    const hello = buildClientHello({
      versions: ['TLSv1.2'],
      cipherSuites: Array.from({ length: 9000 }, (_, index) => index),
    });
    expect(parsed(hello).cipherSuites).to.have.length(9000);
  });
});

const anyHello = fc.constantFrom(...orders.map(({ order }) => order)).map((order) => buildClientHello(order));

describe('ClientHello parser', () => {
  it('says incomplete for every beginning of a good hello', () => {
    for (const { order } of orders) {
      const hello = buildClientHello(order);
      for (let length = 0; length < hello.length; length++) {
        expect(parseClientHello(hello.subarray(0, length)), `${order.versions.join()} ${length}`).to.equal(
          'incomplete',
        );
      }
    }
  });

  it('reads a hello in tiny records, and its beginnings are incomplete', () => {
    const hello = buildClientHello({ versions: ['TLSv1.2'], servername: 'mail.lab.test' });
    for (const size of [1, 3, 4, 7, 100]) {
      const bytes = fragmented(hello, size);
      expect(parseClientHello(bytes)).to.deep.equal({
        ...(parseClientHello(hello) as ClientHelloFacts),
        records: Math.ceil((hello.length - 5) / size),
      });
      expect(parseClientHello(bytes.subarray(0, -1))).to.equal('incomplete');
    }
  });

  const notTls: [string, Buffer][] = [
    ['text', Buffer.from('EHLO client.test\r\n')],
    ['a ServerHello', Buffer.from([22, 3, 3, 0, 4, 2, 0, 0, 0])],
    ['an endless hello', Buffer.from([22, 3, 1, 0, 4, 1, 255, 255, 255])],
    ['an empty record', Buffer.from([22, 3, 1, 0, 0, 1])],
    ['a hello cut short inside', Buffer.from([22, 3, 1, 0, 6, 1, 0, 0, 2, 3, 1])],
    ['another record in between', Buffer.from([22, 3, 1, 0, 1, 1, 23, 3, 1, 0, 1, 0])],
  ];
  for (const [title, bytes] of notTls)
    it(`${title} is not-tls`, () => expect(parseClientHello(bytes)).to.equal('not-tls'));

  it('never throws on mutated hellos', () => {
    fc.assert(
      fc.property(
        anyHello,
        fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 6 }),
        fc.nat(600),
        (hello, changes, length) => {
          const bytes = Buffer.from(hello);
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          parseClientHello(bytes.subarray(0, length));
          parseClientHello(bytes);
        },
      ),
      { numRuns: runs(2000) },
    );
  });
});

describe('start of TLS', () => {
  const alert = Buffer.from([21, 3, 3, 0, 2, 1, 0]);
  const sslv2 = buildClientHello({ versions: ['SSLv2'] });
  const hello = buildClientHello({ versions: ['TLSv1.3'] });
  const at = (bytes: Buffer): number | undefined => {
    const start = startOfTls(bytes);
    return 'at' in start ? start.at : undefined;
  };

  const rows: { title: string; bytes: Buffer; then: number | undefined }[] = [
    { title: 'at once', bytes: hello, then: 0 },
    { title: 'after a line', bytes: Buffer.concat([Buffer.from('NOOP\r\n'), hello]), then: 6 },
    { title: 'after half a line', bytes: Buffer.concat([Buffer.from('NOO'), hello]), then: 3 },
    { title: 'an alert', bytes: Buffer.concat([Buffer.from('x\r\n'), alert]), then: 3 },
    {
      title: 'after bytes that only look like it',
      bytes: Buffer.concat([Buffer.from([22, 3, 22, 22, 3, 1, 0, 0]), hello]),
      then: 8,
    },
    { title: 'SSLv2 at once', bytes: sslv2, then: 0 },
    { title: 'SSLv2 after a line', bytes: Buffer.concat([Buffer.from('NOOP\r\n'), sslv2]), then: 6 },
    { title: 'not SSLv2 in the middle of a line', bytes: Buffer.concat([Buffer.from('NOOP'), sslv2]), then: undefined },
    { title: 'not in text', bytes: Buffer.from('EHLO client.test\r\nMAIL FROM:<a@b.test>\r\n'), then: undefined },
    { title: 'not in UTF-8', bytes: Buffer.from('a LOGIN "ü\u0001" "pä"\r\n€\r\n'), then: undefined },
    { title: 'not in a server hello', bytes: Buffer.from([22, 3, 3, 0, 4, 2, 0, 0, 0]), then: undefined },
  ];
  for (const { title, bytes, then } of rows) it(`${title}: ${String(then)}`, () => expect(at(bytes)).to.equal(then));

  it('keeps nothing of text, and what may become a start', () => {
    expect(startOfTls(Buffer.from('NOOP\r\n'))).to.deep.equal({ none: true, keepFrom: 6 });
    expect(startOfTls(Buffer.concat([Buffer.from('NOOP\r\n'), hello.subarray(0, 5)]))).to.deep.equal({
      none: true,
      keepFrom: 6,
    });
  });

  it('chunks do not matter', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        hello.subarray(0, 12),
        hello.subarray(0, 3),
        alert,
        sslv2,
        sslv2.subarray(0, 6),
        Buffer.from('\r\n'),
        Buffer.from('NOOP\r\n'),
      ),
      fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const bytes = Buffer.concat(pieces);
        let start: TlsStart = { none: true, keepFrom: 0 };
        for (let length = 1; length <= bytes.length && 'none' in start; length++)
          start = startOfTls(bytes.subarray(0, length), start.keepFrom);
        const whole = startOfTls(bytes);
        if (bytes.length > 0) expect(start).to.deep.equal(whole);
      }),
      { numRuns: runs(3000) },
    );
  });
});
