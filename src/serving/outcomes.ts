import type { Masking } from '../verdict/mask.js';
import type { ClientStatus, Visit } from '../verdict/visit.js';
import type { Mask } from '../verdict/recording.js';
import { isProof, type Judgement } from '../verdict/judgement.js';
import { caseKey, type Case } from '../cases/case.js';
import { seenVisit } from '../document/seen.js';
import { machineOf } from './clients.js';
import type { SeenConnection } from './endpoint-watch.js';

/** All connections of one client in one case, judged together; secrets are masked. */
export interface ProxyOutcome {
  readonly one: Case;
  /** The client's own name: EHLO, ID, user; empty if it never said one. */
  readonly client: string;
  /** Address and port of its first connection. */
  readonly peer: string;
  /** When its first connection was accepted, RFC 3339. */
  readonly at: string;
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
  /** Connections to judge together, as they happened: not all, where there are very many. */
  readonly happened: Visit[];
}

/** Gathers what connections came to, by case, machine and client: bounded, however many there are. */
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
    const key = `${caseKey(seen.one)} ${machineOf(seen.peer.replace(/^\[?(.*?)\]?:\d+$/, '$1'))} ${seen.client}`;
    const known = this.#groups.get(key);
    if (known === undefined && this.#groups.size >= MOST_GROUPS) {
      this.#dropped += 1;
      return;
    }
    const group: Group = known ?? { first: seen, worst: seen, connections: 0, happened: [] };
    this.#groups.set(key, group);
    group.connections += 1;
    if (badness(seen.judgement) > badness(group.worst.judgement)) group.worst = seen;
    const size = happened.connections.flatMap(({ entries }) => entries).length * ENTRY + bytesOf(happened);
    if (seen.bug !== undefined || group.happened.length >= MOST_TOGETHER || this.#size + size > MOST_BYTES) return;
    this.#size += size;
    group.happened.push(happened);
  }

  /** The control's outcomes first, else in the order in which clients came. */
  all(): ProxyOutcome[] {
    return [...this.#groups.values()].map((group, index) => this.#outcome(group, index + 1));
  }

  #outcome({ first, worst, connections, happened }: Group, number: number): ProxyOutcome {
    const { one, client, peer, at } = first;
    const together = happened.length > 1 ? this.#together(one, happened) : undefined;
    // What one connection proves stands by itself; a doubt about one may be gone once all are seen together.
    const found =
      together === undefined || (isProof(worst.judgement) && !isProof(together.judgement)) ? worst : together;
    const { visit, masks, judgement } = found;
    return { one, client, peer, at, connections, visit: { ...visit, number }, masks, judgement };
  }

  /** One visit of all connections: what a client does on one may explain what it does on the next. */
  #together(one: Case, happened: readonly Visit[]): Pick<ProxyOutcome, 'visit' | 'masks' | 'judgement'> | undefined {
    const last = happened.at(-1);
    if (last === undefined) return undefined;
    const control = happened.findLast((each) => each.control?.passed === true)?.control;
    return seenVisit(
      one,
      {
        ...last,
        ...(happened[0]?.met && { met: happened[0].met }),
        ...(control && { control }),
        connections: happened.flatMap(({ connections: each }) => each).toSorted((a, b) => a.id - b.id),
        hits: happened.flatMap(({ hits }) => hits),
        drained: happened.every(({ drained }) => drained),
        faults: [...new Set(happened.flatMap(({ faults }) => faults))],
      },
      { ...this.#masking, known: new Set() },
    );
  }
}

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
const MOST_BYTES = 48 * 1024 * 1024;
