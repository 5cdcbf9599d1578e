import { webcrypto, X509Certificate } from 'node:crypto';

import 'reflect-metadata/lite';
import * as x509 from '@peculiar/x509';
import { expect } from 'chai';
import fc, { runs } from '../support/properties.js';

import { nameConstraints } from '../../src/chains/extension-values.js';
import { createAuthority, type Authority } from '../../src/tls/certificate-authority.js';
import type { RecipeName } from '../../src/tls/certificate-recipes.js';
import { inspectChain, systemRoots, type ChainFacts } from '../../src/tls/inspect-chain.js';
import { inspectCertificate } from '../../src/tls/inspect.js';
import { it } from '../support/in-turn.js';

const NAMES = { dns: ['mail.lab.test', '*.wild.lab.test'], ip: ['127.0.0.1', '::1'] };
const derOf = (pem: string): Buffer => new X509Certificate(pem).raw;

describe('inspected recipes', () => {
  let authority: Authority;
  before(async () => {
    authority = await createAuthority();
  });

  const rows: Record<RecipeName, Partial<ChainFacts> & { validity: string }> = {
    good: { chain: 'trusted', nameMatches: 'san', validity: 'valid' },
    'self-signed': { chain: 'self-signed', nameMatches: 'san', validity: 'valid' },
    'unknown-issuer': { chain: 'unknown-issuer', nameMatches: 'san', validity: 'valid' },
    'wrong-name': { chain: 'trusted', nameMatches: 'no', validity: 'valid' },
    expired: { chain: 'trusted', nameMatches: 'san', validity: 'expired' },
    'not-yet-valid': { chain: 'trusted', nameMatches: 'san', validity: 'not-yet-valid' },
    'cn-only': { chain: 'trusted', nameMatches: 'cn-only', validity: 'valid' },
    'localhost-for-ip': { chain: 'trusted', nameMatches: 'no', validity: 'valid' },
    revoked: { chain: 'trusted', nameMatches: 'san', validity: 'valid' },
  };
  for (const [recipe, { validity, ...then }] of Object.entries(rows) as [RecipeName, typeof rows.good][]) {
    it(`${recipe}: ${JSON.stringify({ ...then, validity })}`, async () => {
      const { certPem } = await authority.issue(recipe, NAMES);
      const facts = inspectChain([derOf(certPem)], { roots: [authority.pem], servername: 'mail.lab.test' });
      expect(facts).to.deep.include(then);
      expect(facts.leaf).to.include({
        validity,
        keyType: 'ec',
        keyBits: 256,
        signatureAlgorithm: 'ecdsa-sha256',
        isForServers: true,
      });
    });
  }

  it('is trusted by nobody without the authority', async () => {
    const { certPem } = await authority.issue('good', NAMES);
    expect(inspectChain([derOf(certPem)], { roots: 'system' }).chain).to.equal('unknown-issuer');
    expect(inspectChain([derOf(certPem), derOf(authority.pem)], { roots: 'system' })).to.include({
      chain: 'untrusted-root',
      sendsRoot: true,
    });
    expect(inspectChain([derOf(certPem)], { roots: [...systemRoots(), authority.pem] }).chain).to.equal('trusted');
  });

  const names: [string, ChainFacts['nameMatches']][] = [
    ['mail.lab.test', 'san'],
    ['MAIL.lab.test.', 'san'],
    ['a.wild.lab.test', 'san'],
    ['a.b.wild.lab.test', 'no'],
    ['wild.lab.test', 'no'],
    ['127.0.0.1', 'san'],
    ['127.0.0.2', 'no'],
    ['::1', 'san'],
    ['0:0:0:0:0:0:0:1', 'san'],
    ['localhost', 'no'],
  ];
  for (const [servername, then] of names) {
    it(`the good one for ${servername}: ${String(then)}`, async () => {
      const { certPem } = await authority.issue('good', NAMES);
      expect(inspectChain([derOf(certPem)], { roots: [authority.pem], servername }).nameMatches).to.equal(then);
    });
  }

  it('a certificate for localhost does not serve an IP address', async () => {
    const { certPem } = await authority.issue('localhost-for-ip', { dns: ['localhost'], ip: ['127.0.0.1'] });
    const match = (servername: string): unknown =>
      inspectChain([derOf(certPem)], { roots: [authority.pem], servername }).nameMatches;
    expect([match('localhost'), match('127.0.0.1')]).to.deep.equal(['san', 'no']);
  });

  it('tells names, key and fingerprint', async () => {
    const rsa = await createAuthority({ keyType: 'rsa' });
    const { certPem } = await rsa.issue('good', NAMES);
    expect(inspectCertificate(derOf(certPem))).to.deep.include({
      names: { dns: NAMES.dns, ip: NAMES.ip, common: ['mail.lab.test'] },
      keyType: 'rsa',
      keyBits: 2048,
      signatureAlgorithm: 'rsa-sha256',
      daysLeft: 6,
      daysInAll: 7,
      isCa: false,
      isSelfSigned: false,
      fingerprintSha256: new X509Certificate(certPem).fingerprint256.replaceAll(':', '').toLowerCase(),
    });
  });
});

interface Party {
  readonly name: string;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly der: Buffer;
}
interface Traits {
  readonly days?: [number, number];
  readonly pathLength?: number;
  readonly ca?: boolean;
  readonly extensions?: x509.Extension[];
  readonly keys?: webcrypto.CryptoKeyPair;
}

describe('inspected chains', () => {
  const party = async (
    name: string,
    issuer?: Party,
    { days = [-1, 9], pathLength, ca = true, extensions = [], keys: given }: Traits = {},
  ): Promise<Party> => {
    const keys =
      given ?? (await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']));
    const certificate = await x509.X509CertificateGenerator.create(
      {
        subject: `CN=${name}`,
        issuer: `CN=${issuer?.name ?? name}`,
        publicKey: keys.publicKey,
        signingKey: (issuer?.keys ?? keys).privateKey,
        notBefore: new Date(Date.now() + days[0] * 86_400_000),
        notAfter: new Date(Date.now() + days[1] * 86_400_000),
        signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
        extensions: [...(ca ? [new x509.BasicConstraintsExtension(true, pathLength, true)] : []), ...extensions],
      },
      webcrypto,
    );
    return { name, keys, der: Buffer.from(certificate.rawData) };
  };
  const pemOf = ({ der }: Party): string =>
    `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;

  let root: Party, middle: Party, leaf: Party, stray: Party;
  before(async () => {
    root = await party('root');
    middle = await party('middle', root);
    leaf = await party('leaf', middle, { ca: false });
    stray = await party('stray');
  });

  const rows: { title: string; sent: () => Party[]; then: Partial<ChainFacts> }[] = [
    {
      title: 'leaf and intermediate',
      sent: () => [leaf, middle],
      then: { chain: 'trusted', chainOrder: 'right', superfluous: 0, sendsRoot: false },
    },
    {
      title: 'with the root',
      sent: () => [leaf, middle, root],
      then: { chain: 'trusted', chainOrder: 'right', superfluous: 0, sendsRoot: true },
    },
    { title: 'wrong order', sent: () => [leaf, root, middle], then: { chain: 'trusted', chainOrder: 'wrong' } },
    {
      title: 'a stray certificate',
      sent: () => [leaf, stray, middle],
      then: { chain: 'trusted', chainOrder: 'right', superfluous: 1 },
    },
    { title: 'intermediate missing', sent: () => [leaf], then: { chain: 'unknown-issuer' } },
    {
      title: 'the same certificate many times',
      sent: () => Array<Party>(40).fill(middle).with(0, leaf),
      then: { chain: 'trusted' },
    },
    { title: 'the anchor itself', sent: () => [root], then: { chain: 'trusted' } },
    { title: 'another self-signed one', sent: () => [stray], then: { chain: 'self-signed' } },
    { title: 'nothing', sent: () => [], then: { chain: 'unreadable' } },
  ];
  for (const { title, sent, then } of rows) {
    it(`${title}: ${JSON.stringify(then)}`, () => {
      expect(
        inspectChain(
          sent().map(({ der }) => der),
          { roots: [pemOf(root)] },
        ),
      ).to.deep.include(then);
    });
  }

  it('an expired intermediate, and a second one that is not', async () => {
    const late = await party('late', root, { days: [-9, -1] });
    const under = await party('under', late, { ca: false });
    expect(inspectChain([under.der, late.der], { roots: [pemOf(root)] }).chain).to.equal('expired-issuer');
  });

  it('an intermediate that is no CA, and one below its path length', async () => {
    const user = await party('user', root, { ca: false });
    const below = await party('below', user, { ca: false });
    expect(inspectChain([below.der, user.der], { roots: [pemOf(root)] }).chain).to.equal('not-a-ca');
    const shallow = await party('shallow', undefined, { pathLength: 0 });
    const between = await party('between', shallow);
    const deep = await party('deep', between, { ca: false });
    expect(inspectChain([deep.der, between.der], { roots: [pemOf(shallow)] }).chain).to.equal('not-a-ca');
  });

  for (const [purpose, then] of [
    ['1.3.6.1.5.5.7.3.1', 'trusted'],
    ['2.5.29.37.0', 'trusted'],
    ['2.16.840.1.113730.4.1', 'trusted'],
    ['1.3.6.1.5.5.7.3.4', 'not-a-ca'],
  ] as const) {
    it(`an intermediate with the extended key usage ${purpose}: ${then}`, async () => {
      const bound = await party('bound', root, { extensions: [new x509.ExtendedKeyUsageExtension([purpose])] });
      const below = await party('below', bound, { ca: false });
      expect(inspectChain([below.der, bound.der], { roots: [pemOf(root)] }).chain).to.equal(then);
    });
  }

  const constraints: [Parameters<typeof nameConstraints>[0], x509.JsonGeneralNames, ChainFacts['chain']][] = [
    [{ permitted: ['lab.test'] }, [{ type: 'dns', value: 'mail.lab.test' }], 'trusted'],
    [{ permitted: ['lab.test'] }, [{ type: 'dns', value: '*.LAB.test' }], 'trusted'],
    [{ permitted: ['.lab.test'] }, [{ type: 'dns', value: 'mail.lab.test' }], 'trusted'],
    [{ permitted: ['other.test'] }, [{ type: 'dns', value: 'mail.lab.test' }], 'names-not-permitted'],
    [{ permitted: ['b.test'] }, [{ type: 'dns', value: 'lab.test' }], 'names-not-permitted'],
    [{ excluded: ['mail.lab.test'] }, [{ type: 'dns', value: 'mail.lab.test' }], 'names-not-permitted'],
    [{ excluded: ['mail.lab.test'] }, [{ type: 'dns', value: 'lab.test' }], 'trusted'],
    [{ permitted: ['127.0.0.0/8'] }, [{ type: 'dns', value: 'mail.lab.test' }], 'trusted'],
    [{ permitted: ['127.0.0.0/8'] }, [{ type: 'ip', value: '127.0.0.2' }], 'trusted'],
    [{ permitted: ['127.0.0.0/8'] }, [{ type: 'ip', value: '10.0.0.2' }], 'names-not-permitted'],
    [{ permitted: ['127.0.0.0/8'] }, [{ type: 'ip', value: '::1' }], 'names-not-permitted'],
    [{ permitted: [{ email: 'lab.test' }] }, [{ type: 'dns', value: 'mail.lab.test' }], 'trusted'],
  ];
  for (const [constraint, names, then] of constraints) {
    it(`a name ${JSON.stringify(names)} under ${JSON.stringify(constraint)}: ${then}`, async () => {
      const { oid, critical, value } = nameConstraints(constraint);
      const bound = await party('bound', root, { extensions: [new x509.Extension(oid, critical, value)] });
      const extensions = [new x509.SubjectAlternativeNameExtension(names)];
      const below = await party('below', bound, { ca: false, extensions });
      expect(inspectChain([below.der, bound.der], { roots: [pemOf(root)] }).chain).to.equal(then);
      expect(inspectChain([below.der], { roots: [pemOf(bound)] }).chain).to.equal(then);
    });
  }

  it('another path without the constraint is found', async () => {
    const { oid, critical, value } = nameConstraints({ permitted: ['other.test'] });
    const extensions = [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'mail.lab.test' }])];
    const free = await party('free', root);
    const below = await party('below', free, { ca: false, extensions });
    const bound = await party('free', root, {
      extensions: [new x509.Extension(oid, critical, value)],
      keys: free.keys,
    });
    expect(inspectChain([below.der, bound.der], { roots: [pemOf(root)] }).chain).to.equal('names-not-permitted');
    expect(inspectChain([below.der, bound.der, free.der], { roots: [pemOf(root)] }).chain).to.equal('trusted');
  });

  it('a missing issuer that could be fetched: incomplete', async () => {
    const access = new x509.AuthorityInfoAccessExtension({
      caIssuers: 'http://ca.lab.test/ca.der',
      ocsp: 'http://ocsp.lab.test/',
    });
    const public_ = await party('public', middle, { ca: false, extensions: [access] });
    const facts = inspectChain([public_.der], { roots: [pemOf(root)] });
    expect(facts.chain).to.equal('incomplete');
    expect(facts.leaf).to.deep.include({
      ocspUrls: ['http://ocsp.lab.test/'],
      issuerUrls: ['http://ca.lab.test/ca.der'],
    });
  });

  it('an issuer with the right name and another key does not count', async () => {
    const impostor = await party('middle', root);
    expect(inspectChain([leaf.der, impostor.der], { roots: [pemOf(root)] }).chain).to.equal('bad-signature');
  });

  const damaged = (der: Buffer): Buffer => {
    const copy = Buffer.from(der);
    copy[copy.length - 5] = (copy.at(-5) ?? 0) ^ 1;
    return copy;
  };
  const keyIds = (own: string, issuer: string): x509.Extension[] => [
    new x509.SubjectKeyIdentifierExtension(own),
    new x509.AuthorityKeyIdentifierExtension(issuer),
  ];

  for (const [title, ids, sent, then] of [
    ['of the leaf', [], (one: Buffer, above: Buffer) => [damaged(one), above], 'bad-signature'],
    ['of an intermediate', [], (one: Buffer, above: Buffer) => [one, damaged(above)], 'bad-signature'],
    ['of the leaf, its issuer not sent', [], (one: Buffer) => [damaged(one)], 'unknown-issuer'],
    [
      'of the leaf, with the key identifiers',
      keyIds('aa', 'bb'),
      (one: Buffer, above: Buffer) => [damaged(one), above],
      'bad-signature',
    ],
    [
      'of another key, as its identifier says',
      keyIds('aa', 'cc'),
      (one: Buffer, above: Buffer) => [damaged(one), above],
      'unknown-issuer',
    ],
  ] as const) {
    it(`a wrong signature ${title}: ${then}`, async () => {
      const above = await party('above', root, { extensions: [new x509.SubjectKeyIdentifierExtension('bb')] });
      const below = await party('below', above, { ca: false, extensions: [...ids] });
      expect(inspectChain(sent(below.der, above.der), { roots: [pemOf(root)] }).chain).to.equal(then);
    });
  }

  it('a wrong signature of a self-signed certificate', () => {
    expect(inspectChain([damaged(root.der)], { roots: [] }).chain).to.equal('bad-signature');
  });

  it('must-staple', async () => {
    const feature = new x509.Extension('1.3.6.1.5.5.7.1.24', false, Buffer.from('3003020105', 'hex'));
    const strict = await party('strict', root, { ca: false, extensions: [feature] });
    expect(inspectCertificate(strict.der)?.mustStaple).to.equal(true);
    expect(inspectCertificate(leaf.der)?.mustStaple).to.equal(false);
  });

  it('never throws on mutated certificates', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(600),
        (changes, length) => {
          const bytes = Buffer.from(leaf.der);
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          inspectChain([bytes.subarray(0, length), middle.der], { roots: [pemOf(root)], servername: 'leaf' });
          inspectChain([bytes, middle.der], { roots: [pemOf(root)], servername: 'leaf' });
        },
      ),
      { numRuns: runs(300) },
    );
  });
});

describe('the roots that Node carries', () => {
  it('can all be read', () => {
    for (const pem of systemRoots()) {
      expect(inspectCertificate(derOf(pem)), pem).to.include({ isCa: true, isSelfSigned: true });
    }
  });
});
