import { protocolsWhere } from '../protocols/port-roles.js';
import { send, upgrade, type TamperRule } from '../endpoints/tamper.js';
import { latin1 } from '../protocols/text.js';
import { insideVerbs } from '../verdict/comparison.js';
import { leaks, type Evidence } from '../verdict/evidence.js';
import { evidenceOf } from '../verdict/injection.js';
import { judgeBy } from '../verdict/judgement.js';
import type { Reading } from '../verdict/reading.js';
import type { ControlFacts, Visit } from '../verdict/visit.js';
import { IGNORED, verbOf } from '../verdict/way.js';
import { commandOf } from './rules.js';
import { defineScenario } from './scenario.js';

const starttls: TamperRule = ({ protocol, unit, inside }, next) =>
  inside
    ? next()
    : [
        send(Buffer.concat([protocol.answers.goAhead(commandOf(unit)), latin1(protocol.forgeries.endOfList ?? '')])),
        upgrade(),
      ];

const isLogin = ({ unit }: Reading['said'][number]): boolean => unit.moment === 'login';

const loginsIn = (read: readonly Reading[]): string[] =>
  read.flatMap(({ said }) =>
    said.flatMap((each) =>
      each.inside && each.unit.kind === 'command' && isLogin(each) ? [each.unit.mechanism ?? ''] : [],
    ),
  );

/**
 * Inside TLS the list is what it is in the control. A client that asks for it, and then leaves or goes on without its
 * login, or takes another one, did not read it: a line from before TLS was read in its place.
 */
const lostTheList = (visit: Visit, read: readonly Reading[]): Evidence[] => {
  const { control, client } = visit;
  if (control?.passed !== true || !control.loggedIn || client.how === 'stopped') return [];
  const verbs = insideVerbs(read).filter((verb) => !IGNORED.has(verb));
  const usual = control.verbsInside.filter((verb) => !IGNORED.has(verb));
  // Who says nothing, or another first word, may have noticed what was slipped in.
  if (verbs[0] === undefined || verbs[0] !== usual[0] || isAbandoned(read)) return [];
  const logins = loginsIn(read);
  if (logins.length === 0)
    return evidenceOf(
      read,
      (said) => verbOf(said) === verbs[0],
      'did not log in, although its login is offered inside TLS: it took a line from before TLS for part of the list',
    );
  const other = logins.find((login) => !control.mechanisms.includes(login));
  return other === undefined
    ? []
    : evidenceOf(
        read,
        (said) => said.unit.kind === 'command' && said.unit.mechanism === other,
        `logged in with ${other}, although what it usually takes is offered inside TLS: it took a line from before TLS for part of the list`,
      );
};

/** It was we who ended the connection. */
const isAbandoned = (read: readonly Reading[]): boolean =>
  read.some(({ connection: { entries } }) => entries.some((entry) => entry.kind === 'end' && entry.by === 'us'));

/** It did something else than in its control, and logged in all the same. */
const strayed = ({ control }: Visit, read: readonly Reading[]): string | undefined => {
  if (control === undefined) return undefined;
  const verbs = beforeLogin(insideVerbs(read), read);
  const usual = beforeLogin(control.verbsInside, read);
  const other = verbs.find((verb) => !usual.includes(verb));
  if (other !== undefined)
    return `the client sent ${other} inside TLS before it logged in; without injected data it does not`;
  const left = loginsIn(read).length > 0 ? usual.find((verb) => !verbs.includes(verb)) : undefined;
  return left === undefined
    ? undefined
    : `the client logged in without ${left}; without injected data it sends that first`;
};

const beforeLogin = (verbs: readonly string[], read: readonly Reading[]): string[] => {
  const [login] = read.flatMap(({ said }) => said.filter((each) => each.inside && isLogin(each)).map(verbOf));
  const end = login === undefined ? -1 : verbs.indexOf(login);
  return (end === -1 ? verbs : verbs.slice(0, end)).filter((verb) => !IGNORED.has(verb));
};

/** A list matters to nobody who does not log in. */
const neverLogsIn = (control: ControlFacts): string | undefined =>
  control.passed && !control.loggedIn ? 'this client does not log in, and needs no list' : undefined;

export default defineScenario({
  id: 'list-hidden-by-injection',
  family: 'injection',
  title: 'An unfinished line in clear ends the list inside TLS before it begins',
  attack:
    'sends an unfinished line in clear right behind the go-ahead to STARTTLS, which would end or refuse the list inside TLS',
  why: 'A client that keeps bytes from before TLS reads them together with the first line inside TLS. The list of logins is then lost: the attacker decides that the client cannot log in, or how.',
  references: ['RFC 3207 §4.2', 'RFC 9051 §6.2.1', 'RFC 2595 §3.1'],
  cwe: ['CWE-74', 'CWE-345'],
  // Where the server gives the list by itself, a client without one leaves without a word, as one does that noticed.
  protocols: protocolsWhere(({ forgeries }) => forgeries.endOfList !== undefined),
  modes: ['starttls'],
  plaintext: 'refused',
  tamper: { starttls },
  pointless: (_variant, control) => neverLogsIn(control),
  judge: judgeBy((visit, read) => [...leaks(visit, read), ...lostTheList(visit, read)], { doubts: strayed }),
  flaw: {
    name: 'keeps what was buffered before TLS',
    client: { onGoAhead: (toy) => toy.startTls({ keeps: 'buffered' }) },
  },
  covers: ['inject-partial-line'],
});
