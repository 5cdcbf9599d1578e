import { X509Certificate } from 'node:crypto';
import { DEFAULT_CIPHERS, type SecureVersion } from 'node:tls';

import { expect } from 'chai';
import fc, { runs } from '../support/properties.js';

import { buildClientHello, type HelloOrder } from '../../src/tls/build-hello.js';
import { createAuthority, type Credential, type KeyType } from '../../src/tls/certificate-authority.js';
import { cipherSuite, cipherSuitesOf } from '../../src/tls/cipher-suites.js';
import { groupName } from '../../src/tls/registries.js';
import { parseServerAnswer, ServerFlightReader } from '../../src/tls/server-flight.js';
import { answerTo, tlsServer } from './flight.js';
import { it } from '../support/in-turn.js';

const CLASSIC_VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2'] as const;
const ALL = 'ALL:COMPLEMENTOFALL:@SECLEVEL=0';

describe('server flight, against Node servers', () => {
  const credentials = new Map<KeyType, Credential>();
  before(async () => {
    for (const keyType of ['ec', 'rsa'] as const) {
      const authority = await createAuthority({ keyType });
      credentials.set(keyType, await authority.issue('good', { dns: ['localhost'], ip: ['127.0.0.1'] }));
    }
  });
  const serve = (keyType: KeyType, version: SecureVersion, more: object = {}): ReturnType<typeof tlsServer> => {
    const credential = credentials.get(keyType);
    return tlsServer({
      ...(credential && { cert: credential.certPem, key: credential.keyPem }),
      ciphers: ALL,
      minVersion: version,
      maxVersion: version,
      ...more,
    });
  };

  for (const keyType of ['ec', 'rsa'] as const) {
    for (const version of CLASSIC_VERSIONS) {
      it(`${version} with ${keyType} keys: the whole flight`, async () => {
        await using server = await serve(keyType, version);
        const answer = await answerTo(buildClientHello({ versions: [version], servername: 'localhost' }), server.port);
        if (answer.kind !== 'server-hello') return expect.fail(JSON.stringify(answer));
        expect(answer).to.include({
          version,
          complete: true,
          compression: 0,
          secureRenegotiation: true,
          extendedMasterSecret: true,
        });
        expect(cipherSuite(answer.cipherSuite).name).to.match(keyType === 'ec' ? /_ECDHE_ECDSA_/ : /_ECDHE_RSA_/);
        expect(answer.certificates).to.have.length(1);
        expect(answer.certificates?.[0]).to.deep.equal(
          new X509Certificate(credentials.get(keyType)?.certPem ?? '').raw,
        );
        expect(groupName(answer.serverKeyExchange?.group ?? 0)).to.equal('x25519');
        expect(answer.serverKeyExchange?.signatureAlgorithm !== undefined).to.equal(version === 'TLSv1.2');
      });
    }

    it(`TLSv1.3 with ${keyType} keys: the ServerHello`, async () => {
      await using server = await serve(keyType, 'TLSv1.3', { ciphers: DEFAULT_CIPHERS });
      const answer = await answerTo(buildClientHello({ versions: ['TLSv1.3'], grease: true }), server.port);
      expect(answer).to.include({ kind: 'server-hello', version: 'TLSv1.3', complete: true, keyShare: 29 });
    });
  }

  const accepted: { title: string; server: SecureVersion; order: HelloOrder; then: object }[] = [
    {
      title: 'several versions, 1.2 chosen',
      server: 'TLSv1.2',
      order: { versions: ['TLSv1.3', 'TLSv1.2', 'TLSv1.1'] },
      then: { version: 'TLSv1.2' },
    },
    {
      title: 'empty key shares name the group',
      server: 'TLSv1.3',
      order: { versions: ['TLSv1.3'], groups: [24], keyShares: [] },
      then: { helloRetryRequest: 24 },
    },
    {
      title: 'P-521 share',
      server: 'TLSv1.3',
      order: { versions: ['TLSv1.3'], groups: [25], keyShares: [25] },
      then: { keyShare: 25 },
    },
    {
      title: 'P-384 share',
      server: 'TLSv1.3',
      order: { versions: ['TLSv1.3'], groups: [24], keyShares: [24] },
      then: { keyShare: 24 },
    },
    {
      title: 'x448 share',
      server: 'TLSv1.3',
      order: { versions: ['TLSv1.3'], groups: [30], keyShares: [30] },
      then: { keyShare: 30 },
    },
    {
      title: 'big hello with a post-quantum share',
      server: 'TLSv1.3',
      order: { versions: ['TLSv1.3'], groups: [0x11ec, 29], keyShares: [0x11ec, 29] },
      then: { version: 'TLSv1.3' },
    },
    { title: 'ALPN', server: 'TLSv1.2', order: { versions: ['TLSv1.2'], alpn: ['imap'] }, then: { alpn: 'imap' } },
    {
      title: 'GREASE',
      server: 'TLSv1.2',
      order: { versions: ['TLSv1.2'], grease: true },
      then: { version: 'TLSv1.2' },
    },
    {
      title: 'static RSA has no key exchange',
      server: 'TLSv1.2',
      order: { versions: ['TLSv1.2'], cipherSuites: [0x003c] },
      then: { cipherSuite: 0x003c },
    },
    {
      title: 'NULL',
      server: 'TLSv1.2',
      order: { versions: ['TLSv1.2'], cipherSuites: cipherSuitesOf('null', 'static-rsa') },
      then: { cipherSuite: 0x003b },
    },
    {
      title: 'anonymous',
      server: 'TLSv1.2',
      order: { versions: ['TLSv1.2'], cipherSuites: [0xc018] },
      then: { cipherSuite: 0xc018 },
    },
  ];
  for (const { title, server: version, order, then } of accepted) {
    it(`accepted: ${title}`, async () => {
      await using server = await serve('rsa', version, {
        ecdhCurve: 'X25519:P-256:P-384:P-521:X448',
        ALPNProtocols: ['imap'],
        ...(version === 'TLSv1.3' ? { ciphers: DEFAULT_CIPHERS } : {}),
      });
      const answer = await answerTo(buildClientHello(order), server.port);
      expect(answer).to.include({ kind: 'server-hello', complete: true, ...then });
    });
  }

  // OpenSSL checks the modulus of ML-KEM keys: random bytes would be refused.
  const hasMlKem = Number.parseFloat(process.versions.openssl) >= 3.5;
  for (const group of hasMlKem ? [0x11ec, 0x11eb, 0x11ed, 0x0201] : []) {
    it(`accepted: a share of ${groupName(group)}`, async () => {
      await using server = await serve('ec', 'TLSv1.3', { ecdhCurve: groupName(group), ciphers: DEFAULT_CIPHERS });
      const answer = await answerTo(
        buildClientHello({ versions: ['TLSv1.3'], groups: [group], keyShares: [group] }),
        server.port,
      );
      expect(answer).to.include({ kind: 'server-hello', keyShare: group });
    });
  }

  it('DHE: the size of the prime', async () => {
    await using server = await serve('rsa', 'TLSv1.2', { dhparam: 'auto' });
    const answer = await answerTo(buildClientHello({ versions: ['TLSv1.2'], cipherSuites: [0x009e] }), server.port);
    expect(answer).to.have.nested.property('serverKeyExchange.dhBits', 2048);
  });

  const refused: { title: string; server: SecureVersion; order: HelloOrder }[] = [
    { title: 'TLSv1 hello to a 1.2 server', server: 'TLSv1.2', order: { versions: ['TLSv1'] } },
    { title: 'SSLv3 hello', server: 'TLSv1', order: { versions: ['SSLv3'] } },
    { title: '1.3 hello to a 1.2 server', server: 'TLSv1.2', order: { versions: ['TLSv1.3'] } },
    { title: 'no suite in common', server: 'TLSv1.2', order: { versions: ['TLSv1.2'], cipherSuites: [0x0004] } },
    { title: 'fallback signal on an older version', server: 'TLSv1.2', order: { versions: ['TLSv1'], fallback: true } },
  ];
  for (const { title, server: version, order } of refused) {
    it(`refused: ${title}`, async () => {
      await using server = await serve('rsa', version);
      const answer = await answerTo(buildClientHello(order), server.port);
      expect(answer).to.include({ kind: 'alert', level: 2 });
    });
  }

  it('an SSLv2 hello is not accepted', async () => {
    await using server = await serve('rsa', 'TLSv1.2');
    const answer = await answerTo(buildClientHello({ versions: ['SSLv2'] }), server.port);
    expect(answer.kind).to.be.oneOf(['alert', 'closed']);
  });
});

describe('server flight', () => {
  const record = (type: number, ...bytes: number[]): Buffer => Buffer.from([type, 3, 3, 0, bytes.length, ...bytes]);
  const hello = Buffer.concat([
    Buffer.from([22, 3, 3, 0, 42, 2, 0, 0, 38, 3, 3]),
    Buffer.alloc(32),
    Buffer.from([0, 0, 0x2f, 0]),
  ]);

  const rows: { title: string; bytes: Buffer; then: string; end: string }[] = [
    { title: 'nothing', bytes: Buffer.alloc(0), then: 'incomplete', end: 'closed' },
    { title: 'a plaintext refusal', bytes: Buffer.from('-ERR no TLS here\r\n'), then: 'not-tls', end: 'not-tls' },
    { title: 'a fatal alert', bytes: record(21, 2, 70), then: 'alert', end: 'alert' },
    { title: 'a warning, then nothing', bytes: record(21, 1, 112), then: 'incomplete', end: 'closed' },
    { title: 'close_notify', bytes: record(21, 1, 0), then: 'alert', end: 'alert' },
    {
      title: 'a warning, then a fatal alert',
      bytes: Buffer.concat([record(21, 1, 112), record(21, 2, 40)]),
      then: 'alert',
      end: 'alert',
    },
    { title: 'a ServerHello and no more', bytes: hello, then: 'incomplete', end: 'server-hello' },
    {
      title: 'a ServerHello, then an alert',
      bytes: Buffer.concat([hello, record(21, 2, 40)]),
      then: 'alert',
      end: 'alert',
    },
    {
      title: 'an endless message',
      bytes: Buffer.concat([Buffer.from([22, 3, 3, 0, 4, 2, 255, 255, 255])]),
      then: 'not-tls',
      end: 'not-tls',
    },
    { title: 'an SSLv2 error', bytes: Buffer.from([0x80, 3, 0, 0, 1]), then: 'sslv2', end: 'sslv2' },
    {
      title: 'an SSLv2 server hello',
      bytes: Buffer.from([0x80, 17, 4, 0, 1, 0, 2, 0, 3, 0, 3, 0, 0, 7, 7, 7, 1, 0, 0x80]),
      then: 'sslv2',
      end: 'sslv2',
    },
  ];
  for (const { title, bytes, then, end } of rows) {
    it(`${title}: ${then}, at the end ${end}`, () => {
      const reader = new ServerFlightReader();
      const answer = reader.push(bytes);
      expect(typeof answer === 'string' ? answer : answer.kind).to.equal(then);
      expect(reader.end().kind).to.equal(end);
    });
  }

  it('a warning is kept beside the hello that follows it', () => {
    const answer = parseServerAnswer(Buffer.concat([record(21, 1, 112), hello, record(22, 14, 0, 0, 0)]));
    expect(answer).to.deep.include({ kind: 'server-hello', complete: true, warnings: ['unrecognized_name'] });
  });

  const mutated = fc
    .tuple(
      fc.constantFrom(
        hello,
        record(22, 11, 0, 0, 6, 0, 0, 3, 0, 0, 0),
        record(22, 12, 0, 0, 4, 3, 0, 29, 0),
        record(21, 1, 112),
        record(22, 14, 0, 0, 0),
      ),
      fc.constantFrom(
        hello,
        record(22, 14, 0, 0, 0),
        record(20, 1),
        Buffer.from([0x80, 17, 4, 0, 1, 0, 2, 0, 3, 0, 3, 0, 0, 7, 7, 7, 1, 0, 0x80]),
      ),
      fc.uint8Array({ maxLength: 40 }),
      fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 3 }),
    )
    .map(([one, two, rest, changes]) => {
      const bytes = Buffer.concat([one, two, rest]);
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      return bytes;
    });

  it('never throws, and chunks do not matter', () => {
    fc.assert(
      fc.property(mutated, fc.array(fc.nat(60), { maxLength: 8 }), (bytes, cuts) => {
        const whole = new ServerFlightReader();
        whole.push(bytes);
        const inParts = new ServerFlightReader();
        const offsets = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        offsets.forEach((offset, index) => inParts.push(bytes.subarray(offset, offsets[index + 1] ?? bytes.length)));
        const [one, two] = [whole.end(), inParts.end()];
        // What is kept of something that is not TLS depends on when that was seen.
        expect(one.kind === 'not-tls' ? two.kind : two).to.deep.equal(one.kind === 'not-tls' ? one.kind : one);
      }),
      { numRuns: runs(500) },
    );
  });

  it('does linear work on a flight in single bytes', () => {
    const reader = new ServerFlightReader();
    const flight = Buffer.concat([
      hello,
      ...Array.from({ length: 20 }, () => Buffer.concat([Buffer.from([22, 3, 3, 0x40, 0]), Buffer.alloc(0x4000)])),
    ]);
    for (let offset = 0; offset < flight.length; offset++) reader.push(flight.subarray(offset, offset + 1));
    expect(reader.end().kind).to.equal('not-tls');
  });
});
