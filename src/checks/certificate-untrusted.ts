import { defineCertificateCheck } from './certificate-check.js';
import { fail, pass, warn } from './check.js';
import { strangersPort } from './subjects.js';

export default defineCertificateCheck({
  id: 'certificate-untrusted',
  title: 'The certificate chain ends at a trusted authority',
  why: 'Without a trusted chain a client cannot tell the server from an attacker; users get used to ignoring the warning.',
  references: ['RFC 7817 §3', 'RFC 5280 §6.1', 'RFC 9525'],
  cwe: ['CWE-295'],
  severity: 'high',
  relay: { status: 'warn', because: 'most other servers do not verify it; those that use MTA-STS do' },
  judge: (_, { chain, chainOrder }) => {
    if (chain !== 'trusted')
      return fail(CHAINS[chain], { ...(chain === 'bad-signature' && { remedy: INSTALLED_AGAIN }) });
    return chainOrder === 'right'
      ? pass('the chain ends at a trusted authority')
      : warn('the chain ends at a trusted authority, but is sent in the wrong order', { severity: 'low' });
  },
  unreadable: fail('the certificate cannot be read'),
  remedy: {
    'any server':
      'a certificate of a public authority (automated, as with certbot or lego), sent with its intermediates; for a private authority: --ca FILE',
    postfix: 'smtpd_tls_chain_files = key.pem, fullchain.pem',
    'dovecot 2.3': 'ssl_cert = <fullchain.pem',
    'dovecot 2.4': 'ssl_server_cert_file = fullchain.pem',
  },
  byHand: { openssl: '-showcerts' },
  flaw: [
    { name: 'shows a self-signed certificate', server: { certificate: 'self-signed' } },
    { name: 'shows a certificate of an unknown authority', server: { certificate: 'unknown-issuer' } },
  ],
  covers: ['srv-cert-chain', 'srv-cert-sent-order'],
  examples: [
    { given: { chain: 'trusted', chainOrder: 'right', leaf: {} }, then: 'pass' },
    { given: { chain: 'trusted', chainOrder: 'wrong', leaf: {} }, then: 'warn' },
    { given: { chain: 'self-signed', leaf: {} }, then: 'fail' },
    { given: { chain: 'self-signed', leaf: {} }, on: strangersPort, then: 'warn' },
    { given: { chain: 'bad-signature', leaf: {} }, then: 'fail' },
    { given: { chain: 'names-not-permitted', leaf: {} }, then: 'fail' },
    { given: { chain: 'unreadable' }, then: 'fail' },
  ],
});

const INSTALLED_AGAIN = { 'any server': 'install the certificate again as the authority issued it' };
const CHAINS = {
  'self-signed': 'self-signed certificate',
  'unknown-issuer': 'the certificate was issued by an unknown authority',
  'untrusted-root': 'the chain ends at a root that is not trusted',
  incomplete: 'an intermediate certificate is missing from the chain',
  'expired-issuer': 'an intermediate or root certificate of the chain has expired',
  'not-a-ca':
    'a certificate of the chain is signed with a certificate that may not issue others, or may not issue them for servers',
  'names-not-permitted':
    'an authority of the chain is not allowed to certify a name of this certificate (name constraints); clients refuse it',
  'bad-signature':
    'the signature of a certificate does not match the key of the issuer that it names: the certificate is damaged or forged',
  unreadable: 'the certificate cannot be read',
} as const;
