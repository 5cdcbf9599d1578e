import type { Masking } from '../verdict/mask.js';
import type { ClientStatus, Visit } from '../verdict/visit.js';
import type { Mask } from '../verdict/recording.js';
import { isProof, type Judgement } from '../verdict/judgement.js';
import { finished, type Steps } from '../verdict/steps.js';
import { TURNS } from '../wire/turns.js';
import { caseKey, type Case } from '../cases/case.js';
import { seenTogether, type Seen } from '../document/seen.js';
import { machineOf } from './clients.js';
import type { SeenConnection } from './telling.js';

/** All connections of one client in one case, judged together; secrets are masked. */
export interface ProxyOutcome {
  readonly one: Case;
  /** The client's own name: EHLO, ID, user; empty if it never said one. */
  readonly client: string;
  /** Address and port of its first connection. */
  readonly peer: string;
  /** When its first connection was accepted, RFC 3339. */
  readonly at: string;
  /** The server that it asked for, where clients may ask for any. */
  readonly target?: string;
  /** Connections that were judged. */
  readonly connections: number;
  readonly visit: Visit;
  readonly masks: readonly Mask[];
  readonly judgement: Judgement;
}

interface Group {
  readonly first: SeenConnection;
  /** The worst connection so far, by itself. */
  worst: SeenConnection;
  connections: number;
  /** Connections to judge together: not all, where there are very many. */
  readonly kept: Kept[];
  /** Of those, in bytes. */
  size: number;
  /** What those come to; unknown again when there is one more. */
  together?: Seen | undefined;
  /** They are being judged together, in steps. */
  isAtWork: boolean;
}

/** One connection, as it happened and as it may be stored. */
interface Kept {
  readonly happened: Visit;
  readonly masked: Visit;
  readonly masks: readonly Mask[];
}

/** Gathers what connections came to, by case, machine, server and client: bounded, however many there are. */
export class Outcomes {
  readonly #masking: Omit<Masking, 'known'>;
  readonly #groups = new Map<string, Group>();
  #size = 0;
  #dropped = 0;

  constructor(masking: Omit<Masking, 'known'>) {
    this.#masking = masking;
  }

  /** Connections of clients that came after too many others: nothing is left of them. */
  get dropped(): number {
    return this.#dropped;
  }

  /** `happened` is the visit before its secrets were masked. */
  add(seen: SeenConnection, happened: Visit): void {
    // Names of clients are common: clients of two machines are two.
    const key = `${caseKey(seen.one)} ${machineOf(seen.peer.replace(/^\[?(.*?)\]?:\d+$/, '$1'))} ${seen.target ?? ''} ${seen.client}`;
    const known = this.#groups.get(key);
    if (known === undefined && this.#groups.size >= MOST_GROUPS) {
      this.#dropped += 1;
      return;
    }
    const group: Group = known ?? { first: seen, worst: seen, connections: 0, kept: [], size: 0, isAtWork: false };
    this.#groups.set(key, group);
    group.connections += 1;
    if (badness(seen.judgement) > badness(group.worst.judgement)) group.worst = seen;
    const size = happened.connections.flatMap(({ entries }) => entries).length * ENTRY + bytesOf(happened);
    if (seen.bug !== undefined || group.kept.length >= MOST_TOGETHER || this.#size + size > MOST_BYTES) return;
    this.#size += size;
    group.size += size;
    group.kept.push({ happened, masked: seen.visit, masks: seen.masks });
    group.together = undefined;
  }

  /** Judges what there is together, one client at a time and in steps: `all` has little left to do then. */
  async settle(): Promise<void> {
    for (const group of this.#groups.values()) {
      if (group.kept.length < 2 || group.together !== undefined) continue;
      const connections = group.kept.length;
      const steps = this.#together(group);
      let step = steps.next();
      for (; step.done !== true; step = steps.next())
        await new Promise<void>((resolve) => {
          setImmediate(resolve);
        });
      // Another connection may have ended meanwhile.
      if (group.kept.length === connections) group.together = step.value;
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
  }

  /**
   * What is known now; the control's outcomes first, else in the order in which clients came. Little is judged at once, since everybody
   * else waits meanwhile: clients with much to judge together are `inconclusive` until that is done, in steps, after this call.
   */
  all(): ProxyOutcome[] {
    let left = MOST_AT_ONCE;
    return [...this.#groups.values()].map((group, index) => {
      if (group.kept.length > 1 && group.together === undefined) {
        if (group.size <= left) {
          left -= group.size;
          group.together = finished(this.#together(group));
        } else this.#settleBehind(group);
      }
      return outcomeOf(group, index + 1);
    });
  }

  #settleBehind(group: Group): void {
    if (group.isAtWork) return;
    group.isAtWork = true;
    const connections = group.kept.length;
    const steps = this.#together(group);
    TURNS.runInSteps(() => {
      const step = steps.next();
      if (step.done !== true) return false;
      group.isAtWork = false;
      if (group.kept.length === connections) group.together = step.value;
      return true;
    });
  }

  /** One visit of all connections: what a client does on one may explain what it does on the next. */
  #together({ first, kept }: Group): Steps<Seen> {
    return seenTogether(
      first.one,
      joined(kept.map(({ happened }) => happened)),
      joined(kept.map(({ masked }) => masked)),
      kept.flatMap(({ masks }) => masks).toSorted((a, b) => (a.connection ?? 0) - (b.connection ?? 0)),
      { ...this.#masking, known: new Set() },
    );
  }
}

const outcomeOf = (group: Group, number: number): ProxyOutcome => {
  const { first, worst, connections, kept, together } = group;
  const { one, client, peer, at, target } = first;
  // What one connection proves stands by itself; a doubt about one may be gone once all are seen together.
  const isDecided = kept.length < 2 || isProof(worst.judgement);
  const found: Pick<Seen, 'visit' | 'masks' | 'judgement'> =
    together === undefined
      ? { ...worst, ...(!isDecided && { judgement: undecided(kept.length) }) }
      : isProof(worst.judgement) && !isProof(together.judgement)
        ? worst
        : together;
  const { visit, masks, judgement } = found;
  return {
    one,
    client,
    peer,
    at,
    ...(target !== undefined && { target }),
    connections,
    visit: { ...visit, number },
    masks,
    judgement,
  };
};

const undecided = (connections: number): Judgement => ({
  status: 'inconclusive',
  because: `its ${String(connections)} connections are not judged together yet: ask for the report again`,
  leaked: [],
  evidence: [],
});

const joined = (visits: readonly Visit[]): Visit => {
  const last = visits.at(-1);
  if (last === undefined) throw new Error('no visits to join');
  const control = visits.findLast((each) => each.control?.passed === true)?.control;
  const withheld = visits.findLast((each) => each.withheld !== undefined)?.withheld;
  return {
    ...last,
    ...(visits[0]?.met && { met: metBy(visits[0].met, visits) }),
    ...(control && { control }),
    ...(withheld && { withheld }),
    connections: visits.flatMap(({ connections }) => connections).toSorted((a, b) => a.id - b.id),
    hits: visits.flatMap(({ hits }) => hits),
    drained: visits.every(({ drained }) => drained),
    faults: [...new Set(visits.flatMap(({ faults }) => faults))],
  };
};

/** Which client came; one that has come back is not waited for any more. */
const metBy = (first: Met, visits: readonly Visit[]): Met => {
  const { awaited, ...met } = first;
  return awaited === true && visits.every((each) => each.met?.awaited === true) ? first : met;
};

type Met = NonNullable<Visit['met']>;

const badness = ({ status }: Judgement): number => BADNESS.indexOf(status);

const bytesOf = ({ connections }: Visit): number =>
  connections
    .flatMap(({ entries }) => entries)
    .reduce((sum, entry) => sum + ('data' in entry ? entry.data.length : 0), 0);

/** From good to bad. */
const BADNESS: readonly ClientStatus[] = ['not-applicable', 'safe', 'inconclusive', 'downgradable', 'unsafe'];
const MOST_GROUPS = 200;
const MOST_TOGETHER = 50;
const ENTRY = 200;
/** Bytes that are judged together at once: some milliseconds. */
const MOST_AT_ONCE = 128 * 1024;
/** Of what happened; what is stored of it takes as much again. */
const MOST_BYTES = 12 * 1024 * 1024;
