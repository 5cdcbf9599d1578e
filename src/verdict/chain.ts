import { outputWords } from './client-words.js';
import { isWayOut, leaks, readings } from './evidence.js';
import { secretsStayInsideTls, verdictOnEvidence, type Judgement } from './judgement.js';
import type { Reading } from './reading.js';
import type { Visit } from './visit.js';

/** What a client made of a certificate chain. `misbehaved`: it did something worse than to accept it. */
export type ChainAnswer = 'accepted' | 'refused' | 'misbehaved' | 'unclear';

/** Judges a visit to an endpoint that presented a chain: a bad one must be refused; of a good one it is told what became of it. */
export const judgeChain = (visit: Visit): Judgement => {
  if (wasUntrusted(visit)) return secretsStayInsideTls(visit);
  const read = readings(visit);
  const evidence = leaks(visit, read);
  if (evidence.length > 0) return verdictOnEvidence(visit.policy, evidence);
  const doubt = doubtOn(visit, read);
  if (doubt !== undefined) return { status: 'inconclusive', because: doubt, leaked: [], evidence: [] };
  const because = wentOn(read) ? 'accepted a chain that may be accepted' : 'refused a chain that may be accepted';
  return { status: 'safe', because, leaked: [], evidence: [] };
};

/** What the client made of the chain, by its visit and the judgement of it. */
export const chainAnswer = (visit: Visit, { status, leaked }: Judgement): ChainAnswer => {
  switch (status) {
    case 'unsafe':
    case 'downgradable':
      return wasUntrusted(visit) && leaked.includes('trust') ? 'accepted' : 'misbehaved';
    case 'safe':
      return !wasUntrusted(visit) && wentOn(readings(visit)) ? 'accepted' : 'refused';
    case 'inconclusive':
    case 'not-applicable':
      return 'unclear';
  }
};

/** A chain was presented that a right-minded client refuses. */
const wasUntrusted = ({ connections }: Visit): boolean =>
  connections.some(({ entries }) => entries.some((entry) => entry.kind === 'boundary' && !entry.trusted));

/** More than a farewell was said inside TLS. */
const wentOn = (read: readonly Reading[]): boolean =>
  read.some(({ said }) => said.some((each) => each.inside && !isWayOut(each)));

/** Why nothing can be said of a good chain. */
const doubtOn = (visit: Visit, read: readonly Reading[]): string | undefined => {
  if (visit.faults[0] !== undefined) return visit.faults[0];
  if (visit.client.how === 'stopped' && !wentOn(read))
    return `still running after ${String(Math.round(visit.client.duration / 1000))} s`;
  if (read.length === 0) return `the client made no connection${outputWords(visit.client)}`;
  if (!read.some(({ boundaries }) => boundaries.some(({ facts }) => facts.hello !== undefined)))
    return `the client never tried to start TLS${outputWords(visit.client)}`;
  return visit.drained || wentOn(read) ? undefined : 'a connection was still open when the visit ended';
};
