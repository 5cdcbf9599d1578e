import { hangUp, wait, type TamperRule } from '../endpoints/tamper.js';
import { protocolsWhere } from '../protocols/port-roles.js';
import type { Flaw, Toy } from '../toys/moments.js';
import { leaks } from '../verdict/evidence.js';
import { judgeBy } from '../verdict/judgement.js';
import { ifListIsAsked } from '../verdict/list-habit.js';
import type { Reading } from '../verdict/reading.js';
import type { Visit } from '../verdict/visit.js';
import { refusingUpgrade } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & { readonly name: 'greeting' | 'list' | 'go-ahead' | 'refusal' };

/** Says nothing for a while, then goes on as ever. */
const late =
  (...names: readonly Row['name'][]): TamperRule<Row> =>
  ({ inside, variant }, next) =>
    inside || !names.includes(variant.name) ? next() : [wait(LATE), ...next()];

const starttls: TamperRule<Row> = (context, next) =>
  !context.inside && context.variant.name === 'refusal'
    ? [wait(LATE), ...refusingUpgrade(context, next)]
    : late('go-ahead')(context, next);

/** A ClientHello that did not wait for the refusal. */
const handshake: TamperRule<Row> = ({ mode, spokeTls }, next) => (mode === 'starttls' && spokeTls ? [hangUp] : next());

const blurtsAfterGreeting: Flaw = {
  name: 'logs in without waiting for the list',
  client: {
    onGreeting: async (toy, careful) => {
      await careful();
      await toy.blurtOutLogin();
    },
  },
};

const FLAWS: Readonly<Record<Row['name'], Flaw>> = {
  greeting: {
    name: 'logs in without waiting for the greeting',
    client: { onConnected: (toy) => toy.blurtOutLogin() },
  },
  list: blurtsAfterGreeting,
  'go-ahead': {
    name: 'sends its login together with STARTTLS',
    client: {
      onUpgrade: async (toy) => {
        await upgradeAndLogin(toy);
        await toy.startTls();
      },
    },
  },
  refusal: {
    name: 'sends its login together with STARTTLS, whatever the answer',
    client: { onUpgrade: (toy) => upgradeAndLogin(toy) },
  },
};

/** In one go. */
const upgradeAndLogin = async (toy: Toy): Promise<void> => {
  const answered = toy.askUpgrade('the answer');
  await toy.blurtOutLogin();
  await answered;
};

/** A wait leaves no trace in what was said: the client must have come to the point at which it waits. */
const waited = (visit: Visit, read: readonly Reading[]): string | undefined => {
  const isAtPoint = ({ said, askedUpgrade }: Reading): boolean => {
    if (visit.variant === 'greeting') return true;
    return visit.variant === 'list'
      ? said.some(({ inside, unit }) => !inside && unit.moment === 'capabilities')
      : askedUpgrade;
  };
  if (read.some(isAtPoint)) return undefined;
  return visit.variant === 'list'
    ? 'the client never asked for the list before TLS'
    : 'the client never asked for TLS, so nothing was answered late';
};

const judge = judgeBy((visit, read) => leaks(visit, read), { bait: waited });

/** Milliseconds: longer than a client that does not wait for an answer takes for its next command. */
const LATE = 2000;

export default defineScenario<Row>({
  id: 'answers-come-late',
  family: 'early-login',
  title: 'The greeting, the capability list or the answer to STARTTLS comes late',
  attack: 'is silent for two seconds before its greeting, its list, or its answer to STARTTLS',
  why: 'STARTTLS must be the last command until it is answered. A client that says its next commands without waiting says them in clear, and an attacker only has to hold an answer back.',
  references: ['RFC 3207 §4', 'RFC 9051 §6.2.1', 'RFC 5804 §2.2', 'RFC 2449 §5', 'RFC 5321 §4.3.1'],
  cwe: ['CWE-319', 'CWE-696'],
  modes: ['starttls'],
  extra: 'more',
  variants: [
    { name: 'greeting', does: 'the greeting comes late', covers: ['pipe-before-greeting'] },
    // Where the greeting is the list, it is that variant.
    {
      name: 'list',
      does: 'the capability list comes late',
      protocols: protocolsWhere(({ greetingCarriesOffer, tagged }) => tagged || !greetingCarriesOffer),
      covers: ['auth-user-early'],
    },
    { name: 'go-ahead', does: 'the go-ahead to STARTTLS comes late', covers: ['pipe-after-starttls'] },
    {
      name: 'refusal',
      does: 'STARTTLS is refused, and the refusal comes late',
      covers: ['pipe-early-clienthello', 'pipe-auth-after-starttls'],
    },
  ],
  tamper: { greeting: late('greeting'), capabilities: late('list'), starttls, handshake },
  judge: (visit) => (visit.variant === 'list' ? ifListIsAsked(judge, 'before TLS') : judge)(visit),
  flaw: ({ name }) => FLAWS[name],
  covers: [],
});
