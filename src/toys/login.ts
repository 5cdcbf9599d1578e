import { createHmac } from 'node:crypto';
import type { Account, Offer, Protocol } from '../protocols/protocol.js';
import { base64, fromBase64 } from '../protocols/text.js';
import { GaveUp } from './gave-up.js';
import type { Habits } from './habits.js';
import type { Answer, CommandChannel } from './command-channel.js';

/** The login that a toy prefers among those on offer; undefined if it knows none of them. */
export const preferredLogin = (offer: Offer | undefined, first: Habits['prefers']): string | undefined =>
  [...PREFERRED[first], ...PREFERENCE].find((mechanism) => offer?.logins.includes(mechanism) === true);

/** Logs in, or throws `GaveUp` if the server refuses. */
export const logIn = async (
  line: CommandChannel,
  protocol: Protocol,
  mechanism: string,
  account: Account,
  offer: Offer | undefined,
  { readsCodes }: Pick<Habits, 'readsCodes'>,
): Promise<void> => {
  const { initialResponseNeeds } = protocol.client;
  const takesInitialResponse =
    initialResponseNeeds === undefined ||
    offer === undefined ||
    offer.extensions.some((extension) => extension.toUpperCase() === initialResponseNeeds);
  const initial = mechanism === 'PLAIN' && takesInitialResponse ? plain(account) : undefined;
  let answer = await line.ask((tag) => protocol.say.login(tag, mechanism, account, initial));
  if (mechanism === 'USER/PASS' && answer.last.status === 'ok')
    answer = await line.ask((tag) => protocol.say.login(tag, 'PASS', account));
  for (let step = 1; answer.last.kind === 'continuation'; step += 1)
    answer = await respond(line, protocol, mechanism, account, answer, step);
  if (readsCodes && answer.last.status !== 'ok') throw new GaveUp('the login was refused');
};

const respond = (
  line: CommandChannel,
  protocol: Protocol,
  mechanism: string,
  account: Account,
  answer: Answer,
  step: number,
): Promise<Answer> => {
  const response = responseTo(mechanism, account, answer.last.challenge ?? '', step);
  if (response === undefined) throw new GaveUp('one challenge too many');
  return line.respond(protocol.say.response(response));
};

/** Base64, as it goes over the wire. */
const responseTo = (mechanism: string, account: Account, challenge: string, step: number): string | undefined => {
  if (mechanism === 'PLAIN' && step === 1) return plain(account);
  if (mechanism === 'LOGIN' && step <= 2) return base64(step === 1 ? account.user : account.password);
  if (mechanism !== 'CRAM-MD5' || step > 1) return undefined;
  const digest = createHmac('md5', account.password)
    .update(fromBase64(challenge) ?? '')
    .digest('hex');
  return base64(`${account.user} ${digest}`);
};

/** The one message of SASL PLAIN (RFC 4616), in base64. */
export const plain = ({ user, password }: Account): string => base64(`\0${user}\0${password}`);

const PREFERRED: Readonly<Record<Habits['prefers'], readonly string[]>> = {
  PLAIN: ['PLAIN'],
  LOGIN: ['LOGIN', 'LOGIN command', 'USER/PASS'],
  'CRAM-MD5': ['CRAM-MD5'],
};

const PREFERENCE = ['PLAIN', 'LOGIN', 'LOGIN command', 'USER/PASS', 'CRAM-MD5'];
