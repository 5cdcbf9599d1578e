import { certificates, chainFor } from '../probes/certificates.js';
import { defineCheck, inconclusive, info, pass } from './check.js';
import { oneOfEachKind } from './subjects.js';

export default defineCheck({
  id: 'certificate-key-shared',
  title: 'Certificates for different names have different keys',
  why: 'An attacker with the key of one service has that of all others with the same key, and a session for one name can be used for another.',
  references: ['RFC 9325 §7.4'],
  cwe: ['CWE-323'],
  severity: 'info',
  intrusiveness: 'passive',
  perName: true,
  needs: { chains: certificates },
  judge: ({ chains }, { host }) => {
    const named = chainFor(chains, host);
    const own = named === undefined || 'failure' in named ? undefined : named.chain.leaf;
    if (own === undefined) return inconclusive('there was no handshake under this name');
    const same = chains.filter(
      (other) =>
        'chain' in other &&
        other.chain.leaf !== undefined &&
        other.chain.leaf.fingerprintSha256 !== own.fingerprintSha256 &&
        other.chain.leaf.publicKeySha256 === own.publicKeySha256,
    );
    return same.length === 0
      ? pass('no other certificate that was seen here has the same key')
      : info(`another certificate, that of ${same.map(({ name }) => name).join(', ')}, has the same key`);
  },
  remedy: {
    'any server': 'a key of its own for each certificate (certbot makes a new one at each renewal by default)',
  },
  byHand: 'not with common tools',
  flaw: {
    name: 'shows clients that send no server name another certificate, which has the same key',
    server: { unnamed: 'localhost-for-ip', askedByAddress: true },
    then: 'info',
    roles: oneOfEachKind,
  },
  covers: ['srv-cert-key'],
  examples: [
    {
      given: {
        chains: [
          { name: 'a.example', chain: { leaf: { fingerprintSha256: '1', publicKeySha256: 'k' } } },
          { name: 'b.example', chain: { leaf: { fingerprintSha256: '2', publicKeySha256: 'k' } } },
        ],
      },
      on: { host: 'a.example' },
      then: 'info',
    },
    {
      given: {
        chains: [
          { name: 'a.example', chain: { leaf: { fingerprintSha256: '1', publicKeySha256: 'k' } } },
          { name: 'b.example', chain: { leaf: { fingerprintSha256: '1', publicKeySha256: 'k' } } },
        ],
      },
      on: { host: 'a.example' },
      then: 'pass',
    },
    { given: { chains: [] }, on: { host: 'a.example' }, then: 'inconclusive' },
  ],
});
