import type { BoundaryEntry } from '../wire/entry.js';
import { leaks, type Evidence } from './evidence.js';
import { baitMissed, judgeBy, type Judge } from './judgement.js';
import type { Reading } from './reading.js';
import type { Severity, Visit } from './visit.js';

/** What a judge of handshakes goes by. */
export interface HandshakeProof {
  /** Completes “went on with …”. */
  readonly fault: string;
  /** The message by which a client shows that it goes on; its Finished by default, after which nothing is left to refuse. */
  readonly goesOnWith?: string;
  /** How often that message must come; once by default. */
  readonly times?: number;
  readonly atMost?: Severity;
}

/**
 * The judge of a handshake that is made by hand, wrong in one thing, and never finished. A client that answers it as it answers a
 * right one has not looked. Whether it would have gone on with a right one is told by `control-handshake`.
 */
export const refusesHandshake = ({ fault, goesOnWith = 'finished', times = 1, atMost }: HandshakeProof): Judge => {
  const judge = judgeBy(
    (visit, read) => [...leaks(visit, read), ...read.flatMap((each) => wentOn(each, fault, { goesOnWith, times }))],
    {
      ...(atMost && { atMost }),
      bait: (visit, read) =>
        handmade(read).some(({ facts }) => hasRefused(facts)) ? baitMissed(visit) : notRefused(read),
      doubts: ({ withheld }) => incomparable(withheld),
      safely: (_visit, read) => refusal(read),
    },
  );
  return (visit) => {
    const judgement = judge(visit);
    const why = unfit(visit);
    return judgement.status === 'inconclusive' && visit.control?.passed === true && why !== undefined
      ? { ...judgement, status: 'not-applicable', because: why }
      : judgement;
  };
};

/** The judge of the same handshake without any fault: the client goes on with it. */
export const goesOnWithHandshake: Judge = judgeBy((visit, read) => leaks(visit, read), {
  bait: (_visit, read) =>
    handmade(read).some(({ facts }) => facts.answers?.includes('finished') === true)
      ? undefined
      : `the client does not go on with a faultless handshake that waxseal makes itself${alertWords(read)}`,
  safely: () => 'went on with a faultless handshake, and said nothing in clear',
});

const wentOn = (
  { connection, boundaries }: Reading,
  fault: string,
  { goesOnWith, times }: Required<Pick<HandshakeProof, 'goesOnWith' | 'times'>>,
): readonly Evidence[] =>
  boundaries
    .filter(
      ({ facts }) =>
        facts.alert === undefined && (facts.answers ?? []).filter((answer) => answer === goesOnWith).length >= times,
    )
    .slice(0, 1)
    .map(({ entry, facts }) => ({
      leak: 'encryption',
      cause: 'broken-tls',
      connection: connection.id,
      entry,
      quote: (facts.answers ?? []).join(', '),
      why: `went on with ${fault}`,
    }));

const handmade = (read: readonly Reading[]): Reading['boundaries'] =>
  read.flatMap(({ boundaries }) =>
    boundaries.filter(({ facts }) => facts.answers !== undefined && facts.unfit !== true && facts.hello !== undefined),
  );

/** An alert, or the end of the connection, in place of the next message. */
const hasRefused = ({ alert, answers = [], brokenOff }: BoundaryEntry): boolean =>
  alert !== undefined || answers.includes('encrypted alert') || brokenOff === true;

const notRefused = (read: readonly Reading[]): string =>
  handmade(read).length === 0
    ? 'the client disconnected before the attack'
    : 'the client neither went on with the handshake nor refused it';

/** Why no ClientHello of the visit could be answered so. */
const unfit = ({ connections }: Visit): string | undefined => {
  const made = connections.flatMap(({ entries }) =>
    entries.filter((entry) => entry.kind === 'boundary' && entry.answers !== undefined && entry.hello !== undefined),
  );
  const reasons = made.map((entry) => (entry.kind === 'boundary' && entry.unfit === true ? entry.failure : undefined));
  return reasons.every((each) => each !== undefined) ? reasons[0] : undefined;
};

const incomparable = (withheld: Visit['withheld']): string | undefined =>
  withheld?.wentOn === true
    ? undefined
    : 'the client does not go on with a faultless handshake that waxseal makes itself (control-handshake), or was never seen with one';

const refusal = (read: readonly Reading[]): string => `refused the handshake${alertWords(read)}`;

const alertWords = (read: readonly Reading[]): string => {
  const alert = handmade(read).find(({ facts }) => facts.alert !== undefined)?.facts.alert;
  return alert === undefined ? '' : ` with the alert ${alert.name}`;
};
