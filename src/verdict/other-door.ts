import protocols from '../protocols/index.js';
import { printable } from '../wire/printable.js';
import { leaks, type Evidence } from './evidence.js';
import { quote } from './evidence-words.js';
import { isRetreat } from './farewell.js';
import { earlyCommand, noComparison, waitsForNothing } from './injection.js';
import { judgeBy, type Judge } from './judgement.js';
import { isSealed } from './control-failure.js';
import { patienceOf } from './comparison.js';
import { aheadOfItsAnswer, aheadOfItsSuccess, aheadOfTheList } from './lockstep.js';
import { goodbyeOf, reactedTooLate, slowerThanTheSilence } from './pace.js';
import type { Reading, Said } from './reading.js';
import { outcome, takenIn, takenOf, told, unseenReport } from './told.js';
import type { Visit, WithheldFacts } from './visit.js';
import { IGNORED, verbOf } from './way.js';
import { isNote } from '../wire/notes.js';

/** A client that drops what it did not ask for, or goes by tags, goes on as ever. */
const inStep = ({ control }: Visit, read: readonly Reading[]): string | undefined => {
  const taken = takenOf(read);
  return taken.length > 0 && (control?.took ?? taken).every((each) => taken.includes(each))
    ? 'did not notice the greeting, but matched every answer with the right command'
    : undefined;
};

/** In the middle seat a real server may notice that the client spoke before it had greeted, and refuse it. */
function unlessDefended(judge: Judge): Judge {
  return (visit) => {
    const judgement = judge(visit);
    const defence = judgement.evidence.length > 0 ? undefined : defenceIn(visit);
    return defence === undefined
      ? judgement
      : {
          ...judgement,
          status: 'not-applicable',
          because: `the server stopped the attack: ${defence}; the client was not tested`,
        };
  };
}

const defenceIn = ({ connections, protocol, seat }: Visit): string | undefined => {
  if (seat !== 'middle') return undefined;
  for (const { entries } of connections.filter(({ leg }) => leg === 'client')) {
    for (const entry of entries) {
      if (entry.kind !== 'bytes' || entry.unasked !== true || !entry.inside) continue;
      const reply = protocols[protocol].readReply(Buffer.from(entry.data, 'latin1'), { first: true })?.value;
      if (reply === undefined || reply.status === 'ok' || reply.status === 'preauth') return undefined;
      return `in place of a greeting it said “${printable(reply.lines[0] ?? '')}”`;
    }
  }
  return undefined;
};

/**
 * The judge of a greeting inside TLS that began in place, from a server that takes the login and answers late: a client that
 * takes the greeting for the answer to its next command says the one after that while the real answer is still due. One that
 * reports failure although the server has taken its mail was a reply behind to the end.
 */
export const takesNoStrayReply: Judge = unlessDefended(
  judgeBy(
    (visit, read) => [
      ...leaks(visit, read),
      ...[
        ...(visit.withheld === undefined
          ? []
          : [
              ...tooEarly(visit, visit.withheld, read),
              ...ahead(visit, visit.withheld, read),
              ...leftBelieving(visit, visit.withheld, read),
            ].slice(0, 1)),
        ...toldFailure(visit, read),
      ],
    ],
    {
      doubts: (visit, read) =>
        waitsForNothing(visit, read) ?? leftUnanswered(visit, read) ?? slowerThanTheSilence(read),
      safely: inStep,
    },
  ),
);

/**
 * The same from a server that refuses every login: a client that goes on to the mailbox, or reports success, believed an answer
 * that was none. It is compared with itself where the server refuses it, and does not greet.
 */
export const believesNoLogin: Judge = unlessDefended(
  judgeBy(
    (visit, read) => [
      ...leaks(visit, read),
      ...(visit.withheld === undefined
        ? []
        : [
            ...believed(visit, visit.withheld, read),
            ...ahead(visit, visit.withheld, read),
            ...aheadOfSuccess(visit, visit.withheld, read),
          ].slice(0, 1)),
    ],
    {
      doubts: (visit, read) =>
        hiddenBelief(visit, read) ??
        noComparison(visit, read) ??
        undecided(read) ??
        untold(visit, read) ??
        wouldNotShow(visit),
      safely: inStep,
    },
  ),
);

/** The judge of a server that does not greet inside TLS from the first byte: what a client says there it says to nobody that it knows. */
export const waitsForTheGreeting: Judge = judgeBy(
  (visit, read) => [
    ...leaks(visit, read),
    ...ungreeted(read),
    ...sealed(
      read,
      'the client spoke inside TLS although the server never greeted: it may be another port than the one that it called',
    ),
  ],
  {
    atMost: 'medium',
    doubts: (_visit, read) => reactedTooLate(read),
    safely: (_visit, read) =>
      read.some(({ said }) => said.some(({ inside }) => inside))
        ? undefined
        : 'waited for the greeting, and said nothing',
  },
);

/** What its client reported contradicts what the server took: told in words of its own. */
const tooEarly = (visit: Visit, withheld: WithheldFacts, read: readonly Reading[]): Evidence[] =>
  earlyCommand(
    visit,
    withheld,
    read,
    (verb) =>
      `sent ${verb} before its last command was answered: the server’s greeting was taken for the answer${andTold(visit, read)}`,
  ).map((each) => ({ ...each, cause: 'out-of-step' }));

/** What shows that the greeting was counted among the answers, though the client goes on as it always does. */
const ahead = (visit: Visit, withheld: WithheldFacts, read: readonly Reading[]): Evidence[] => {
  const what = takenForAnswer(visit, read);
  return [...aheadOfTheList(visit, withheld, read, what), ...aheadOfItsAnswer(withheld, read, what)].slice(0, 1);
};

const aheadOfSuccess = (visit: Visit, withheld: WithheldFacts, read: readonly Reading[]): Evidence[] =>
  aheadOfItsSuccess(visit, withheld, read, takenForAnswer(visit, read));

const takenForAnswer = (visit: Visit, read: readonly Reading[]): string =>
  `the server’s greeting was taken for an answer${andTold(visit, read)}`;

/** It hears its answers out where nothing is in excess, tells a refused login from an accepted one, and reports success without any. */
const leftBelieving = (visit: Visit, { waited }: WithheldFacts, read: readonly Reading[]): Evidence[] =>
  waited === true &&
  visit.control?.reportsRefusal === true &&
  visit.client.how !== 'stopped' &&
  outcome(visit.client) === 'success' &&
  takenIn(visit, read).length === 0 &&
  read.some((each) => patienceOf(each) === 'left')
    ? lastSaid(
        read,
        'it disconnected before its last command was answered, and reported success: the server’s greeting was taken for the answer',
      )
    : [];

const toldFailure = (visit: Visit, read: readonly Reading[]): Evidence[] => {
  const report = told(visit, read);
  if (report?.reported !== 'failure' || report.although === undefined) return [];
  return lastSaid(read, `it reported failure, although ${report.although}: it was one reply behind`);
};

const believed = (visit: Visit, withheld: WithheldFacts, read: readonly Reading[]): Evidence[] => {
  if (takenIn(visit, read).includes('login')) return [];
  if (read.some((each) => isSealed(each))) return believedUnread(visit, withheld, read);
  const isBeyond = (said: Said): boolean =>
    said.inside && isBusiness(said) && !withheld.verbs.includes(verbOf(said)) && !IGNORED.has(verbOf(said));
  for (const each of read) {
    const said = each.said.find(isBeyond);
    if (said !== undefined)
      return [
        proof(
          each,
          said,
          `the client sent ${verbOf(said)} although ${refusal(visit)}; where the server does not greet it stops before that${andTold(visit, read)}`,
        ),
      ];
  }
  return withheld.failed === true && outcome(visit.client) === 'success' && takenIn(visit, read).length === 0
    ? lastSaid(
        read,
        `it reported success, although ${refusal(visit)}; where the server does not greet it reports failure`,
      )
    : [];
};

/** What a server that refuses everybody has refused: a client that does not log in has its mail refused. */
const refusal = ({ control }: Visit): string =>
  control?.mechanisms.length === 0 ? 'its mail was refused' : 'no login was accepted';

/** Nobody can look inside TLS that passed through; but the real server does not know the password, and refuses it. */
const believedUnread = (visit: Visit, withheld: WithheldFacts, read: readonly Reading[]): Evidence[] =>
  visit.ownCredentials && withheld.failed === true && outcome(visit.client) === 'success'
    ? sealed(
        read,
        'it reported success with a password that the server does not know; at the port that it called it reports failure',
      ).slice(-1)
    : [];

/** Sessions that passed through unread, on which the client said more inside than a goodbye. */
const sealed = (read: readonly Reading[], why: string): Evidence[] =>
  read.flatMap(({ connection, boundaries }) =>
    boundaries
      .filter(({ facts }) => facts.completed && facts.opaque === true)
      .map(({ entry }) => ({
        leak: 'trust',
        cause: 'out-of-step',
        connection: connection.id,
        entry,
        quote: '…',
        why,
      })),
  );

const ungreeted = (read: readonly Reading[]): Evidence[] =>
  read.flatMap((each) => {
    const from = each.connection.entries.findIndex((entry) => isNote(entry, 'ungreeted'));
    // A client that was told goodbye has been told something: to take that for a greeting is another matter.
    const said =
      from === -1 || goodbyeOf(each.connection) !== -1
        ? undefined
        : each.said.find((one) => one.inside && one.entry > from && isBusiness(one));
    return said === undefined
      ? []
      : [
          proof(
            each,
            said,
            `the client sent ${verbOf(said) || 'a login'} although the server never greeted: it may be another port than the one that it called`,
          ),
        ];
  });

const isBusiness = ({ unit }: Said): boolean =>
  unit.moment === 'login' || unit.moment === 'mailbox' || unit.moment === 'message';

/** What follows a login is an answer to it or a command, which the server's answer decides; that one never came. */
const undecided = (read: readonly Reading[]): string | undefined =>
  read.some(({ connection: { protocol }, rest }) =>
    rest.some(({ inside, bytes }) => inside && !isRetreat(protocol, bytes)),
  )
    ? 'the client sent more after its login, and disconnected before that was answered: whether it believed the login is not known'
    : undefined;

/** A login that ends the conversation is believed or not: a goodbye says nothing, a report of success does. */
const leftUnanswered = ({ client, met }: Visit, read: readonly Reading[]): string | undefined =>
  undecided(read) ??
  (outcome(client) !== 'failure' && read.some((each) => patienceOf(each) === 'left')
    ? `the client disconnected before its login was answered${
        met !== undefined
          ? '; whether it reported success is on its screen only'
          : outcome(client) === 'success'
            ? ', and reported success'
            : '; what it reported is not known'
      }`
    : undefined);

/** A client that spoke inside TLS which was passed on may have believed whatever came, also where it reports failure. */
const hiddenBelief = ({ client, met }: Visit, read: readonly Reading[]): string | undefined =>
  read.some((each) => isSealed(each))
    ? `the client spoke inside TLS, which was passed on unread${met === undefined && outcome(client) !== 'unknown' ? `, and reported ${outcome(client)}` : ''}: what it believed cannot be seen; --interception terminate shows it`
    : undefined;

/** A client that says nothing after its login, and reports success whatever becomes of it, or nothing, shows no belief. */
const wouldNotShow = ({ client, control, withheld }: Visit): string | undefined => {
  if (withheld === undefined || (withheld.failed === true && client.idle !== true)) return undefined;
  const goesOn = control?.verbsInside.some((verb) => !withheld.verbs.includes(verb) && !IGNORED.has(verb)) === true;
  const asked = control?.mechanisms.length === 0 ? 'mail' : 'login';
  if (goesOn) return undefined;
  return client.idle === true
    ? `waxseal ended the client when it was idle, so that it reported nothing: whether it believed its ${asked} accepted would not show`
    : `the client ignores the outcome of its ${asked}: where an honest server refuses it, it goes on the same way and reports success`;
};

/** A login that was refused is the last that some clients say, also those that believe it accepted. */
const untold = (visit: Visit, read: readonly Reading[]): string | undefined =>
  read.some(({ said }) => said.some(({ inside, unit }) => inside && unit.moment === 'login'))
    ? unseenReport(visit)
    : undefined;

/** Completes a sentence with what the client told its user, where that is untrue. */
const andTold = (visit: Visit, read: readonly Reading[]): string => {
  const { reported, although } = told(visit, read) ?? {};
  return although === undefined ? '' : `; it reported ${reported ?? ''}, although ${although}`;
};

const lastSaid = (read: readonly Reading[], why: string): Evidence[] => {
  const inside = read.flatMap((each) => each.said.filter((said) => said.inside).map((said) => proof(each, said, why)));
  return inside.slice(-1);
};

const proof = ({ connection }: Reading, said: Said, why: string): Evidence => ({
  leak: 'trust',
  cause: 'out-of-step',
  connection: connection.id,
  entry: said.entry,
  quote: said.isKnown ? quote(said) : '…',
  why,
});
