import { send, type TamperRule } from '../endpoints/tamper.js';
import { leaks } from '../verdict/evidence.js';
import { judgeBy, type Finder } from '../verdict/judgement.js';
import type { Reading } from '../verdict/reading.js';
import type { Visit } from '../verdict/visit.js';
import { logsInBeforeTls } from './flaws.js';
import { defineScenario } from './scenario.js';

/** Nothing is tampered with: the bait is a list that offers both, and the client must have heard it or asked for TLS unasked. */
const heardBoth = (_visit: Visit, read: readonly Reading[]): string | undefined =>
  read.some((each) => each.askedUpgrade || each.said.some((said) => said.sawOffer))
    ? undefined
    : 'the client neither heard the list that offers logins and TLS, nor asked for TLS';

/** Logins were offered, and nothing was taken away: TLS was on offer, unless it was tried and failed. */
const leaksWithTlsOnOffer: Finder = (visit, read) =>
  leaks(visit, read).map((each) =>
    each.cause === 'denied' && !read.some(({ upgradeFailed }) => upgradeFailed) ? { ...each, cause: 'on-offer' } : each,
  );

/** Where a greeting can offer a login (APOP, RFC 1939 §7), it does. */
const greeting: TamperRule = ({ protocol, inside, insideOffer }, next) => {
  const { greetingLogins = [] } = protocol.honest;
  return inside || greetingLogins.length === 0
    ? next()
    : [send(protocol.answers.greeting({ ...insideOffer, logins: [...insideOffer.logins, ...greetingLogins] }))];
};

export default defineScenario({
  id: 'login-before-starttls',
  family: 'early-login',
  title: 'Logins are offered before TLS, next to STARTTLS',
  attack: 'lists STARTTLS, and logins next to it, before TLS',
  why: 'A server should not take logins in clear; but a client that was told to use TLS starts TLS first, whatever else the server offers.',
  references: ['RFC 8314 §5.2', 'RFC 3207 §6', 'RFC 4954 §4'],
  cwe: ['CWE-319', 'CWE-523'],
  modes: ['starttls'],
  plaintext: 'served',
  tamper: { greeting },
  judge: judgeBy(leaksWithTlsOnOffer, { bait: heardBoth }),
  flaw: logsInBeforeTls,
  covers: ['auth-before-starttls', 'auth-initial-response'],
});
