import { performance } from 'node:perf_hooks';
import type { Case } from '../cases/case.js';
import { judgingSteps } from '../document/judge-visit.js';
import { bugJudgement, seenSteps, type Seen } from '../document/seen.js';
import type { Placed, Records } from '../stage/connection-log.js';
import { NO_VARIANT } from '../scenarios/scenario.js';
import { madeVisit } from '../stage/made-visit.js';
import type { Through } from '../stage/middle-seat.js';
import type { Course, SceneOptions } from '../stage/scene-options.js';
import type { Scene } from '../stage/scene.js';
import type { Canaries } from '../verdict/canaries.js';
import { isComparable, withheldFacts, withheldWithoutSecrets } from '../verdict/comparison.js';
import { controlFacts, factsWithoutSecrets } from '../verdict/control.js';
import { readingsSteps } from '../verdict/evidence.js';
import { isProof, leftOpen, triedUpgrade, truncation } from '../verdict/judgement.js';
import { maskVisit, sweepOf, type Masking } from '../verdict/mask.js';
import type { Reading } from '../verdict/reading.js';
import type { Steps } from '../verdict/steps.js';
import type { ControlFacts, TlsPolicy, Visit, WithheldFacts } from '../verdict/visit.js';
import { hostPort } from '../wire/host-port.js';
import { identityOf, ownName, SILENT, sweptIdentity, type Identity } from './client-identity.js';
import type { Clients, Recognised } from './clients.js';

/** One connection of a client, judged by itself. */
export interface SeenConnection extends Seen {
  /** Number of the connection to this endpoint; legs to a real server are counted too. */
  readonly id: number;
  /** Nothing was changed on it: it shows the client without an attack. */
  readonly isControl: boolean;
  /** It is judged while it is open: something leaked, or everything is about to end. */
  readonly isOpen: boolean;
  /** The client's own name: EHLO, ID, user; empty if it has none. */
  readonly client: string;
  /** Address and port that the client came from. */
  readonly peer: string;
  /** When the connection was accepted, RFC 3339. */
  readonly at: string;
  /** The server that the client asked for, where it may ask for any: `mail.lab.test:143`. */
  readonly target?: string;
}

/** What is known of a connection while it is open. */
export interface OpenConnection {
  readonly placed: Placed;
  readonly course: Course;
  readonly at: string;
  readonly number: number;
  /** Whose it was, where it was compared while it is open. */
  compared?: Recognised;
}

/** What is told of connections depends on this. */
export interface TellingOptions {
  /** The control of the endpoint's role, protocol and mode. */
  readonly control: Case;
  /** The user says that only one client connects: what says nothing of itself is taken for it. */
  readonly isOneClient?: boolean | undefined;
  /** The server that clients ask for, where they may ask for any. */
  readonly target?: string;
  readonly canaries: Canaries;
  readonly policy: TlsPolicy;
  readonly masking: Omit<Masking, 'known'>;
  readonly through?: Through;
  /** The user and password that clients log in with in place of the canaries. */
  readonly account?: SceneOptions['account'];
}

/** Makes visits of an endpoint's connections, judges each by itself, and says what it teaches of its client. */
export class Telling {
  readonly #options: TellingOptions & { readonly started: number };
  readonly #clients: Clients;
  readonly #scene: () => Scene | undefined;

  /** `started`: when the endpoint's clock began, in milliseconds of `performance`. */
  constructor(
    options: TellingOptions & { readonly started: number },
    clients: Clients,
    scene: () => Scene | undefined,
  ) {
    this.#options = options;
    this.#clients = clients;
    this.#scene = scene;
  }

  /** The visit of one connection; `isOpen` while it goes on. */
  visit(id: number, open: OpenConnection, isOpen: boolean): Visit {
    const { placed, number } = open;
    const { account, canaries, policy, started, through } = this.#options;
    const duration = performance.now() - started - placed.connection.openedAt;
    const records = this.#scene()?.recordsOf(id) ?? { connections: [], hits: [] };
    return madeVisit({
      one: this.#caseOf(open),
      number,
      policy,
      ownCredentials: through === undefined && account === undefined,
      canaries,
      records: isOpen ? snapshot(records) : records,
      client: { how: 'ended', stdout: '', stderr: '', duration: Math.max(0, Math.round(duration)) },
      drained: !isOpen,
      faults: this.#scene()?.faultsOf(id) ?? [],
    });
  }

  /** Whether what was said until now proves something against the client. */
  *leaks(id: number, open: OpenConnection): Steps<boolean> {
    try {
      return isProof(yield* judgingSteps(this.#caseOf(open), this.visit(id, open, true)));
    } catch {
      // A judge that throws is told of when the connection ends.
      return false;
    }
  }

  #caseOf({ course }: OpenConnection): Case {
    return course.untouched ? this.#options.control : course.one;
  }

  /**
   * What is told of a connection, and its visit before secrets were masked; in steps: a client may have said half a megabyte.
   * `isLast`: it has ended, and teaches what it has to teach.
   */
  *judged(id: number, open: OpenConnection, isOpen: boolean, isLast = false): Steps<readonly [SeenConnection, Visit]> {
    const { placed, at } = open;
    const { remoteAddress, remotePort } = placed.connection;
    const one = this.#caseOf(open);
    const alone = this.visit(id, open, isOpen);
    const read = yield* readingsSteps(alone);
    const heard = identityOf(alone, read);
    const isSilent = heard === undefined && !open.course.untouched;
    const identity = isSilent && this.#options.isOneClient === true ? SILENT : heard;
    const isControl = identity !== undefined && one.scenario.id === this.#options.control.scenario.id;
    let client = identity === undefined ? '' : ownName(identity);
    let control: ControlFacts | undefined;
    const bug = this.#scene()?.bugs.get(id);
    const isKept = identity !== undefined && isLast && bug === undefined;
    let withheld: WithheldFacts | undefined;
    let hasBegun: true | undefined;
    let isUnnamed = isSilent && heard === identity && this.#clients.knows(remoteAddress) ? true : undefined;
    if (isKept && !isControl)
      ({
        name: client,
        control,
        withheld,
        isUnnamed,
        hasBegun,
      } = this.#clients.compares(open.course)
        ? (open.compared ?? this.#clients.compare(remoteAddress, open.course, identity, this.taught(alone, read)))
        : this.#clients.recognise(remoteAddress, open.course, identity, triedUpgrade(read)));
    const peer = hostPort(remoteAddress, remotePort);
    const { target } = this.#options;
    const by = this.#options.through === undefined ? 'serve' : 'proxy';
    const visit: Visit = {
      ...alone,
      met: {
        by,
        at,
        peer,
        ...(client !== '' && { client }),
        ...(isUnnamed && { unnamed: true }),
        ...(target !== undefined && { target }),
        ...(isAwaited(open.course, read) && { awaited: true }),
        ...(one.scenario.goesOn !== undefined && hasBegun && { returned: true }),
      },
      ...(!isControl && control && { control }),
      ...(withheld && { withheld }),
    };
    const masking = this.masking();
    const seen = yield* seenSteps(one, visit, masking);
    if (isKept && isControl) this.learn(remoteAddress, identity, controlFacts(visit, read), sweepOf(alone, masking));
    const told: SeenConnection = {
      ...seen,
      // What was proved before it failed stands by itself.
      ...(bug !== undefined && { bug, ...(!isProof(seen.judgement) && { judgement: bugJudgement(one, bug) }) }),
      id,
      isControl,
      isOpen,
      client: seen.visit.met?.client ?? '',
      peer,
      at,
      ...(target !== undefined && { target }),
    };
    return [told, visit];
  }

  /** What is learnt is told on other connections, where nobody knows the secrets of this one: `sweep` overwrites them. */
  learn(address: string, identity: Identity, control: ControlFacts, sweep: (text: string) => string): void {
    this.#clients.learn(address, identity, factsWithoutSecrets(control, sweep), sweptIdentity(identity, sweep));
  }

  /** What others are compared with; undefined if the visit was not seen to its end, or did not come as far. */
  taught(alone: Visit, read: readonly Reading[]): WithheldFacts | undefined {
    if ((leftOpen(alone) ?? truncation(alone)) !== undefined || !isComparable(alone, read)) return undefined;
    return withheldWithoutSecrets(withheldFacts(alone, read), maskVisit(alone, this.masking()).sweep);
  }

  /** Secrets of one connection are known on it alone. */
  masking(): Masking {
    return { ...this.#options.masking, known: new Set<string>() };
  }
}

/** The client has met the first half of an attack, and is to come back for the rest; one that was served inside TLS need not come back. */
const isAwaited = ({ one, untouched, ordinal }: Course, read: readonly Reading[]): boolean =>
  !untouched && ordinal <= beginnings(one) && !read.some(({ accepted }) => accepted.some(({ trusted }) => trusted));

/** Connections on which the attack only begins. */
const beginnings = ({ scenario: { goesOn }, variant = NO_VARIANT }: Case): number =>
  typeof goesOn === 'function' ? goesOn(variant) : goesOn === true ? 1 : 0;

/** What is open goes on while it is judged. */
const snapshot = ({ connections, hits }: Records): Records => ({
  connections: connections.map((each) => ({ ...each, entries: [...each.entries] })),
  hits: [...hits],
});
