import type { RecipeName } from '../tls/certificate-recipes.js';
import type { Habits } from '../toys/habits.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & {
  readonly name: Extract<RecipeName, 'self-signed' | 'unknown-issuer' | 'wrong-name' | 'expired' | 'not-yet-valid'>;
};

const VERIFICATION: Readonly<Record<Row['name'], Habits['verifies']>> = {
  'self-signed': 'name-only',
  'unknown-issuer': 'name-only',
  'wrong-name': 'chain-only',
  expired: 'not-the-dates',
  'not-yet-valid': 'not-the-dates',
};

export default defineScenario<Row>({
  id: 'certificate-fault',
  title: 'The certificate is wrong in one way',
  why: 'TLS with an unknown peer protects nothing: whoever sits on the path can be that peer.',
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
  flaw: ({ name }) => ({ name: `accepts a certificate that is ${name}`, client: { verifies: VERIFICATION[name] } }),
  covers: ['cert-self-signed', 'cert-untrusted-root', 'cert-wrong-host', 'cert-expired', 'cert-not-yet-valid'],
});
