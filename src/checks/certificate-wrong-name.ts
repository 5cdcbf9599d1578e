import { isIP } from 'node:net';
import { defineCertificateCheck } from './certificate-check.js';
import { fail, pass, warn } from './check.js';
import { strangersPort } from './subjects.js';

export default defineCertificateCheck({
  id: 'certificate-wrong-name',
  title: 'The certificate names the host',
  why: 'A client compares the name that its user configured; if it differs, it must refuse, or cannot tell the server from an attacker.',
  references: ['RFC 7817 §3', 'RFC 9525 §6', 'RFC 8314 §5.3'],
  cwe: ['CWE-297'],
  severity: 'high',
  relay: { status: 'info' },
  judge: ({ names }, { nameMatches }, { host }) => {
    const listed = [...names.dns, ...names.ip];
    if (nameMatches === 'san') return pass(`the certificate names ${host}`);
    const others =
      listed.length === 0
        ? 'no name at all'
        : listed.slice(0, SHOWN).join(', ') + (listed.length > SHOWN ? ', ...' : '');
    // Where there are DNS names, and for addresses, nobody looks at the common name (RFC 6125 §6.4.4).
    if (nameMatches === 'cn-only' && names.dns.length === 0 && isIP(host) === 0)
      return warn(
        `${host} is only in the common name, which clients no longer read; the certificate is for ${others}`,
        {
          severity: 'medium',
        },
      );
    return fail(`the certificate is for ${others}, not for ${host}`);
  },
  remedy: {
    'any server':
      'a certificate with this name as subject alternative name; or tell users (and autoconfiguration) the name that it has',
  },
  byHand: { openssl: '-showcerts | openssl x509 -noout -subject -ext subjectAltName' },
  flaw: { name: 'shows a certificate for another name', server: { certificate: 'wrong-name' } },
  covers: ['srv-cert-name'],
  examples: [
    { given: { nameMatches: 'cn-only', leaf: { names: { dns: ['x'], ip: [] } } }, then: 'fail' },
    { given: { nameMatches: 'san', leaf: { names: { dns: ['h'], ip: [] } } }, then: 'pass' },
    { given: { nameMatches: 'cn-only', leaf: { names: { dns: [], ip: [] } } }, then: 'warn' },
    { given: { nameMatches: 'no', leaf: { names: { dns: ['x'], ip: [] } } }, then: 'fail' },
    { given: { nameMatches: 'no', leaf: { names: { dns: ['x'], ip: [] } } }, on: strangersPort, then: 'info' },
  ],
});

const SHOWN = 4;
