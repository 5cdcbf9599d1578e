import { send, type TamperRule } from '../endpoints/tamper.js';
import { protocolsWhere } from '../protocols/port-roles.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { fallsBackToPlaintext } from './flaws.js';
import { commandOf, line, refusingUpgrade } from './rules.js';
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

/** The greeting says APOP where the list cannot (RFC 1939 §7). */
const greeting: TamperRule<Row> = (context, next) => {
  const { protocol, inside, variant, insideOffer } = context;
  return variant.name === 'apop' && !inside
    ? [send(protocol.answers.greeting({ ...insideOffer, logins: variant.logins }))]
    : listed(context, next);
};

/** What comes before the secret is taken, and the secret is not asked for; or another login is demanded. */
const login: TamperRule<Row> = ({ protocol, inside, unit, variant }, next) => {
  const command = commandOf(unit);
  if (!inside && variant.name === 'name-only' && saysName(unit))
    return [send(protocol.answers.refuse(command, 'no', 'Unknown user'))];
  if (!inside && variant.name === 'transition-needed' && command !== undefined && command.mechanism !== 'PLAIN')
    return [send(line('NO (TRANSITION-NEEDED) "Log in with PLAIN once"', command))];
  return next();
};

const saysName = (unit: Parameters<typeof login>[0]['unit']): boolean =>
  unit !== undefined && 'secrets' in unit && unit.secrets.some(({ class: kind }) => kind === 'user');

const listed: TamperRule<Row> = ({ protocol, inside, variant }, next) =>
  inside
    ? next()
    : next((honest) => protocol.rewriteOffer(honest, { upgrade: false, logins: variant.logins, loginDisabled: false }));

/** Protocols whose greeting can offer a login. */
const APOP = protocolsWhere(({ honest }) => honest.greetingLogins?.includes('APOP') === true);

/** Protocols in which clients say name and password one after the other. */
const BY_STEPS = protocolsWhere(({ tagged }) => !tagged);

export default defineScenario<Row>({
  id: 'starttls-not-offered-other-logins',
  family: 'strip',
  title: 'STARTTLS vanishes, and other logins are listed',
  attack:
    'removes STARTTLS from greeting and capability list, and lists other logins there; answers STARTTLS with an error',
  why: 'A response to a challenge can be cracked or relayed, and a token is as good as a password: a client that must use TLS says neither in clear, whatever login is on offer.',
  references: ['RFC 3207 §6', 'RFC 8314 §5.2', 'RFC 7628 §5'],
  cwe: ['CWE-757', 'CWE-319'],
  modes: ['starttls'],
  extra: 'more',
  variants: [
    // A real server that has none of these refuses the login before it asks for a secret.
    {
      name: 'challenge-response',
      does: 'challenge-response logins only, such as CRAM-MD5',
      logins: CHALLENGES,
      seats: ['server'],
    },
    { name: 'tokens', does: 'logins with OAuth tokens only', logins: TOKENS, covers: ['auth-token-clear'] },
    {
      name: 'many',
      does: 'every login that waxseal knows',
      logins: [...CHALLENGES, ...TOKENS, ...OTHERS, 'LOGIN', 'PLAIN'],
      covers: ['auth-mech-census'],
    },
    { name: 'apop', does: 'APOP only', logins: ['APOP'], protocols: APOP, covers: ['auth-apop'] },
    {
      name: 'name-only',
      does: 'logins that ask for the user name first, then for the password',
      logins: ['LOGIN', 'USER/PASS'],
      protocols: BY_STEPS,
      covers: ['auth-username-only'],
    },
    {
      name: 'transition-needed',
      does: 'the answer to each challenge-response login is that the password is needed once, in clear (PLAIN)',
      logins: [...CHALLENGES, 'PLAIN'],
      protocols: protocolsWhere(({ speaksFirstAfterUpgrade }) => speaksFirstAfterUpgrade),
      covers: ['auth-transition-needed'],
    },
  ],
  tamper: { greeting, capabilities: listed, starttls: refusingUpgrade, login },
  judge: secretsStayInsideTls,
  flaw: fallsBackToPlaintext,
  covers: [],
});
