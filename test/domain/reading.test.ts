import { createHash, X509Certificate } from 'node:crypto';
import { expect } from 'chai';
import { autoconfigIn, autodiscoverIn } from '../../src/domain/client-files.js';
import { policyIn } from '../../src/domain/policy.js';
import { tlsaFacts } from '../../src/domain/tlsa.js';
import { createAuthority } from '../../src/tls/certificate-authority.js';

const page = (body: string, type = 'text/plain; charset=utf-8') => ({ status: 200, type, body });
const POLICY = 'version: STSv1\nmode: enforce\nmx: MX.example.org\nmx: *.example.net\nmax_age: 86400\n';

describe('an MTA-STS policy', () => {
  it('is read with both line ends', () => {
    const expected = { mode: 'enforce', mx: ['mx.example.org', '*.example.net'], maxAge: 86_400 };
    expect(policyIn(page(POLICY))).to.deep.equal(expected);
    expect(policyIn(page(POLICY.replaceAll('\n', '\r\n')))).to.deep.equal(expected);
  });

  for (const [what, given, failure] of [
    ['another status', { ...page(POLICY), status: 301 }, 'status 301'],
    ['another type', page(POLICY, 'text/html'), 'content type text/html'],
    ['no type', page(POLICY, ''), 'content type missing'],
    ['no version', page(POLICY.replace('STSv1', 'STSv2')), 'it has no line version: STSv1'],
    ['an unknown mode', page(POLICY.replace('enforce', 'strict')), 'mode strict'],
    ['an age that is no number', page(POLICY.replace('86400', 'long')), 'max_age is missing or not a number'],
    ['no mx', page('version: STSv1\nmode: testing\nmax_age: 1\n'), 'it names no mx'],
    ['no page', { failure: 'ENOTFOUND' }, 'ENOTFOUND'],
  ] as const)
    it(`with ${what} cannot be used`, () => {
      expect(policyIn(given)).to.deep.equal({ failure });
    });
});

describe('a file for mail clients', () => {
  it('of Mozilla is read', () => {
    const server = (kind: string, type: string, port: string, socket: string): string =>
      `<${kind} type="${type}"><hostname> IMAP.example.org</hostname><port>${port}</port><socketType>${socket}</socketType></${kind}>`;
    expect(
      autoconfigIn(
        `<clientConfig>${server('incomingServer', 'imap', '993', 'SSL')}<!--${server('incomingServer', 'imap', '1', 'plain')}-->${server('outgoingServer', 'smtp', '587', 'STARTTLS')}${server('incomingServer', 'pop3', 'x', 'plain')}${server('incomingServer', 'exchange', '443', '')}</clientConfig>`,
      ),
    ).to.deep.equal([
      { protocol: 'imap', host: 'imap.example.org', port: 993, encryption: 'implicit' },
      { protocol: 'smtp', host: 'imap.example.org', port: 587, encryption: 'starttls' },
      { protocol: 'pop3', host: 'imap.example.org', port: 0, encryption: 'none' },
      { protocol: 'exchange', host: 'imap.example.org', port: 443, encryption: 'unknown' },
    ]);
    expect(autoconfigIn('<html>')).to.equal(undefined);
  });

  for (const [fields, encryption] of [
    ['<SSL>on</SSL>', 'implicit'],
    ['<SSL>off</SSL>', 'none'],
    ['', 'implicit'],
    ['<SSL>on</SSL><Encryption>None</Encryption>', 'none'],
    ['<SSL>off</SSL><Encryption>TLS</Encryption>', 'starttls'],
    ['<SSL>off</SSL><Encryption>SSL</Encryption>', 'implicit'],
    ['<SSL>off</SSL><Encryption>Auto</Encryption>', 'none'],
  ] as const)
    it(`of Exchange says ${encryption} by ${fields === '' ? 'nothing' : fields}`, () => {
      const text = `<Autodiscover><Protocol><Type>IMAP</Type><Server>a.example</Server><Port>143</Port>${fields}</Protocol><Protocol><Type>WEB</Type></Protocol></Autodiscover>`;
      expect(autodiscoverIn(text)).to.deep.equal([{ protocol: 'imap', host: 'a.example', port: 143, encryption }]);
    });
});

describe('a TLSA record', () => {
  it('matches what RFC 7671 says, and nothing else', async () => {
    const authority = await createAuthority();
    const { certPem } = await authority.issue('good', { dns: ['mx.lab.test'], ip: [] });
    const leaf = new X509Certificate(certPem).raw;
    const root = new X509Certificate(authority.pem).raw;
    const spki = (der: Buffer): Buffer => new X509Certificate(der).publicKey.export({ type: 'spki', format: 'der' });
    const hash = (name: string, data: Buffer): Buffer => createHash(name).update(data).digest();
    const match = (usage: number, selector: number, matchingType: number, certificate: Buffer, name = 'mx.lab.test') =>
      tlsaFacts({ usage, selector, matchingType, certificate }, [leaf, root], name).match;
    expect([
      match(3, 1, 1, hash('sha256', spki(leaf))),
      match(3, 1, 2, hash('sha512', spki(leaf))),
      match(3, 0, 1, hash('sha256', leaf)),
      match(3, 0, 0, leaf),
      match(3, 1, 0, spki(leaf)),
      match(3, 1, 1, hash('sha256', spki(leaf)), 'other.example.org'),
      match(2, 0, 1, hash('sha256', root)),
      match(2, 1, 1, hash('sha256', spki(root))),
    ]).to.deep.equal(Array.from({ length: 8 }, () => 'matches'));
    expect([
      match(3, 1, 1, hash('sha256', spki(root))),
      match(3, 1, 1, hash('sha256', leaf)),
      match(3, 1, 1, Buffer.alloc(0)),
      match(2, 0, 1, hash('sha256', leaf)),
      match(2, 0, 1, hash('sha256', root), 'other.example.org'),
    ]).to.deep.equal(Array.from({ length: 5 }, () => 'differs'));
    expect([
      match(1, 1, 1, hash('sha256', spki(leaf))),
      match(0, 0, 0, leaf),
      match(3, 2, 1, leaf),
      match(3, 1, 3, leaf),
    ]).to.deep.equal(Array.from({ length: 4 }, () => 'unused'));
    expect(tlsaFacts({ usage: 3, selector: 1, matchingType: 1, certificate: leaf }, undefined, 'x').match).to.equal(
      'unseen',
    );
  });
});
