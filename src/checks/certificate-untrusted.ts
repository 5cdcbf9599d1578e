import { certificates, chainFor } from '../probes/certificates.js';
import { isOpportunistic } from '../probes/listener.js';
import { defineCheck, fail, inconclusive, pass, warn } from './check.js';
import { strangersPort, usersPort } from './subjects.js';

export default defineCheck({
  id: 'certificate-untrusted',
  title: 'The certificate chain leads to a trusted authority',
  why: 'Without a trusted chain a client cannot tell the server from an attacker; people learn to click the warning away.',
  references: ['RFC 7817 §3', 'RFC 5280 §6.1', 'RFC 9525'],
  cwe: ['CWE-295'],
  severity: 'high',
  intrusiveness: 'passive',
  depth: 'quick',
  perName: true,
  needs: { chains: certificates },
  judge: ({ chains }, subject) => {
    const facts = chainFor(chains, subject.host);
    if (facts === undefined) return inconclusive('there was no handshake under this name');
    if (facts.chain === 'trusted') {
      return facts.chainOrder === 'right'
        ? pass('the chain leads to a trusted authority')
        : warn('the chain leads to a trusted authority, but is sent in the wrong order', { severity: 'low' });
    }
    const because = CHAINS[facts.chain];
    return isOpportunistic(subject)
      ? warn(`${because}; other servers mostly do not verify it, those with MTA-STS do`)
      : fail(because);
  },
  remedy: {
    'any server':
      'a certificate of a public authority (automated, as with certbot or lego), sent with its intermediates; for a private authority: --ca FILE',
    postfix: 'smtpd_tls_chain_files = key.pem, fullchain.pem',
    'dovecot 2.3': 'ssl_cert = </path/fullchain.pem',
    'dovecot 2.4': 'ssl_server_cert_file = /path/fullchain.pem',
  },
  byHand: { openssl: '-showcerts' },
  flaw: [
    { name: 'shows a self-signed certificate', server: { certificate: 'self-signed' }, onRelay: 'warn' },
    { name: 'shows a certificate of an unknown authority', server: { certificate: 'unknown-issuer' }, onRelay: 'warn' },
  ],
  covers: ['srv-cert-chain'],
  examples: [
    {
      given: { chains: [{ name: 'h', chain: { chain: 'trusted', chainOrder: 'right' } }] },
      on: { host: 'h', ...usersPort },
      then: 'pass',
    },
    {
      given: { chains: [{ name: 'h', chain: { chain: 'trusted', chainOrder: 'wrong' } }] },
      on: { host: 'h', ...usersPort },
      then: 'warn',
    },
    {
      given: { chains: [{ name: 'h', chain: { chain: 'self-signed' } }] },
      on: { host: 'h', ...usersPort },
      then: 'fail',
    },
    {
      given: { chains: [{ name: 'h', chain: { chain: 'self-signed' } }] },
      on: { host: 'h', ...strangersPort },
      then: 'warn',
    },
    { given: { chains: [] }, on: { host: 'h', ...usersPort }, then: 'inconclusive' },
  ],
});

const CHAINS = {
  'self-signed': 'the certificate is self-signed',
  'unknown-issuer': 'the certificate was issued by an unknown authority',
  'untrusted-root': 'the chain ends at a root that is not trusted',
  incomplete: 'an intermediate certificate is missing from the chain',
  'expired-issuer': 'a certificate of the chain above the leaf has expired',
  'not-a-ca': 'a certificate of the chain was issued by one that may not issue',
  unreadable: 'the certificate cannot be read',
} as const;
