import { judgeChain } from '../verdict/chain.js';
import { defineScenario, type Scenario } from './scenario.js';

/** What every certificate chain of `--chains` is a variant of; in no registry, since the chains come from a suite. */
export const chainScenario: Scenario = defineScenario({
  id: 'certificate-chain',
  family: 'certificate',
  title: 'A chain of certificates that is wrong in one way, or right in an unusual one',
  attack: 'presents a certificate chain of a suite (--chains)',
  why: 'A client that does not keep the rules of RFC 5280 takes anybody for its server who has some certificate of a trusted authority, for another name or purpose.',
  references: ['RFC 5280 §6', 'RFC 9525 §6', 'RFC 8446 §4.4.2'],
  cwe: ['CWE-295', 'CWE-296'],
  modes: ['starttls', 'implicit'],
  tamper: {},
  judge: judgeChain,
  flaw: { name: 'accepts any certificate chain', client: { acceptsPeer: () => true } },
  covers: [
    'cert-incomplete-chain',
    'cert-reversed-chain',
    'cert-extra-root',
    'cert-int-not-ca',
    'cert-int-no-keycertsign',
    'cert-pathlen',
    'cert-name-constraints',
    'cert-unknown-critical',
    'cert-eku-client-only',
    'cert-eku-any',
    'cert-eku-absent',
    'cert-sha1-leaf',
    'cert-sha1-int',
    'cert-bad-signature',
  ],
});
