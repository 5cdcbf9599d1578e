import { readings } from './evidence.js';
import { reading, type Reading } from './reading.js';
import type { ClientEnd, ControlFacts, Visit } from './visit.js';

/** What the client told its user or caller at its end, and what contradicts it. */
export interface Told {
  /** By its exit code, its signal, or the error that a library call threw; `unknown` where that says nothing. */
  readonly reported: 'success' | 'failure' | 'unknown';
  /** Completes “reported success, although …”; absent where the report agrees with what the server saw. */
  readonly although?: string;
  /** Why its report says nothing. */
  readonly why?: string;
}

/** What can be had of a server: that it takes a login, or a message. */
export type Taken = 'login' | 'message';

/**
 * What the client told, compared with what the server took of it (verdicts.md, “told”): a fact beside the verdict, which it does
 * not change. Undefined for clients that waxseal did not start, and for those that made no connection.
 */
export const told = (visit: Visit, already?: readonly Reading[]): Told | undefined => {
  // To read what hundreds of clients said takes long, and nobody is served meanwhile.
  if (visit.met !== undefined) return undefined;
  const read = already ?? readings(visit);
  if (read.length === 0) return undefined;
  if (visit.client.idle === true) return { reported: 'unknown', why: 'waxseal ended it when it was idle' };
  // Recordings of older versions do not say what their control reported.
  if (visit.control?.passed === true && visit.control.reported === undefined) return undefined;
  const why = saysNothing(visit, read);
  if (why !== undefined) return { reported: 'unknown', why };
  const reported = outcome(visit.client);
  const taken = takenIn(visit, read);
  if (reported === 'failure')
    return taken.includes('message') ? { reported, although: 'the server has taken the mail' } : { reported };
  const although = isUnknown(visit)
    ? 'the server does not know the password'
    : visit.control === undefined
      ? undefined
      : (missing(visit.control, [...taken, ...read.flatMap(({ undecided }) => undecided)]) ??
        unheard(visit.control, taken));
  if (although !== undefined && visit.control?.reportsRefusal === false)
    return { reported: 'unknown', why: 'it reports success where an honest server refuses it, too' };
  return { reported, ...(although !== undefined && { although }) };
};

/** By how it ended, a client that ended by itself reports success or failure; one that waxseal ended reports nothing. */
export const outcome = ({ how, idle, error, signal, code }: ClientEnd): Told['reported'] => {
  if (how === 'stopped' || idle === true) return 'unknown';
  return error === undefined && signal === undefined && (code ?? 0) === 0 ? 'success' : 'failure';
};

/** What was taken of the client, by our server or by the real one, which may have answered when the client was gone. */
export const takenIn = (visit: Visit, read: readonly Reading[]): Taken[] =>
  takenOf([...read, ...visit.connections.filter(({ leg }) => leg === 'server').map(reading)]);

/** What the server took of a client, on all its connections. */
export const takenOf = (read: readonly Reading[]): Taken[] => [
  ...new Set(read.flatMap(({ accepted }) => accepted.map(({ what }) => what))),
];

/** Why nobody knows what a client reported that waxseal did not start; undefined for one that it did. */
export const unseenReport = ({ met }: Visit): string | undefined =>
  met === undefined
    ? undefined
    : 'whether the client reported success is on its screen only; waxseal test starts the client, and sees that';

const saysNothing = (visit: Visit, read: readonly Reading[]): string | undefined => {
  const { client, control, scenario } = visit;
  if (client.how === 'stopped') return 'it did not end by itself';
  if (read.some(({ boundaries }) => boundaries.some(({ facts }) => facts.opaque === true)) && !isUnknown(visit))
    return 'what the server took of it is hidden inside TLS';
  if (scenario === 'control') return undefined;
  if (control?.passed !== true) return 'it was not seen to succeed with an honest server';
  if (control.reported === 'unknown' && outcome(client) === 'success')
    return 'with an honest server it does not end by itself';
  return control.reported === 'failure' ? 'it reports failure with an honest server, too' : undefined;
};

/** In the middle seat, the real server does not know a password that waxseal has made up. */
const isUnknown = ({ seat, ownCredentials }: Visit): boolean => seat === 'middle' && ownCredentials;

/** What the honest server took of this client, and this one did not: not what it was asked to take and did not answer. */
const missing = (control: ControlFacts, taken: readonly Taken[]): string | undefined => {
  const lost = lostOf(control, taken);
  if (lost.length === 0) return undefined;
  if (lost.includes('message'))
    return lost.includes('login') ? 'no login and no mail was accepted' : 'no mail was accepted';
  return 'no login was accepted';
};

/** What this server was asked to take, and the client did not wait to hear: it cannot know. */
const unheard = (control: ControlFacts, taken: readonly Taken[]): string | undefined => {
  const lost = lostOf(control, taken);
  if (lost.length === 0) return undefined;
  return `it disconnected before its ${lost.includes('message') ? 'mail' : 'login'} was answered`;
};

const lostOf = ({ took = [] }: ControlFacts, taken: readonly Taken[]): Taken[] =>
  took.filter((each) => !taken.includes(each));
