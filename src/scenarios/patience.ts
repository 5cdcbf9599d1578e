import { ignore, onSilence, onSilenceAtLast, type Action } from '../endpoints/tamper.js';
import type { Evidence } from '../verdict/evidence.js';
import { impatience } from '../verdict/impatience.js';
import { secretsStayInsideTls, verdictOnEvidence, type Judge } from '../verdict/judgement.js';
import type { Visit } from '../verdict/visit.js';
import type { TranscriptEntry } from '../wire/entry.js';

/** Milliseconds; longer than the longest time-out of RFC 5321 §4.5.3.2 (10 minutes), and than those of clients. */
export const LONGEST_PATIENCE = 11 * 60_000;

/** Milliseconds; clients whose own time limit is 5, 10 or 15 s, as is usual, have given up by then. */
const SECONDS = 17_000;

/** Milliseconds that a visit may take in which a silence of seconds ends: so much is left to the client then. */
export const SECONDS_AND_MORE = SECONDS + 13_000;

/** Says nothing for seconds; then does `last`, so that the session ends soon for a client that has no time limit, or a longer one. */
export const silentForSeconds = (...last: readonly Action[]): readonly Action[] => [
  ignore,
  onSilenceAtLast(SECONDS, last),
];

/** Says nothing for seconds; then goes on with `late`, unless the client has spoken. */
export const lateBySeconds = (late: Action): readonly Action[] => [ignore, onSilence(SECONDS, [late])];

/** Waits for the client's next word for seconds, by which time it has gone on by a timer of its own if it is going to; then does `last`. */
export const inTheEnd = (...last: readonly Action[]): Action => onSilenceAtLast(SECONDS, last);

/** Of a silence of seconds: a client that waited for all of it has shown only that it waits for so long. */
export const staysInsideTlsForSeconds = (decidedBy: string): Judge => judgedForSeconds(secretsStayInsideTls, decidedBy);

/** The same, for what `judge` says where nobody was silent for too long. */
export const judgedForSeconds =
  (judge: Judge, decidedBy: string): Judge =>
  (visit) => {
    const judgement = judge(visit);
    return judgement.status === 'inconclusive' && judgement.because === impatience(visit)
      ? {
          ...judgement,
          status: 'not-applicable',
          because: `the client waits longer than this silence lasts, ${String(SECONDS / 1000)} s; what it does when its own time is over, only a slow case tests (--all)`,
          decidedBy,
        }
      : judgement;
  };

/** Of a server that has fallen silent: the client gives up at some time, and says nothing in clear. */
export const gaveUpOrHung: Judge = (visit) => {
  const judgement = secretsStayInsideTls(visit);
  const [hung] = judgement.status === 'inconclusive' ? hanging(visit) : [];
  return hung === undefined ? judgement : verdictOnEvidence(visit.policy, [hung], 'medium');
};

/** Connections on which nobody answered, and which the client held all the time. */
const hanging = ({ client, control, connections, faults }: Visit): Evidence[] => {
  if (client.how !== 'stopped' || client.duration < NEARLY || control?.passed !== true || faults.length > 0) return [];
  return connections
    .filter(({ leg, entries }) => leg === 'client' && isLeftAlone(entries))
    .map(({ id, entries }) => ({
      leak: 'availability',
      cause: 'availability',
      connection: id,
      entry: entries.findIndex((entry) => isSilence(entry)),
      quote: '…',
      why: `was still waiting ${String(Math.round(client.duration / 60_000))} minutes after the server had fallen silent: it seems to have no time limit`,
    }));
};

/** The server fell silent, and the client neither left nor said another word. */
const isLeftAlone = (entries: readonly TranscriptEntry[]): boolean => {
  const from = entries.findIndex((entry) => isSilence(entry));
  return (
    from !== -1 &&
    !entries
      .slice(from + 1)
      .some((entry) => (entry.kind === 'end' ? entry.at < NEARLY : entry.kind === 'bytes' && entry.record !== true))
  );
};

const isSilence = (entry: TranscriptEntry): boolean => entry.kind === 'note' && entry.what === 'ignored';

/** Milliseconds; what ends later was ended by us. */
const NEARLY = LONGEST_PATIENCE - 1000;
