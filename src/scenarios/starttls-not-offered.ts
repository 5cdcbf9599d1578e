import { secretsStayInsideTls } from '../verdict/judgement.js';
import { fallsBackToPlaintext } from './flaws.js';
import { stripped } from './rules.js';
import { defineScenario } from './scenario.js';

export default defineScenario({
  id: 'starttls-not-offered',
  family: 'strip',
  title: 'STARTTLS vanishes from the capability list',
  attack: 'removes STARTTLS from greeting and capability list; answers STARTTLS with an error',
  why: 'An attacker on the path deletes the offer. A client that was told to use TLS must stop before it logs in.',
  references: ['RFC 3207 §6', 'RFC 8314 §5.2'],
  cwe: ['CWE-757', 'CWE-319'],
  modes: ['starttls'],
  tamper: stripped,
  judge: secretsStayInsideTls,
  flaw: fallsBackToPlaintext,
  covers: [
    'strip-caps-omit',
    'strip-no-auth-submission',
    'leak-envelope',
    'leak-sieve-script',
    'mta-smarthost-auth-strip',
  ],
});
