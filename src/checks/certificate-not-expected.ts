import type { ExpectedCertificates } from '../tls/expected-certificates.js';
import type { CertificateFacts } from '../tls/inspect.js';
import { defineCertificateCheck } from './certificate-check.js';
import { fail, notApplicable, pass } from './check.js';

export default defineCertificateCheck({
  id: 'certificate-not-expected',
  title: 'The server shows the expected certificate',
  why: 'After a renewal many servers go on showing the old certificate until they are reloaded, and users find out on the day when it expires. A certificate with another key than expected is an accident, or an attacker in between.',
  references: ['RFC 8314 §5.3', 'RFC 9525 §1.2'],
  cwe: ['CWE-297'],
  severity: 'high',
  expectsCertificate: true,
  judge: (leaf, _chain, { expected }) => {
    if (expected === undefined) return notApplicable('name the right certificate with --expect-cert or --pin');
    const { onDisk, pins } = expected;
    const key = leaf.publicKeySha256 ?? 'unreadable';
    if (pins.length > 0 && !pins.includes(key))
      return fail(`the server has another key than the pinned one: sha256//${key}`);
    if (onDisk.length === 0) return pass('the key is the pinned one');
    const same = onDisk.find((each) => each.leaf.fingerprintSha256 === leaf.fingerprintSha256);
    if (same !== undefined) return pass(`the certificate is that of ${same.path}`);
    const { path, leaf: right } = likeliest(leaf, onDisk);
    return leaf.notAfter < right.notAfter
      ? fail(
          `the server shows a certificate that is valid until ${day(leaf)}, the one in ${path} is valid until ${day(right)}: was the service reloaded after the renewal?`,
        )
      : fail(
          `the server shows another certificate (serial number ${leaf.serialNumber}, until ${day(leaf)}) than ${path} (${right.serialNumber}, until ${day(right)})`,
        );
  },
  remedy: {
    'any server': 'reload or restart the service, and let the tool that renews the certificate do it from now on',
  },
  byHand: { openssl: '-showcerts | openssl x509 -noout -enddate -pubkey' },
  flaw: { name: 'shows another certificate than the one on disk', server: { certificate: 'another' } },
  covers: ['srv-doors-differ'],
  examples: [
    {
      given: { leaf: leafOf('a', '2026-12-01') },
      on: { expected: expecting([['/a.pem', leafOf('a', '2026-12-01')]]) },
      then: 'pass',
    },
    {
      given: { leaf: leafOf('a', '2026-12-01') },
      on: { expected: expecting([['/b.pem', leafOf('b', '2027-03-01')]]) },
      then: 'fail',
    },
    {
      given: { leaf: leafOf('a', '2027-03-01') },
      on: { expected: expecting([['/b.pem', leafOf('b', '2026-12-01')]]) },
      then: 'fail',
    },
    { given: { leaf: leafOf('a', '2026-12-01') }, on: { expected: expecting([], ['key of a']) }, then: 'pass' },
    { given: { leaf: leafOf('a', '2026-12-01') }, on: { expected: expecting([], ['key of b']) }, then: 'fail' },
    {
      given: { leaf: leafOf('a', '2026-12-01') },
      on: { expected: expecting([['/a.pem', leafOf('a', '2026-12-01')]], ['key of b']) },
      then: 'fail',
    },
    { given: { leaf: leafOf('a', '2026-12-01') }, then: 'not-applicable' },
  ],
});

/** The file for these names that is valid longest; of all files if none is for them. */
const likeliest = (
  served: CertificateFacts,
  onDisk: ExpectedCertificates['onDisk'],
): ExpectedCertificates['onDisk'][number] => {
  const related = onDisk.filter(({ leaf }) => leaf.names.dns.some((name) => served.names.dns.includes(name)));
  const [first, ...others] = related.length === 0 ? onDisk : related;
  if (first === undefined) throw new Error('no certificate is expected');
  return others.reduce((best, each) => (each.leaf.notAfter > best.leaf.notAfter ? each : best), first);
};

const day = ({ notAfter }: CertificateFacts): string => notAfter.slice(0, 10);

function leafOf(name: string, notAfter: string): CertificateFacts {
  return {
    subject: 'CN=mail.example.org',
    issuer: 'CN=CA',
    notBefore: '2026-01-01',
    notAfter,
    daysLeft: 30,
    daysInAll: 90,
    validity: 'valid',
    names: { dns: ['mail.example.org'], ip: [], common: [] },
    keyType: 'ec',
    signatureAlgorithm: 'ecdsa-sha256',
    isSelfSigned: false,
    isCa: false,
    isForServers: true,
    mustStaple: false,
    hasTransparencyProofs: false,
    ocspUrls: [],
    crlUrls: [],
    claimsPublicRules: false,
    defects: [],
    issuerUrls: [],
    fingerprintSha256: name,
    serialNumber: name,
    publicKeySha256: `key of ${name}`,
  };
}

function expecting(
  files: readonly (readonly [string, CertificateFacts])[],
  pins: readonly string[] = [],
): ExpectedCertificates {
  return { onDisk: files.map(([path, leaf]) => ({ path, leaf })), pins };
}
