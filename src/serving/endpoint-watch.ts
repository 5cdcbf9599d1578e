import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { casesOf, type Case } from '../cases/case.js';
import type { Site } from '../place/place.js';
import type { ServerFacts } from '../proxy/server.js';
import controlHandshake from '../scenarios/control-handshake.js';
import controlRefused from '../scenarios/control-refused.js';
import controlWithheld from '../scenarios/control-withheld.js';
import type { Placed } from '../stage/connection-log.js';
import type { Course, SceneOptions } from '../stage/scene-options.js';
import { Scene } from '../stage/scene.js';
import type { Authority } from '../tls/certificate-authority.js';
import type { EndpointNames } from '../tls/permitted-names.js';
import { isProof } from '../verdict/judgement.js';
import type { Steps } from '../verdict/steps.js';
import type { Visit } from '../verdict/visit.js';
import { hostPort } from '../wire/host-port.js';
import { TURNS } from '../wire/turns.js';
import { Clients } from './clients.js';
import { EarlyLessons } from './early-lessons.js';
import type { Load } from './load.js';
import { Telling, type OpenConnection, type SeenConnection, type TellingOptions } from './telling.js';

/** A connection that was accepted. */
export type OpenedConnection = Pick<SeenConnection, 'id' | 'peer' | 'at'>;

/** What an endpoint that stays up needs. */
export interface EndpointWatchOptions extends TellingOptions {
  /** Cases of one port role, protocol and mode; they take turns. */
  readonly cases: readonly [Case, ...Case[]];
  /** Every client is seen without an attack first. */
  readonly isControlled: boolean;
  readonly site: Site;
  /** A free one by default; `handed-in`: none, connections come by `admit`. */
  readonly port?: SceneOptions['port'];
  /** Certificates are for the name that the client asks for (SNI) as well. */
  readonly namesAskedFor?: true;
  readonly names?: EndpointNames;
  readonly authority: Authority;
  readonly load: Load;
  /** Milliseconds. */
  readonly idle: number;
  readonly handshake: number;
  readonly allows?: (address: string) => boolean;
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

interface Open extends OpenConnection {
  /** Milliseconds until its next look, and the timer of it. */
  pause: number;
  timer?: NodeJS.Timeout;
  isTold: boolean;
}

/** An endpoint that stays up: judges every connection as it ends, and forgets it. */
export class EndpointWatch implements AsyncDisposable {
  readonly #options: EndpointWatchOptions;
  readonly #clients: Clients;
  readonly #telling: Telling;
  readonly #lessons: EarlyLessons;
  readonly #open = new Map<number, Open>();
  /** Connections that have ended, and are judged in steps. */
  readonly #unfinished = new Set<number>();
  readonly #started = performance.now();
  #scene: Scene | undefined;

  private constructor(options: EndpointWatchOptions) {
    this.#options = options;
    const { protocol, tls, seat, portRole } = options.control;
    const controls = casesOf(COMPARED, protocol, tls, seat, portRole);
    this.#clients = new Clients(options.cases, options.isControlled, controls, options.isOneClient);
    this.#telling = new Telling({ ...options, started: this.#started }, this.#clients, () => this.#scene);
    this.#lessons = new EarlyLessons(this.#clients, this.#telling);
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
    const { decides } = this.#options;
    const { remoteAddress: from, remotePort } = placed.connection;
    this.#lessons.lookAgain(from);
    const course = decides === undefined ? this.#clients.course(from) : this.#clients.decided(from, decides());
    const at = new Date().toISOString();
    const open: Open = { placed, course, at, number: this.#options.next(), pause: FIRST_LOOK, isTold: false };
    this.#open.set(placed.id, open);
    this.#options.onOpened?.({ id: placed.id, peer: hostPort(from, remotePort), at });
    this.#lessons.opened(placed.id, open);
    return course;
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
    if (!(yield* this.#telling.leaks(id, open))) return;
    const [seen] = yield* this.#telling.judged(id, open, true);
    if (!isProof(seen.judgement)) return;
    open.isTold = true;
    this.#options.onLeak?.(seen);
  }

  #ended(id: number, isOpen = false): void {
    const open = this.#open.get(id);
    const scene = this.#scene;
    if (open === undefined || scene === undefined) return;
    this.#open.delete(id);
    clearTimeout(open.timer);
    this.#options.load.forget(id);
    this.#lessons.ended(id, open);
    this.#clients.left(open.placed.connection.remoteAddress, open.course);
    const steps = this.#telling.judged(id, open, isOpen, true);
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
}

/** Controls that cases may be compared with. */
const COMPARED = [controlWithheld, controlRefused, controlHandshake];
/** Milliseconds from the client's bytes to the first look at them. */
const FIRST_LOOK = 100;
const LONGEST_PAUSE = 60_000;
/** Connections that are judged before the next one is decided upon. */
const FEW = 3;
/** Milliseconds that a client has to close a connection that waxseal ended. */
const LINGER = 5000;
