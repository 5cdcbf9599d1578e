import { sessionFacts } from '../tls/session.js';
import { inspectCertificate } from '../tls/inspect.js';
import { dialogue, measurableHandshake } from './dialogue.js';
import { endpointText } from './listener.js';
import type { Place } from './place.js';
import { defineProbe, NotObserved, type Probe, type ProbeContext } from './probe.js';
import { answeredHello, serverNameOf } from './raw-hello.js';
import { askCapabilities, callAtThreshold } from './threshold.js';
import { tls12, tls13 } from './versions.js';

/** A session that a server gave out, to be resumed. It holds secrets, our own ones: for no report. */
interface GivenSession {
  readonly version: 'TLSv1.2' | 'TLSv1.3';
  readonly session: Buffer;
}

/** The last session of one handshake in each of TLS 1.3 and 1.2, where the server gave one. */
const sessions = defineProbe<readonly GivenSession[]>({
  id: 'sessions',
  scope: 'listener',
  cost: 2,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    const { handshake } = await measurableHandshake(context);
    if (!handshake.completed) throw new NotObserved('the TLS handshake fails');
    // It has waited for words inside TLS: a ticket of TLS 1.3 is here before an answer is.
    const { answeredInside } = await context.facts(dialogue);
    const given: GivenSession[] = [];
    for (const [version, probe] of [
      ['TLSv1.3', tls13],
      ['TLSv1.2', tls12],
    ] as const) {
      const { session: met } = context.acquaintance;
      if (handshake.version === version && answeredInside === true && met !== undefined) {
        given.push({ version, session: met });
        continue;
      }
      if (!(await context.facts(probe)).accepted) continue;
      const session = await taken(context, version);
      if (session !== undefined) given.push({ version, session });
    }
    return given;
  },
});

/** The last session of a new handshake. */
const taken = async (context: ProbeContext, version: GivenSession['version']): Promise<Buffer | undefined> => {
  const call = await callAtThreshold(context);
  let last: Buffer | undefined;
  const { peer } = await call.secure({ newest: version, onSession: (session) => (last = session) });
  // TLS 1.3 gives tickets after the handshake: they are here before an answer is.
  if (peer.completed) {
    if (context.acquaintance.isSilentInside === true) await call.listen(context.patience.quiet);
    else if (context.listener.tls === 'implicit') await call.greeting();
    else await askCapabilities(context, call);
    call.quit();
  } else call.close();
  return peer.version === version ? last : undefined;
};

/** One probe that offers the session of a version which was given first, and one that asks for new ones and offers these. */
interface Offers<T> {
  readonly first: Probe<T>;
  readonly anew: Probe<T | undefined>;
}

/**
 * Offers a session, and, where it is not taken, new ones directly after they were given. Sendmail’s are good for a
 * second, others are forgotten when a few more came: by the time of this probe they may be too old. These are two probes, each
 * of few connections: where every third one is cut, no probe of three in a row comes to an end.
 */
const offersOf = <T>(
  id: string,
  version: GivenSession['version'],
  frame: Pick<Probe<T>, 'phase' | 'intrusiveness'>,
  offer: (context: ProbeContext, given: GivenSession) => Promise<T>,
  isTaken: (outcome: T) => boolean,
): Offers<T> => ({
  first: defineProbe<T>({
    ...{ id: `${id}-${version}`, scope: 'listener', cost: 1, ...frame },
    run: async (context) => offer(context, await givenOf(context, version)),
  }),
  anew: defineProbe<T | undefined>({
    ...{ id: `${id}-anew-${version}`, scope: 'listener', cost: 2, ...frame },
    run: async (context) => {
      const { session } = await givenOf(context, version);
      const { lifetime = 0 } = sessionFacts(session) ?? {};
      let outcome: T | undefined;
      // Where they last for seconds, a slow connection is enough to be too late.
      for (let left = lifetime > 0 && lifetime < BRIEF ? 3 : 1; left > 0; left -= 1) {
        const fresh = await taken(context, version);
        if (fresh === undefined) break;
        outcome = await offer(context, { version, session: fresh });
        if (isTaken(outcome)) break;
      }
      return outcome;
    },
  }),
});

/** What came of the first session, or of a later one where that was not taken. */
const outcomeOf = async <T>(
  context: ProbeContext,
  { first, anew }: Offers<T>,
  isTaken: (outcome: T) => boolean,
): Promise<T> => {
  const outcome = await context.facts(first);
  return isTaken(outcome) ? outcome : ((await context.facts(anew)) ?? outcome);
};

const givenOf = async (context: ProbeContext, version: GivenSession['version']): Promise<GivenSession> => {
  const given = (await context.facts(sessions)).find((each) => each.version === version);
  if (given === undefined) throw new NotObserved(`the server gives no session in ${version}`);
  return given;
};

/** Seconds. */
const BRIEF = 10;

/** How sessions of one version are resumed. */
export interface ResumptionTrial {
  readonly version: 'TLSv1.2' | 'TLSv1.3';
  readonly by: 'ticket' | 'id';
  /** Seconds for which the server says that a ticket can be used; absent where it does not say. */
  readonly lifetime?: number;
  /** Octets of early data (0-RTT) that the server invites. */
  readonly earlyData: number;
  readonly resumed: boolean;
  /** The handshake that offered the session. */
  readonly at: Place;
}

const isResumed = ({ resumed }: { readonly resumed: boolean }): boolean => resumed;

const LOOKS = { phase: 'look', intrusiveness: 'passive' } as const;
const OFFERS = {
  'TLSv1.3': offersOf('session-offered', 'TLSv1.3', LOOKS, (context, given) => offered(context, given), isResumed),
  'TLSv1.2': offersOf('session-offered', 'TLSv1.2', LOOKS, (context, given) => offered(context, given), isResumed),
};

/** What sessions a server gives out, and whether it resumes them; empty where it gives none. */
export const resumption = defineProbe<readonly ResumptionTrial[]>({
  id: 'resumption',
  scope: 'listener',
  cost: 0,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    const trials: ResumptionTrial[] = [];
    for (const { version, session } of await context.facts(sessions)) {
      const facts = sessionFacts(session);
      if (facts === undefined) continue;
      const { by, lifetime = 0, earlyData } = facts;
      trials.push({
        version,
        by,
        ...(lifetime > 0 && { lifetime }),
        earlyData,
        ...(await outcomeOf(context, OFFERS[version], isResumed)),
      });
    }
    return trials;
  },
});

/** A session of another service at the same address, offered here. */
export interface ForeignSession {
  /** `mail.example.org:993` */
  readonly from: string;
  readonly version: string;
  readonly resumed: boolean;
  /** Both services show the same certificate to a client that asks for the same name. */
  readonly isSameCertificate: boolean;
  readonly at: Place;
}

/** Sessions of all other services of the address, one each, offered to this one. */
export const foreignSessions = defineProbe<readonly ForeignSession[]>({
  id: 'foreign-sessions',
  scope: 'host',
  cost: 7,
  phase: 'behave',
  intrusiveness: 'passive',
  run: async (context) => {
    const { handshake } = await measurableHandshake(context);
    if (!handshake.completed) throw new NotObserved('the TLS handshake fails');
    const own = await fingerprintOf(context);
    const others = await Promise.all(
      context.neighbours.map(async (door) => {
        try {
          const [given] = await door.facts(sessions);
          return given && { given, from: door.listener, print: await fingerprintOf(door) };
        } catch {
          // What another service does not give is no matter of this one.
          return undefined;
        }
      }),
    );
    const known = others.filter((each) => each !== undefined);
    if (known.length === 0) throw new NotObserved('no other service at this address gave out a session');
    const trials: ForeignSession[] = [];
    for (const { given, from, print } of known)
      trials.push({
        from: endpointText(from.host, from.port),
        version: given.version,
        isSameCertificate: print === own,
        ...(await offered(context, given)),
      });
    return trials;
  },
});

const fingerprintOf = async (context: Pick<ProbeContext, 'facts'>): Promise<string | undefined> => {
  const { handshake } = await context.facts(dialogue);
  const [leaf] = handshake?.chain ?? [];
  return leaf && inspectCertificate(leaf)?.fingerprintSha256;
};

const offered = async (
  context: ProbeContext,
  { version, session }: GivenSession,
): Promise<{ readonly resumed: boolean; readonly at: Place }> => {
  const call = await callAtThreshold(context);
  const { peer, at } = await call.secure({ newest: version, session });
  if (peer.completed) call.quit();
  else call.close();
  return { resumed: peer.completed && peer.resumed === true, at };
};

/** How a server answers a ticket with a short session id. */
export interface ShortIdFacts {
  /** Octets of the id that was sent, and of the one that came back; absent where the ticket was not taken. */
  readonly sent: number;
  readonly echoed?: number;
  readonly at?: Place;
}

/** A ticket of TLS 1.2 with a session id of 16 octets, which the server repeats if it takes the ticket (RFC 5077 §3.4). */
export const shortSessionId = defineProbe<ShortIdFacts>({
  id: 'short-session-id',
  scope: 'listener',
  cost: 0,
  phase: 'inject',
  intrusiveness: 'intrusive',
  run: async (context) => {
    const given = (await context.facts(sessions)).find(({ version }) => version === 'TLSv1.2');
    if (given === undefined || sessionFacts(given.session)?.ticket === undefined)
      throw new NotObserved('the server gives no tickets in TLS 1.2');
    return await outcomeOf(context, SHORT_IDS, isEchoed);
  },
});

const shortId = async (context: ProbeContext, { session }: GivenSession): Promise<ShortIdFacts> => {
  const { ticket, suite } = sessionFacts(session) ?? {};
  const call = await callAtThreshold(context);
  const { answer, at } = await answeredHello(call, {
    ...serverNameOf(context),
    versions: ['TLSv1.2'],
    ...(suite !== undefined && { cipherSuites: [suite] }),
    sessionId: Buffer.alloc(SHORT, 0x77),
    extraExtensions: new Map([[SESSION_TICKET, ticket ?? Buffer.alloc(0)]]),
  });
  call.close();
  const echo = answer.kind === 'server-hello' ? answer.sessionId : Buffer.alloc(0);
  const isTaken = echo.subarray(0, SHORT).equals(Buffer.alloc(SHORT, 0x77));
  return { sent: SHORT, ...(isTaken && { echoed: echo.length }), ...(at && { at }) };
};

const isEchoed = ({ echoed }: ShortIdFacts): boolean => echoed !== undefined;

const SHORT = 16;
const SESSION_TICKET = 35;

const SHORT_IDS = offersOf(
  'short-id-offered',
  'TLSv1.2',
  { phase: 'inject', intrusiveness: 'intrusive' },
  shortId,
  isEchoed,
);
