import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Site } from '../place/place.js';
import type { ServerFacts } from '../proxy/server.js';
import type { Authority } from '../tls/certificate-authority.js';
import type { EndpointNames } from '../tls/permitted-names.js';
import type { Canaries } from '../verdict/canaries.js';
import { controlFacts, factsWithoutSecrets } from '../verdict/control.js';
import { readings, readingsSteps } from '../verdict/evidence.js';
import { maskVisit, sweepOf, type Masking } from '../verdict/mask.js';
import { isProof, leftOpen, truncation } from '../verdict/judgement.js';
import type { Steps } from '../verdict/steps.js';
import { isComparable, waitsForMail, withheldFacts, withheldWithoutSecrets } from '../verdict/comparison.js';
import type { Reading } from '../verdict/reading.js';
import type { ControlFacts, TlsPolicy, Visit, WithheldFacts } from '../verdict/visit.js';
import { casesOf, type Case } from '../cases/case.js';
import controlHandshake from '../scenarios/control-handshake.js';
import controlRefused from '../scenarios/control-refused.js';
import controlWithheld from '../scenarios/control-withheld.js';
import { judgingSteps } from '../document/judge-visit.js';
import { bugJudgement, seenSteps, type Seen } from '../document/seen.js';
import type { Placed, Records } from '../stage/connection-log.js';
import { madeVisit } from '../stage/made-visit.js';
import type { Through } from '../stage/middle-seat.js';
import type { Course, SceneOptions } from '../stage/scene-options.js';
import { Scene } from '../stage/scene.js';
import { Clients, type Recognised } from './clients.js';
import { identityOf, ownName, SILENT, sweptIdentity, type Identity } from './client-identity.js';
import type { Load } from './load.js';
import type { TranscriptEntry } from '../wire/entry.js';
import { hostPort } from '../wire/host-port.js';
import { TURNS } from '../wire/turns.js';

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

/** A connection that was accepted. */
export type OpenedConnection = Pick<SeenConnection, 'id' | 'peer' | 'at'>;

/** What an endpoint that stays up needs. */
export interface EndpointWatchOptions {
  /** Cases of one port role, protocol and mode; they take turns. */
  readonly cases: readonly [Case, ...Case[]];
  /** The control of the same role, protocol and mode. */
  readonly control: Case;
  /** Every client is seen without an attack first. */
  readonly isControlled: boolean;
  /** The user says that only one client connects: what says nothing of itself is taken for it. */
  readonly isOneClient?: boolean | undefined;
  readonly site: Site;
  /** A free one by default; `handed-in`: none, connections come by `admit`. */
  readonly port?: SceneOptions['port'];
  /** Certificates are for the name that the client asks for (SNI) as well. */
  readonly namesAskedFor?: true;
  /** The server that clients ask for, where they may ask for any. */
  readonly target?: string;
  readonly names?: EndpointNames;
  readonly canaries: Canaries;
  readonly authority: Authority;
  readonly policy: TlsPolicy;
  readonly masking: Omit<Masking, 'known'>;
  readonly load: Load;
  /** Milliseconds. */
  readonly idle: number;
  readonly handshake: number;
  readonly allows?: (address: string) => boolean;
  readonly through?: Through;
  /** The user and password that clients log in with in place of the canaries. */
  readonly account?: SceneOptions['account'];
  /** Decides which connections are attacked, and how, in place of turns and controls; undefined: nothing is changed. */
  readonly decides?: () => Case | undefined;
  /** Mailboxes that every connection sees. */
  readonly mail?: SceneOptions['mail'];
  readonly refusal?: SceneOptions['refusal'];
  readonly plaintext?: SceneOptions['plaintext'];
  /** The next number of a visit. */
  readonly next: () => number;
  /** A connection was accepted; nothing is known of it but where it came from. */
  readonly onOpened?: (opened: OpenedConnection) => void;
  /** A connection has ended, or everything is about to; `happened` is the visit before its secrets were masked. */
  readonly onSeen: (seen: SeenConnection, happened: Visit) => void;
  readonly onKeys?: SceneOptions['onKeys'];
  /** Something leaked on a connection that is still open; told once a connection. */
  readonly onLeak?: (seen: SeenConnection) => void;
}

/** What is known of a connection while it is open. */
interface Open {
  readonly placed: Placed;
  readonly course: Course;
  readonly at: string;
  readonly number: number;
  /** Milliseconds until its next look, and the timer of it. */
  pause: number;
  timer?: NodeJS.Timeout;
  isTold: boolean;
  /** Whose it was, where it was compared while it is open. */
  compared?: Recognised;
  /** Entries of the transcript when it was last looked at for a control that passed. */
  read: number;
}

/** An endpoint that stays up: judges every connection as it ends, and forgets it. */
export class EndpointWatch implements AsyncDisposable {
  readonly #options: EndpointWatchOptions;
  readonly #clients: Clients;
  readonly #open = new Map<number, Open>();
  /** Connections that have ended, and are judged in steps. */
  readonly #unfinished = new Set<number>();
  /** Connections that are open and teach what others are judged by, by address: untouched ones, and those for a comparison. */
  readonly #teaching = new Map<string, Set<number>>();
  readonly #started = performance.now();
  #scene: Scene | undefined;

  private constructor(options: EndpointWatchOptions) {
    this.#options = options;
    const { protocol, tls, seat, portRole } = options.control;
    const controls = casesOf(COMPARED, protocol, tls, seat, portRole);
    this.#clients = new Clients(options.cases, options.isControlled, controls, options.isOneClient);
  }

  static async open(options: EndpointWatchOptions): Promise<EndpointWatch> {
    const watch = new EndpointWatch(options);
    const { cases, site, names, canaries, authority, port, idle, handshake, allows, through, account, load } = options;
    watch.#scene = await Scene.open({
      one: cases[0],
      cases: [...cases, ...watch.#clients.comparisons],
      course: (placed) => watch.#accepted(placed),
      site,
      canaries,
      others: new Map(),
      authority,
      clock: () => performance.now() - watch.#started,
      idle,
      handshake,
      onKeys: options.onKeys,
      ...(names && { names }),
      ...(allows && { allows }),
      ...(through && { through }),
      ...(account && { account }),
      ...(port !== undefined && { port }),
      ...(options.namesAskedFor && { namesAskedFor: true }),
      ...(options.mail && { mail: options.mail }),
      ...(options.refusal && { refusal: options.refusal }),
      ...(options.plaintext && { plaintext: options.plaintext }),
      // A client that sends one mail after the other on one connection holds no more than one.
      onMailTaken: (id) => {
        load.forget(id);
      },
      bounds: { admission: load.admission, linger: LINGER, kept: () => load.kept() },
      onClientBytes: (id, bytes, inside) => {
        watch.#received(id, bytes, inside);
      },
      onConnectionEnd: (id) => {
        TURNS.runBehind(() => {
          watch.#ended(id);
        });
      },
    });
    return watch;
  }

  /** From now on the case with this index is played, instead of all in turn; connections that are open go on as they began. */
  choose(index: number): void {
    this.#clients.choose(index);
  }

  /** Takes a connection that was accepted elsewhere, where this endpoint does not listen. */
  admit(socket: Socket): void {
    this.#scene?.admit(socket);
  }

  get port(): number {
    return this.#scene?.port ?? 0;
  }

  /** What the real server behind the middle seat did not give, in words. */
  get faults(): readonly string[] {
    return this.#scene?.faults ?? [];
  }

  /** What was learnt of the real server. */
  get server(): ServerFacts | undefined {
    return this.#scene?.server;
  }

  /** Ends what is open, within `timeout` ms, and judges it. */
  async conclude(timeout: number): Promise<void> {
    await this.#scene?.drain(timeout, true);
    await TURNS.finish();
    // One in a turn of the event loop, and what takes long in several.
    for (const id of [...this.#open.keys()]) {
      this.#ended(id, true);
      do
        await new Promise<void>((resolve) => {
          setImmediate(resolve);
        });
      while (this.#unfinished.size > 0);
    }
    TURNS.flush();
    for (const id of [...this.#open.keys()]) this.#ended(id, true);
  }

  async stop(): Promise<void> {
    TURNS.flush();
    for (const { timer } of this.#open.values()) clearTimeout(timer);
    await this.#scene?.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #accepted(placed: Placed): Course {
    // A client that comes again at once is known by its last connection, where not many wait.
    TURNS.catchUp(FEW);
    this.#learnEarly(placed.connection.remoteAddress);
    const { decides } = this.#options;
    const { remoteAddress: from } = placed.connection;
    const course = decides === undefined ? this.#clients.course(from) : this.#clients.decided(from, decides());
    const at = new Date().toISOString();
    this.#open.set(placed.id, {
      placed,
      course,
      at,
      number: this.#options.next(),
      pause: FIRST_LOOK,
      isTold: false,
      read: 0,
    });
    const { remotePort } = placed.connection;
    this.#options.onOpened?.({ id: placed.id, peer: hostPort(from, remotePort), at });
    if (course.untouched || this.#clients.compares(course))
      this.#teaching.set(from, (this.#teaching.get(from) ?? new Set()).add(placed.id));
    return course;
  }

  /** A client that has logged in already may come again before its first connection is closed. */
  #learnEarly(address: string): void {
    for (const id of [...(this.#teaching.get(address) ?? [])].slice(-MOST_EARLY)) {
      const open = this.#open.get(id);
      if (open === undefined) continue;
      const { entries } = open.placed.connection.wire.transcript;
      // Nobody is served meanwhile: of a client that says very much, its next connection learns nothing.
      if (entries.length === open.read || sizeOf(entries) > LARGEST_EARLY) continue;
      open.read = entries.length;
      const alone = this.#visit(id, open, false);
      const read = readings(alone);
      const identity = identityOf(alone, read);
      if (identity === undefined) continue;
      if (!open.course.untouched) {
        // One that waits for mail may keep its connection for hours: what it had to say is said.
        if (read.some(waitsForMail))
          open.compared ??= this.#clients.compare(address, open.course, identity, this.#taught(alone, read));
        continue;
      }
      const control = controlFacts(alone, read);
      if (!control.passed) continue;
      this.#learn(address, identity, control, maskVisit(alone, this.#masking()).sweep);
    }
  }

  /** What is learnt is told on other connections, where nobody knows the secrets of this one: `sweep` overwrites them. */
  #learn(address: string, identity: Identity, control: ControlFacts, sweep: (text: string) => string): void {
    this.#clients.learn(address, identity, factsWithoutSecrets(control, sweep), sweptIdentity(identity, sweep));
  }

  /** What leaks is told when it happens: a client may keep its connection open for hours. */
  #received(id: number, bytes: number, inside: boolean): void {
    const leaving = this.#options.load.received(id, bytes);
    const heaviest = leaving === undefined ? undefined : this.#open.get(leaving)?.placed.connection.wire;
    if (heaviest !== undefined) {
      heaviest.transcript.note({ what: 'overload', by: 'us', of: 'bytes' });
      heaviest.destroy();
    }
    const open = this.#open.get(id);
    if (open === undefined || open.isTold || open.timer !== undefined) return;
    // An honest endpoint deserves trust: nothing leaks inside its TLS.
    if (inside && open.course.untouched) return;
    open.timer = setTimeout(() => {
      delete open.timer;
      TURNS.runBehind(() => {
        this.#look(id, open);
      });
    }, open.pause);
    open.timer.unref();
    // Each look reads all that was said: at growing intervals, the work stays linear.
    open.pause = Math.min(LONGEST_PAUSE, 2 * open.pause);
  }

  #look(id: number, open: Open): void {
    if (!this.#open.has(id)) return;
    const steps = this.#lookSteps(id, open);
    // Who has left meanwhile is judged anyway.
    const step = (): boolean => !this.#open.has(id) || steps.next().done === true;
    if (!step()) TURNS.runInSteps(step);
  }

  *#lookSteps(id: number, open: Open): Steps<void> {
    // Most looks find nothing, and what nobody is told needs no mask.
    if (!(yield* this.#leaks(id, open))) return;
    const [seen] = yield* this.#judged(id, open, true);
    if (!isProof(seen.judgement)) return;
    open.isTold = true;
    this.#options.onLeak?.(seen);
  }

  *#leaks(id: number, open: Open): Steps<boolean> {
    try {
      return isProof(yield* judgingSteps(this.#caseOf(open), this.#visit(id, open, true)));
    } catch {
      // A judge that throws is told of when the connection ends.
      return false;
    }
  }

  #caseOf({ course }: Open): Case {
    return course.untouched ? this.#options.control : course.one;
  }

  #ended(id: number, isOpen = false): void {
    const open = this.#open.get(id);
    const scene = this.#scene;
    if (open === undefined || scene === undefined) return;
    this.#open.delete(id);
    clearTimeout(open.timer);
    this.#options.load.forget(id);
    const { remoteAddress } = open.placed.connection;
    const teaching = this.#teaching.get(remoteAddress);
    teaching?.delete(id);
    if (teaching?.size === 0) this.#teaching.delete(remoteAddress);
    this.#clients.left(remoteAddress, open.course);
    const steps = this.#judged(id, open, isOpen, true);
    const step = (): boolean => {
      const { done, value } = steps.next();
      if (done !== true) return false;
      this.#unfinished.delete(id);
      scene.forget(id);
      this.#options.onSeen(...value);
      return true;
    };
    if (step()) return;
    this.#unfinished.add(id);
    TURNS.runInSteps(step);
  }

  /** In steps: a client may have said half a megabyte. */
  *#judged(id: number, open: Open, isOpen: boolean, isLast = false): Steps<readonly [SeenConnection, Visit]> {
    const { placed, at } = open;
    const { remoteAddress, remotePort } = placed.connection;
    const one = this.#caseOf(open);
    const alone = this.#visit(id, open, isOpen);
    const read = yield* readingsSteps(alone);
    const heard = identityOf(alone, read);
    const isSilent = heard === undefined && !open.course.untouched;
    const identity = isSilent && this.#options.isOneClient === true ? SILENT : heard;
    const isControl = identity !== undefined && one.scenario.id === this.#options.control.scenario.id;
    let client = identity === undefined ? '' : ownName(identity);
    let control: ControlFacts | undefined;
    const bug = this.#scene?.bugs.get(id);
    const isKept = identity !== undefined && isLast && bug === undefined;
    let withheld: WithheldFacts | undefined;
    let isUnnamed = isSilent && heard === identity && this.#clients.knows(remoteAddress) ? true : undefined;
    if (isKept && !isControl)
      ({
        name: client,
        control,
        withheld,
        isUnnamed,
      } = this.#clients.compares(open.course)
        ? (open.compared ?? this.#clients.compare(remoteAddress, open.course, identity, this.#taught(alone, read)))
        : this.#clients.recognise(remoteAddress, open.course, identity));
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
      },
      ...(!isControl && control && { control }),
      ...(withheld && { withheld }),
    };
    const masking = this.#masking();
    const seen = yield* seenSteps(one, visit, masking);
    if (isKept && isControl) this.#learn(remoteAddress, identity, controlFacts(visit, read), sweepOf(alone, masking));
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

  /** What others are compared with; undefined if the visit was not seen to its end, or did not come as far. */
  #taught(alone: Visit, read: readonly Reading[]): WithheldFacts | undefined {
    if ((leftOpen(alone) ?? truncation(alone)) !== undefined || !isComparable(alone, read)) return undefined;
    return withheldWithoutSecrets(withheldFacts(alone, read), maskVisit(alone, this.#masking()).sweep);
  }

  #masking(): Masking {
    return { ...this.#options.masking, known: new Set<string>() };
  }

  #visit(id: number, open: Open, isOpen: boolean): Visit {
    const { placed, number } = open;
    const { account, canaries, policy, through } = this.#options;
    const duration = performance.now() - this.#started - placed.connection.openedAt;
    const records = this.#scene?.recordsOf(id) ?? { connections: [], hits: [] };
    return madeVisit({
      one: this.#caseOf(open),
      number,
      policy,
      ownCredentials: through === undefined && account === undefined,
      canaries,
      records: isOpen ? snapshot(records) : records,
      client: { how: 'ended', stdout: '', stderr: '', duration: Math.max(0, Math.round(duration)) },
      drained: !isOpen,
      faults: this.#scene?.faultsOf(id) ?? [],
    });
  }
}

/** The client has met the first half of an attack, and is to come back for the rest; one that was served inside TLS need not come back. */
const isAwaited = ({ one, untouched, ordinal }: Course, read: readonly Reading[]): boolean =>
  one.scenario.goesOn === true &&
  !untouched &&
  ordinal === 1 &&
  !read.some(({ accepted }) => accepted.some(({ trusted }) => trusted));

/** What is open goes on while it is judged. */
const snapshot = ({ connections, hits }: Records): Records => ({
  connections: connections.map((each) => ({ ...each, entries: [...each.entries] })),
  hits: [...hits],
});

const sizeOf = (entries: readonly TranscriptEntry[]): number =>
  entries.reduce((sum, entry) => sum + (entry.kind === 'bytes' ? entry.data.length : 0), 0);

/** Controls that cases may be compared with. */
const COMPARED = [controlWithheld, controlRefused, controlHandshake];
/** Characters that are read and masked in a few milliseconds. */
const LARGEST_EARLY = 64 * 1024;
/** Milliseconds from the client's bytes to the first look at them. */
const FIRST_LOOK = 100;
const LONGEST_PAUSE = 60_000;
/** Connections that are judged before the next one is decided upon. */
const FEW = 3;
/** Connections that are looked at when another one comes. */
const MOST_EARLY = 3;
/** Milliseconds that a client has to close a connection that waxseal ended. */
const LINGER = 5000;
