import type { TamperRule } from '../endpoints/tamper.js';
import { protocolsWhere } from '../protocols/port-roles.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { fallsBackToPlaintext } from './flaws.js';
import { refusingUpgrade } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

interface Row extends Variant {
  /** What is listed instead of the keyword. */
  readonly word: (keyword: string) => string;
  /** Listed as a login, not as a capability. */
  readonly as?: 'login';
}

const listed: TamperRule<Row> = ({ protocol, insideOffer: { logins }, inside, variant }, next) => {
  if (inside) return next();
  const word = variant.word(protocol.upgradeVerb);
  const isLogin = variant.as === 'login';
  return next((honest) =>
    protocol.rewriteOffer(honest, {
      upgrade: false,
      logins: isLogin ? [...logins, word] : logins,
      loginDisabled: false,
      ...(!isLogin && { addExtensions: [word] }),
    }),
  );
};

/** A line a keyword: what stands behind it is a parameter. */
const BY_LINES = protocolsWhere(({ tagged, greetingCarriesOffer }) => !tagged && !greetingCarriesOffer);

export default defineScenario<Row>({
  id: 'starttls-mangled',
  family: 'strip',
  title: 'A word that is nearly STARTTLS is listed',
  attack: 'lists a word that is nearly STARTTLS, and logins; answers STARTTLS with an error',
  why: 'Firewalls overwrite the keyword in place. The changed word is not an offer of TLS, but no permission to do without TLS either.',
  references: ['RFC 3207 §6', 'RFC 8314 §5.2'],
  cwe: ['CWE-757', 'CWE-319'],
  modes: ['starttls'],
  variants: [
    {
      name: 'overwritten',
      does: 'the first letter is overwritten: XTARTTLS',
      word: (keyword) => `X${keyword.slice(1)}`,
      covers: ['strip-caps-mangle'],
    },
    { name: 'longer', does: 'a letter is appended: STARTTLSX', word: (keyword) => `${keyword}X`, extra: 'more' },
    {
      name: 'prefixed',
      does: 'a prefix stands before it: X-STARTTLS',
      word: (keyword) => `X-${keyword}`,
      extra: 'more',
    },
    {
      name: 'with-parameter',
      does: 'a word follows it: STARTTLS NO',
      word: (keyword) => `${keyword} NO`,
      protocols: BY_LINES,
      extra: 'more',
    },
    { name: 'with-value', does: 'it has a value: STARTTLS=NO', word: (keyword) => `${keyword}=NO`, extra: 'more' },
    {
      name: 'as-login',
      does: 'it stands among the logins: AUTH=STARTTLS',
      word: (keyword) => keyword,
      as: 'login',
      extra: 'more',
    },
  ],
  tamper: { greeting: listed, capabilities: listed, starttls: refusingUpgrade },
  judge: secretsStayInsideTls,
  flaw: fallsBackToPlaintext,
  covers: ['strip-caps-lookalike'],
});
