import { apopTimestamp, isApopDigest, provesPassword } from '../protocols/digests.js';
import { MECHANISMS_WITHOUT_PASSWORD } from '../protocols/sasl.js';
import { fromBase64 } from '../protocols/text.js';
import type { Canaries } from './canaries.js';
import type { Reading, Said } from './reading.js';
import type { Visit } from './visit.js';

/** Somebody else's credentials are told by grammar, they can't be searched for. */
export const loggedInInside = (read: Reading): boolean =>
  read.said.some(
    (said) =>
      said.trusted && 'secrets' in said.unit && said.unit.secrets.some((secret) => CREDENTIALS.has(secret.class)),
  );

/** A login inside trusted TLS in which no password plays a part, which grammar alone can find: a ticket, or a name that the server took. */
export const loggedInWithoutPassword = ({ said, accepted }: Reading): boolean =>
  said.some(
    ({ trusted, unit }, index) =>
      trusted &&
      'mechanism' in unit &&
      'secrets' in unit &&
      MECHANISMS_WITHOUT_PASSWORD.includes(unit.mechanism ?? '') &&
      (unit.secrets.some((secret) => CREDENTIALS.has(secret.class)) ||
        accepted.some(({ what, after, trusted: isTrusted }) => what === 'login' && isTrusted && after > index)),
  );

/** Authenticators that are right for the recorded challenge prove that the password was used. */
export const provedByDigest = (read: readonly Reading[], visit: Visit): (keyof Canaries)[] =>
  read.some((each) => {
    const answers = each.said.flatMap((said, index) => (said.trusted ? [[said, index] as const] : []));
    return answers
      .slice(0, MOST_ANSWERS)
      .some(([said, index]) => isDerived(said, index, each, visit.canaries.password));
  })
    ? ['password']
    : [];

const isDerived = (said: Said, index: number, read: Reading, password: string): boolean => {
  if (said.unit.kind === 'command' && said.unit.mechanism === 'APOP')
    return isApopDigest(said.unit.args[1] ?? '', apopTimestamp(read.heard[0]?.reply.lines[0] ?? ''), password);
  if (said.unit.kind !== 'response') return false;
  const challenges = read.heard.flatMap(({ reply }) => decoded(reply.challenge)).slice(0, MOST_ANSWERS);
  return provesPassword(
    { mechanism: said.unit.mechanism, challenges, responses: responsesUpTo(index, read) },
    password,
  );
};

/** What the client answered with in one login, the initial response too. */
const responsesUpTo = (last: number, { said }: Reading): Buffer[] => {
  const recent = said.slice(Math.max(0, last - MOST_STEPS), last + 1);
  const login = recent.findLastIndex(({ unit }, index) => index < recent.length - 1 && unit.kind === 'command');
  return recent
    .slice(Math.max(0, login))
    .flatMap(({ unit }) =>
      'secrets' in unit
        ? unit.secrets
            .filter((secret) => secret.class === 'authenticator')
            .flatMap(({ start, end }) => decoded(unit.raw.toString('latin1', start, end)))
        : [],
    );
};

/** Things said inside TLS, and challenges, that are looked at on one connection. */
const MOST_ANSWERS = 200;
/** Answers of one login; no mechanism has as many. */
const MOST_STEPS = 8;

/** A SASL message in base64, as a list of none or one. */
const decoded = (text: string | undefined): Buffer[] => {
  const bytes = text === undefined ? undefined : fromBase64(text);
  return bytes === undefined ? [] : [bytes];
};

const CREDENTIALS: ReadonlySet<string> = new Set(['password', 'token', 'authenticator']);
