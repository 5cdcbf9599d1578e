import { isPlaintextMechanism } from '../protocols/sasl.js';
import { printable } from '../wire/printable.js';
import type { Said } from './reading.js';
import type { CanaryHit, Leak } from './visit.js';

/** What was said, by its verb or its kind. */
export const nameOf = (said: Pick<Said, 'unit'>): string => {
  if (said.unit.kind === 'command' || said.unit.kind === 'literal-wait')
    return said.unit.verb === '' ? 'a line' : said.unit.verb;
  return said.unit.kind === 'response' ? `${said.unit.mechanism || 'login'} response` : 'message data';
};

/** What a leak proves, in words. */
export const whyOf = (said: Pick<Said, 'unit' | 'inside'>, leak: Leak): string => {
  const where = said.inside ? 'to an unverified server' : 'in clear';
  if (leak === 'mail') return `${said.unit.kind === 'body' ? 'message' : nameOf(said)} sent ${where}`;
  if (leak === 'metadata') return `user name sent ${where} (${nameOf(said)})`;
  const mechanism = 'mechanism' in said.unit ? (said.unit.mechanism ?? '') : '';
  const how = said.unit.kind === 'command' ? said.unit.verb : '';
  if (!isPlaintextMechanism(mechanism))
    return `${mechanism || how || 'login'} response sent ${where} (can be cracked offline or relayed)`;
  const isToken = 'secrets' in said.unit && said.unit.secrets.some((secret) => secret.class === 'token');
  return `${isToken ? 'token' : 'password'} sent ${where} (${loginName(said, how, mechanism)})`;
};

/** `AUTH PLAIN`, `PASS`: a mechanism that stands for a command of its own is not said twice. */
const loginName = (said: Pick<Said, 'unit'>, verb: string, mechanism: string): string => {
  if (verb === '') return mechanism || 'login';
  const isNamed = mechanism !== '' && said.unit.raw.toString('latin1').toUpperCase().includes(` ${mechanism}`);
  return isNamed && mechanism !== verb ? `${verb} ${mechanism}` : verb;
};

/** The line with its secrets masked: quotes go to reports, and a report must not be what leaks. */
export const quote = (said: Pick<Said, 'unit'>): string => {
  if (said.unit.kind === 'literal-wait' || said.unit.kind === 'oversize' || said.unit.kind === 'body')
    return printable(said.unit.raw.toString('latin1').slice(0, 60));
  const line = said.unit.raw.toString('latin1').trimEnd();
  const parts: string[] = [];
  let at = 0;
  for (const secret of said.unit.secrets.filter((each) => each.class !== 'user' && each.class !== 'mail')) {
    parts.push(printable(line.slice(at, secret.start)));
    at = secret.end;
  }
  return [...parts, printable(line.slice(at))].join('…').slice(0, 160);
};

/** What canaries are called; others by their own names. */
export const CANARY_WORDS: Partial<Record<CanaryHit['canary'], string>> = {
  user: 'user name',
  from: 'sender’s address',
  to: 'recipient’s address',
};
