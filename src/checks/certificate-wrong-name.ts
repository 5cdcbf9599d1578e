import { isIP } from 'node:net';
import { certificates, chainFor } from '../probes/certificates.js';
import { isOpportunistic } from '../probes/listener.js';
import { defineCheck, fail, inconclusive, info, notApplicable, pass, warn } from './check.js';
import { strangersPort, usersPort } from './subjects.js';

export default defineCheck({
  id: 'certificate-wrong-name',
  title: 'The certificate names the host',
  why: 'A client compares the name that its user configured; if it differs, it must refuse, or cannot tell the server from an attacker.',
  references: ['RFC 7817 §3', 'RFC 9525 §6', 'RFC 8314 §5.4'],
  cwe: ['CWE-297'],
  severity: 'high',
  intrusiveness: 'passive',
  depth: 'quick',
  perName: true,
  needs: { chains: certificates },
  judge: ({ chains }, subject) => {
    const facts = chainFor(chains, subject.host);
    if (facts === undefined) return inconclusive('there was no handshake under this name');
    if (facts.leaf === undefined) return notApplicable('the certificate cannot be read');
    const { names } = facts.leaf;
    const listed = [...names.dns, ...names.ip];
    if (facts.nameMatches === 'san') return pass(`the certificate names ${subject.host}`);
    const others =
      listed.length === 0
        ? 'no name at all'
        : listed.slice(0, SHOWN).join(', ') + (listed.length > SHOWN ? ', ...' : '');
    // Where there are DNS names, and for addresses, nobody looks at the common name (RFC 6125 §6.4.4).
    if (facts.nameMatches === 'cn-only' && names.dns.length === 0 && isIP(subject.host) === 0)
      return warn(
        `${subject.host} is only in the common name, which clients no longer read; the certificate is for ${others}`,
        { severity: 'medium' },
      );
    const because = `the certificate is for ${others}, not for ${subject.host}`;
    return isOpportunistic(subject) ? info(because) : fail(because);
  },
  remedy: {
    'any server':
      'a certificate with this name as subject alternative name; or tell users (and autoconfiguration) the name that it has',
  },
  flaw: { name: 'shows a certificate for another name', server: { certificate: 'wrong-name' }, onRelay: 'info' },
  covers: ['srv-cert-name'],
  examples: [
    {
      given: { chains: [{ name: 'h', chain: { nameMatches: 'cn-only', leaf: { names: { dns: ['x'], ip: [] } } } }] },
      on: { host: 'h', ...usersPort },
      then: 'fail',
    },
    {
      given: {
        chains: [{ name: '192.0.2.1', chain: { nameMatches: 'cn-only', leaf: { names: { dns: [], ip: [] } } } }],
      },
      on: { host: '192.0.2.1', ...usersPort },
      then: 'fail',
    },
    {
      given: { chains: [{ name: 'h', chain: { nameMatches: 'san', leaf: { names: { dns: ['h'], ip: [] } } } }] },
      on: { host: 'h', ...usersPort },
      then: 'pass',
    },
    {
      given: { chains: [{ name: 'h', chain: { nameMatches: 'cn-only', leaf: { names: { dns: [], ip: [] } } } }] },
      on: { host: 'h', ...usersPort },
      then: 'warn',
    },
    {
      given: { chains: [{ name: 'h', chain: { nameMatches: 'no', leaf: { names: { dns: ['x'], ip: [] } } } }] },
      on: { host: 'h', ...usersPort },
      then: 'fail',
    },
    {
      given: { chains: [{ name: 'h', chain: { nameMatches: 'no', leaf: { names: { dns: ['x'], ip: [] } } } }] },
      on: { host: 'h', ...strangersPort },
      then: 'info',
    },
  ],
});

const SHOWN = 4;
