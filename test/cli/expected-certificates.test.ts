import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { expectedCertificates } from '../../src/cli/expected-certificates.js';
import { createAuthority } from '../../src/tls/certificate-authority.js';

describe('--expect-cert and --pin', () => {
  let folder: string;
  let pem: string;
  let caPem: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'expected-'));
    const authority = await createAuthority();
    caPem = authority.pem;
    pem = (await authority.issue('good', { dns: ['mail.lab.test'], ip: [] })).certPem;
    mkdirSync(join(folder, 'live', 'mail.lab.test'), { recursive: true });
    mkdirSync(join(folder, 'empty'));
    writeFileSync(join(folder, 'live', 'mail.lab.test', 'fullchain.pem'), pem + caPem);
    writeFileSync(join(folder, 'live', 'mail.lab.test', 'privkey.pem'), 'no certificate');
    writeFileSync(join(folder, 'live', 'ca.pem'), caPem);
    writeFileSync(join(folder, 'live', 'README'), pem);
    writeFileSync(join(folder, 'broken.txt'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const read = (expectCert: readonly string[], pin: readonly string[] = []) =>
    expectedCertificates({ expectCert: expectCert.map((name) => join(folder, name)), pin });

  it('are nothing unless given', () => {
    expect(read([])).to.equal(undefined);
  });

  it('read the leaf of a file, and of all files of a folder that hold a server’s certificate', () => {
    const file = join(folder, 'live', 'mail.lab.test', 'fullchain.pem');
    for (const name of ['live/mail.lab.test/fullchain.pem', 'live', '.']) {
      const { onDisk } = read([name]) ?? { onDisk: [] };
      expect(onDisk.map(({ path, leaf }) => [path, leaf.names.dns])).to.deep.equal([[file, ['mail.lab.test']]]);
    }
  });

  it('reads pins as curl has them', () => {
    const pin = Buffer.alloc(32, 7).toString('base64');
    expect(read([], [`sha256//${pin}`])).to.deep.equal({ onDisk: [], pins: [pin] });
  });

  const WRONG = [
    ['a file that is not there', ['gone.pem'], [], /cannot be read: /],
    ['a file without a certificate', ['live/mail.lab.test/privkey.pem'], [], /holds no certificate that can be read/],
    ['a broken certificate', ['broken.txt'], [], /holds no certificate that can be read/],
    ['an empty folder', ['empty'], [], /hold no server certificate/],
    ['a pin of another form', [], ['sha256/abc'], /--pin needs sha256\/\//],
    ['a pin that is too short', [], ['sha256//YWJj'], /44 characters/],
  ] as const;
  for (const [title, files, pins, says] of WRONG) {
    it(`refuses ${title}`, () => {
      expect(() => read(files, pins))
        .to.throw(says)
        .with.property('code', 'BAD_USAGE');
    });
  }
});
