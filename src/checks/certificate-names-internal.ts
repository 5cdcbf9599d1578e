import { BlockList, isIP } from 'node:net';
import { defineCertificateCheck } from './certificate-check.js';
import { info, pass } from './check.js';
import { oneOfEachKind } from './subjects.js';

export default defineCertificateCheck({
  id: 'certificate-names-internal',
  title: 'The certificate names no host of an internal network',
  why: 'Everybody who connects reads the names in the certificate. Names and addresses of internal hosts tell an attacker what there is behind the server.',
  references: ['CA/Browser Forum BR §4.2.2', 'RFC 6762 appendix G'],
  cwe: ['CWE-200'],
  severity: 'info',
  judge: ({ names }, _chain, { host }) => {
    const isInternal = (name: string): boolean => isPrivate(name) || INTERNAL.test(name);
    // Where the server itself was asked for by such a name, there is nothing to hide.
    const found = isInternal(host) ? [] : [...names.dns, ...names.ip].filter(isInternal);
    return found.length === 0
      ? pass('the certificate names no internal host')
      : info(`the certificate tells everybody of ${found.slice(0, SHOWN).join(', ')}`);
  },
  remedy: { 'any server': 'a certificate of its own for the names that are used from outside' },
  byHand: { openssl: '-showcerts | openssl x509 -noout -ext subjectAltName' },
  flaw: {
    name: 'has a certificate that names an internal host',
    server: { certificate: 'for-internal-names' },
    then: 'info',
    roles: oneOfEachKind,
  },
  covers: ['srv-cert-privacy'],
  examples: [
    { given: { leaf: { names: { dns: ['mail.example.org'], ip: ['192.0.2.1'] } } }, then: 'pass' },
    { given: { leaf: { names: { dns: ['mail.example.org', 'dc1.corp.local'], ip: [] } } }, then: 'info' },
    { given: { leaf: { names: { dns: ['mail.example.org'], ip: ['10.1.2.3'] } } }, then: 'info' },
    {
      given: { leaf: { names: { dns: ['mail.home.arpa'], ip: ['192.168.1.2'] } } },
      on: { host: 'mail.home.arpa' },
      then: 'pass',
    },
  ],
});

const isPrivate = (name: string): boolean => {
  const family = isIP(name);
  return family !== 0 && PRIVATE.check(name, family === 4 ? 'ipv4' : 'ipv6');
};

// Not loopback: a lab's own certificate has it.
const PRIVATE = new BlockList();
for (const [net, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  PRIVATE.addSubnet(net, bits);
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
const INTERNAL = /\.(?:local|localdomain|lan|internal|intranet|corp|home|home\.arpa|private)\.?$/i;
const SHOWN = 3;
