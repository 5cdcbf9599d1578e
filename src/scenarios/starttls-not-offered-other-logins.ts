import type { TamperRule } from '../endpoints/tamper.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { fallsBackToPlaintext } from './flaws.js';
import { refusingUpgrade } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

interface Row extends Variant {
  /** SASL mechanisms that are listed in place of those that the server has inside TLS. */
  readonly logins: readonly string[];
}

const CHALLENGES = ['SCRAM-SHA-256', 'SCRAM-SHA-1', 'DIGEST-MD5', 'CRAM-MD5', 'NTLM'];
const TOKENS = ['OAUTHBEARER', 'XOAUTH2'];
const OTHERS = [
  ...[
    'ANONYMOUS',
    'EXTERNAL',
    'GSSAPI',
    'GSS-SPNEGO',
    'GS2-KRB5',
    'KERBEROS_V4',
    'KERBEROS_V5',
    'OTP',
    'SKEY',
    'SECURID',
  ],
  ...[
    'SRP',
    'SXOVER-PLUS',
    'PLAIN-CLIENTTOKEN',
    'X-PLAIN-SUBMIT',
    'XYMCOOKIE',
    'XYMPKI',
    'XYMECOOKIE',
    'OPENID20',
    'SAML20',
  ],
  ...[
    'ECDSA-NIST256P-CHALLENGE',
    '9798-U-RSA-SHA1-ENC',
    '9798-M-RSA-SHA1-ENC',
    '9798-U-DSA-SHA1',
    'EAP-AES128',
    'PASSDSS',
  ],
  ...['SCRAM-SHA-512', 'SCRAM-SHA-224', 'SCRAM-SHA-384', 'CRAM-MD4', 'CRAM-SHA1', 'DIGEST-SHA', 'MSN', 'APOP', 'RPA'],
];

const listed: TamperRule<Row> = ({ protocol, inside, variant }, next) =>
  inside
    ? next()
    : next((honest) => protocol.rewriteOffer(honest, { upgrade: false, logins: variant.logins, loginDisabled: false }));

export default defineScenario<Row>({
  id: 'starttls-not-offered-other-logins',
  family: 'strip',
  title: 'STARTTLS vanishes, and the list has other logins',
  attack:
    'removes STARTTLS from greeting and capability list, and lists other logins there; answers STARTTLS with an error',
  why: 'A response to a challenge can be cracked or relayed, and a token is as good as a password: a client that must use TLS says neither in clear, whatever login is on offer.',
  references: ['RFC 3207 §6', 'RFC 8314 §5.2', 'RFC 7628 §5'],
  cwe: ['CWE-757', 'CWE-319'],
  modes: ['starttls'],
  extra: 'more',
  variants: [
    // A real server that has none of these refuses the login before it asks for a secret.
    { name: 'challenge-response', logins: CHALLENGES, seats: ['server'] },
    { name: 'tokens', logins: TOKENS, covers: ['auth-token-clear'] },
    { name: 'many', logins: [...CHALLENGES, ...TOKENS, ...OTHERS, 'LOGIN', 'PLAIN'], covers: ['auth-mech-census'] },
  ],
  tamper: { greeting: listed, capabilities: listed, starttls: refusingUpgrade },
  judge: secretsStayInsideTls,
  flaw: fallsBackToPlaintext,
  covers: [],
});
