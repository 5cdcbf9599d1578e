import { expect } from 'chai';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext, TLSSocket } from 'node:tls';
import { ChainIssuer, type LeafKey } from '../../src/chains/issue-chain.js';
import { audited, said, type Play } from '../support/played-server.js';
import { sideBySide } from '../support/side-by-side.js';

// TLS libraries differ in the keys that they can verify: a server whose only key is an uncommon one served our own client, and passed.

const HOST = 'mail.lab.test';

/** IMAP over TLS with a certificate for such a key. */
const served = async (key: LeafKey): Promise<Play> => {
  const issuer = await ChainIssuer.create('unusual keys');
  const chain = await issuer.issue({ host: { type: 'dns', value: HOST }, links: [{ basic: { ca: true } }, { key }] });
  const cert = chain.map((der) => new X509Certificate(der).toString()).join('');
  const secureContext = createSecureContext({
    cert,
    key: createPrivateKey({ key: await issuer.leafKeyOf(key), format: 'der', type: 'pkcs8' }).export({
      type: 'pkcs8',
      format: 'pem',
    }),
  });
  return (socket) => {
    const inside = new TLSSocket(socket, { isServer: true, secureContext });
    inside.on('error', () => undefined);
    inside.once('secure', () => inside.write('* OK ready\r\n'));
    inside.on('data', (bytes: Buffer) => {
      for (const line of bytes.toString('latin1').split('\r\n').filter(Boolean)) {
        const [tag = '*', verb] = line.split(' ');
        inside.write(`${verb === 'CAPABILITY' ? '* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n' : ''}${tag} OK done\r\n`);
      }
    });
  };
};

describe('keys that not every client knows', () => {
  const it = sideBySide();
  for (const [title, key, verdict] of [
    ['Ed25519 only', 'ed25519', /^warn: .*Ed25519/],
    ['P-384 only', 'p-384', /^pass: /],
  ] as const) {
    it(title, async () => {
      const told = said(
        await audited('imaps', await served(key), ['certificate-other-kind'], { servername: HOST, depth: 'full' }),
      );
      expect(told['certificate-other-kind']).to.match(verdict);
    }).timeout(30_000);
  }
});
