import type { RecipeName } from '../tls/certificate-recipes.js';
import type { ClientHooks } from '../toys/moments.js';
import { hasRightChain, hasRightName, isOutOfDate } from '../toys/verification.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & {
  readonly name: Extract<RecipeName, 'self-signed' | 'unknown-issuer' | 'wrong-name' | 'expired' | 'not-yet-valid'>;
};

const overlooksDates: ClientHooks['acceptsPeer'] = (peer, name) =>
  hasRightName(peer, name) && (hasRightChain(peer) || isOutOfDate(peer));

const ACCEPTS: Readonly<Record<Row['name'], NonNullable<ClientHooks['acceptsPeer']>>> = {
  'self-signed': hasRightName,
  'unknown-issuer': hasRightName,
  'wrong-name': hasRightChain,
  expired: overlooksDates,
  'not-yet-valid': overlooksDates,
};

const NAMES: Readonly<Record<Row['name'], string>> = {
  'self-signed': 'self-signed',
  'unknown-issuer': 'of an unknown issuer',
  'wrong-name': 'for another name',
  expired: 'expired',
  'not-yet-valid': 'not yet valid',
};

export default defineScenario<Row>({
  id: 'certificate-fault',
  family: 'certificate',
  title: 'The certificate is wrong in one way',
  attack:
    'presents a certificate that is self-signed, of an unknown issuer, for another name, expired, or not yet valid',
  why: 'TLS with an unverified server protects nothing: anybody on the path can be that server.',
  references: ['RFC 8314 §5.2', 'RFC 7817 §3', 'RFC 9525 §6', 'RFC 5280 §6'],
  cwe: ['CWE-295', 'CWE-297', 'CWE-298'],
  modes: ['starttls', 'implicit'],
  variants: [
    { name: 'self-signed' },
    { name: 'unknown-issuer' },
    { name: 'wrong-name' },
    { name: 'expired' },
    { name: 'not-yet-valid' },
  ],
  certificate: ({ name }) => name,
  tamper: {},
  judge: secretsStayInsideTls,
  flaw: ({ name }) => ({
    name: `accepts a certificate that is ${NAMES[name]}`,
    client: { acceptsPeer: ACCEPTS[name] },
  }),
  covers: [
    'cert-self-signed',
    'cert-untrusted-root',
    'cert-wrong-host',
    'cert-expired',
    'cert-not-yet-valid',
    'cert-path-parity',
    'disc-guess-certificate',
    'fb-hs-then-noverify',
  ],
});
