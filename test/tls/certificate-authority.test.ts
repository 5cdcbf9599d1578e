import { X509Certificate } from 'node:crypto';

import { expect } from 'chai';

import { Fault } from '../../src/fault.js';
import { createAuthority, type Authority } from '../../src/tls/certificate-authority.js';
import { RECIPES, WRONG_NAME, type RecipeName } from '../../src/tls/certificate-recipes.js';
import { certificateStructure } from '../../src/tls/certificate-structure.js';

const NAMES = { dns: ['mail.lab.test', 'localhost'], ip: ['127.0.0.1', '::1'] };
const recipes = Object.keys(RECIPES) as RecipeName[];

for (const keyType of ['ec', 'rsa'] as const) {
  describe(`certificate authority, ${keyType} keys`, () => {
    let authority: Authority;
    let ca: X509Certificate;
    before(async () => {
      authority = await createAuthority({ keyType });
      ca = new X509Certificate(authority.pem);
    });

    it('is a CA that signed itself', () => {
      expect(ca.ca).to.equal(true);
      expect(ca.verify(ca.publicKey)).to.equal(true);
    });

    const rows: Record<RecipeName, { signed: boolean; host: boolean; ip: boolean; inTime: boolean }> = {
      good: { signed: true, host: true, ip: true, inTime: true },
      'self-signed': { signed: false, host: true, ip: true, inTime: true },
      'unknown-issuer': { signed: false, host: true, ip: true, inTime: true },
      'wrong-name': { signed: true, host: false, ip: false, inTime: true },
      expired: { signed: true, host: true, ip: true, inTime: false },
      'not-yet-valid': { signed: true, host: true, ip: true, inTime: false },
      'cn-only': { signed: true, host: false, ip: false, inTime: true },
      'localhost-for-ip': { signed: true, host: false, ip: false, inTime: true },
      revoked: { signed: true, host: true, ip: true, inTime: true },
    };
    for (const recipe of recipes) {
      const row = rows[recipe];
      it(`issues ${recipe}: ${JSON.stringify(row)}`, async () => {
        const { certPem, keyPem, trusted } = await authority.issue(recipe, NAMES);
        const leaf = new X509Certificate(certPem);
        const now = Date.now();
        expect({
          signed: leaf.checkIssued(ca) && leaf.verify(ca.publicKey),
          host: leaf.checkHost('mail.lab.test', { subject: 'never' }) !== undefined,
          ip: leaf.checkIP('127.0.0.1') !== undefined && leaf.checkIP('::1') !== undefined,
          inTime: Date.parse(leaf.validFrom) < now && now < Date.parse(leaf.validTo),
        }).to.deep.equal(row);
        expect(keyPem).to.match(/^-----BEGIN PRIVATE KEY-----\n/);
        expect(trusted).to.equal(!RECIPES[recipe].faulty);
        expect(leaf.ca).to.equal(false);
      });
    }
  });
}

describe('certificate authority', () => {
  it('is another one in each session', async () => {
    const [one, other] = await Promise.all([createAuthority(), createAuthority()]);
    expect(new X509Certificate(one.pem).subject).not.to.equal(new X509Certificate(other.pem).subject);
    expect(one.hashedName).not.to.equal(other.hashedName);
  });

  it('gives the same certificate for the same names, another one for others', async () => {
    const authority = await createAuthority();
    const first = await authority.issue('good', NAMES);
    expect(await authority.issue('good', { dns: [...NAMES.dns], ip: [...NAMES.ip] })).to.equal(first);
    expect(await authority.issue('good', { dns: ['localhost'], ip: [] })).not.to.equal(first);
  });

  it('calls the issuer of unknown-issuer by another name, and self-signed by its own', async () => {
    const authority = await createAuthority();
    const issuer = async (recipe: RecipeName): Promise<X509Certificate> =>
      new X509Certificate((await authority.issue(recipe, NAMES)).certPem);
    const ca = new X509Certificate(authority.pem);
    const stranger = await issuer('unknown-issuer');
    const own = await issuer('self-signed');
    expect(stranger.issuer).not.to.equal(ca.subject);
    expect(stranger.issuer).not.to.equal(stranger.subject);
    expect(own.issuer).to.equal(own.subject);
    expect(own.verify(own.publicKey)).to.equal(true);
  });

  it('names somebody else in wrong-name', async () => {
    const authority = await createAuthority();
    const leaf = new X509Certificate((await authority.issue('wrong-name', NAMES)).certPem);
    expect(leaf.subjectAltName).to.equal(`DNS:${WRONG_NAME}`);
  });

  it('has no subject alternative name in cn-only', async () => {
    const authority = await createAuthority();
    const leaf = new X509Certificate((await authority.issue('cn-only', NAMES)).certPem);
    expect(leaf.subjectAltName).to.equal(undefined);
    expect(leaf.subject).to.include('CN=mail.lab.test');
  });

  const outside: [string, { dns: string[]; ip: string[] }][] = [
    ['another domain', { dns: ['mail.example.org'], ip: [] }],
    ['a name that only ends like a lab name', { dns: ['evil-lab.test'], ip: [] }],
    ['another address', { dns: [], ip: ['192.0.2.1'] }],
    ['another IPv6 address', { dns: [], ip: ['::2'] }],
    ['no address', { dns: [], ip: ['localhost'] }],
  ];
  for (const [title, names] of outside) {
    it(`does not certify ${title}`, async () => {
      const authority = await createAuthority();
      const error: unknown = await authority.issue('good', names).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(Fault).and.include({ code: 'BAD_USAGE' });
    });
  }

  it('certifies what it was created for', async () => {
    const names = { dns: ['mail.example.org'], ip: ['192.0.2.1', '2001:db8::1'] };
    const authority = await createAuthority({ alsoFor: names });
    const leaf = new X509Certificate((await authority.issue('good', names)).certPem);
    expect(leaf.checkIP('2001:db8::1')).to.equal('2001:db8::1');
  });

  it('limits the names of a CA whose key stays in memory, but no addresses: BoringSSL refuses them all below such a limit', async () => {
    const limits = async (onMade?: () => void) => {
      const { pem } = await createAuthority({ ...(onMade && { onMade }) });
      return certificateStructure(new X509Certificate(pem).raw)?.nameConstraints?.permitted;
    };
    const [inMemory, kept] = [await limits(), await limits(() => undefined)];
    expect(inMemory?.dns).to.deep.equal(['lab.test', 'attacker.test', 'localhost']);
    expect(inMemory?.ip).to.deep.equal([]);
    expect(kept?.dns).to.deep.equal(inMemory?.dns);
    expect(kept?.ip.length).to.equal(2);
  });
});
