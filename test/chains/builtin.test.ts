import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { expect } from 'chai';
import { builtinChains } from '../../src/chains/builtin.js';
import type { Chain, ChainSuite } from '../../src/chains/chain.js';
import { certificateStructure } from '../../src/tls/certificate-structure.js';
import { isThorough } from '../support/representative.js';
import { it } from '../support/in-turn.js';

const gathered = async (chains: AsyncIterable<Chain>): Promise<Chain[]> => {
  const all: Chain[] = [];
  for await (const chain of chains) all.push(chain);
  return all;
};

const FAMILIES = [
  'path-building',
  'validity',
  'name-constraints',
  'extended-key-usage',
  'ca-flag',
  'path-length',
  'key-usage',
  'critical-extension',
  'policy',
  'signature-hash',
  'names',
  'leaf-key',
];

describe('chains of our own', () => {
  let chains: Chain[];
  let suite: ChainSuite;

  before(async () => {
    suite = await builtinChains('seed', 'localhost');
    chains = await gathered(suite.chains());
    expect(chains.length).to.equal(suite.size);
  });

  it('are a few hundred, each with its own id and the section that it is about', () => {
    expect(chains.length).to.be.within(300, 600);
    expect(new Set(chains.map(({ id }) => id)).size).to.equal(chains.length);
    expect(chains.filter(({ why }) => why?.includes('RFC') !== true)).to.deep.equal([]);
  });

  for (const family of FAMILIES)
    it(`${family}: good chains and wrong ones, and a control for each form`, async () => {
      const own = chains.filter((chain) => chain.family === family);
      expect(own.some(({ expected }) => expected === 'accept')).to.equal(true);
      expect(own.some(({ expected }) => expected === 'reject')).to.equal(true);
      for (const form of new Set(own.map((chain) => chain.form)))
        expect(await suite.controls(form)).to.not.have.length(0);
    });

  it('have a leaf for the host that they are for', () => {
    for (const { certificates, host, id } of chains.filter(({ family }) => family !== 'names')) {
      const leaf = new X509Certificate(certificates[0] ?? Buffer.alloc(0));
      expect(leaf.checkHost(host) ?? leaf.checkIP(host), id).to.equal(host);
    }
  });

  it('name their host rightly or wrongly, as OpenSSL sees it too', () => {
    for (const { certificates, host, id, expected } of chains.filter(
      ({ family, soft }) => family === 'names' && !soft,
    )) {
      if (expected === 'either') continue;
      const leaf = new X509Certificate(certificates[0] ?? Buffer.alloc(0));
      const found = isIP(host) === 0 ? leaf.checkHost(host) : leaf.checkIP(host);
      expect(found !== undefined, id).to.equal(expected === 'accept');
    }
  });

  it('have signatures of their issuers, where nothing is wrong', () => {
    for (const { id, certificates, roots, expected, soft } of chains) {
      if (expected !== 'accept' || soft || id.includes('lookalike')) continue;
      const signers = [...certificates, ...roots].map((der) => new X509Certificate(der).publicKey);
      for (const der of certificates)
        expect(
          signers.some((key) => new X509Certificate(der).verify(key)),
          id,
        ).to.equal(true);
    }
  });

  it('have signatures of the hash that they are about, which are right', () => {
    const named = (name: string): X509Certificate[] =>
      (chains.find(({ id }) => id.endsWith(`/${name}`))?.certificates ?? []).map((der) => new X509Certificate(der));
    const [leaf, ...authorities] = named('md5-in-leaf');
    const [, lower, upper] = named('md5-in-authority');
    for (const [certificate, issuer] of [
      [leaf, authorities[0]],
      [lower, upper],
    ] as const) {
      if (certificate === undefined || issuer === undefined) throw new Error('a chain is missing');
      expect(certificateStructure(certificate.raw)?.signatureAlgorithm).to.equal('rsa-md5');
      expect(certificate.verify(issuer.publicKey)).to.equal(true);
    }
  });

  it('are the same for the same seed, but for keys', async () => {
    const again: Chain[] = [];
    for await (const chain of (await builtinChains('seed', 'localhost')).chains()) {
      again.push(chain);
      // In the default suite the first of them.
      if (!isThorough() && again.length === 60) break;
    }
    const shape = ({ id, certificates }: Chain): string =>
      [id, ...certificates.map((der) => new X509Certificate(der).serialNumber)].join(' ');
    expect(again.map(shape)).to.deep.equal(chains.slice(0, again.length).map(shape));
  });
});
