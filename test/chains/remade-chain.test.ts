import { X509Certificate } from 'node:crypto';
import { expect } from 'chai';
import { builtinChains } from '../../src/chains/builtin.js';
import type { Chain } from '../../src/chains/chain.js';
import { ChainRemaker } from '../../src/chains/remade-chain.js';
import { isThorough } from '../support/representative.js';

/** Who signed whom, by place, and what stays as it was. */
const shapeOf = ({ certificates, roots }: Pick<Chain, 'certificates' | 'roots'>): unknown[] => {
  const all = [...certificates, ...roots].map((der) => new X509Certificate(der));
  return all.map((each) => ({
    subject: each.subject,
    serial: each.serialNumber,
    names: each.subjectAltName,
    until: each.validTo,
    signers: all.flatMap((other, place) => (each.verify(other.publicKey) ? [place] : [])),
  }));
};

describe('chains made again with keys of ours', () => {
  it('keep who signed whom, names, numbers and dates; their leaf’s key is known', async function () {
    this.timeout(20_000);
    const remaker = new ChainRemaker();
    let roots: string | undefined;
    let count = 0;
    const suite = await builtinChains('again', 'localhost');
    // In the default suite every fourth of them.
    const isChosen = (id: string): boolean =>
      /^(?:path-building|signature-hash)\//.test(id) && (isThorough() || (count += 1) % 4 === 0);
    for await (const chain of suite.chains(isChosen)) {
      const { key: _, ...keyless } = chain;
      const made = remaker.remade(keyless);
      if (!('certificates' in made)) throw new Error(made.notApplicable);
      expect(shapeOf(made), chain.id).to.deep.equal(shapeOf(chain));
      expect(made.certificates[0]?.equals(chain.certificates[0] ?? Buffer.alloc(0)), chain.id).to.equal(false);
      const [root] = made.roots.map((der) => der.toString('base64'));
      expect((roots ??= root), 'one root').to.equal(root);
    }
  });

  it('move dates to where the suite’s own time is now', async () => {
    const suite = await builtinChains('again', 'localhost');
    const [chain] = await suite.controls('validity');
    if (chain === undefined) throw new Error('no chain');
    const at = new Date(Date.now() + 100 * 86_400_000);
    const made = new ChainRemaker().remade({ ...chain, at });
    if (!('certificates' in made)) throw new Error(made.notApplicable);
    const days = (der: Buffer | undefined): number =>
      Math.round((new Date(new X509Certificate(der ?? Buffer.alloc(0)).validTo).getTime() - Date.now()) / 86_400_000);
    expect(made.certificates.map(days)).to.deep.equal(chain.certificates.map((der) => days(der) - 100));
  });

  it('say why where a certificate cannot be read', () => {
    const chain: Chain = {
      id: 'x',
      family: 'x',
      form: 'x',
      host: 'localhost',
      certificates: [Buffer.from('no certificate')],
      roots: [],
      expected: 'reject',
      soft: false,
    };
    expect(new ChainRemaker().remade(chain)).to.deep.equal({
      notApplicable: 'it cannot be made again with a key of ours: a certificate is not well-formed',
    });
  });
});
