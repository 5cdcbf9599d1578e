import { createHash } from 'node:crypto';
import { Fault } from '../fault.js';
import protocols from '../protocols/index.js';
import type { Call } from '../probes/call.js';
import type { Patience } from '../probes/call-options.js';
import { MOST_CONNECTIONS, type Depth } from '../probes/depth.js';
import { endpointText, type Listener } from '../probes/listener.js';
import { certificates } from '../probes/certificates.js';
import type { NamedHandshake } from '../probes/named-chain.js';
import { dialogue, ECDHE_ONLY } from '../probes/dialogue.js';
import {
  NotObserved,
  Secured,
  type Acquaintance,
  type OwnAccount,
  type Probe,
  type ProbeContext,
  type ProbePhase,
} from '../probes/probe.js';
import { busyWords, callAtThreshold } from '../probes/threshold.js';
import type { ClientCertificate } from '../probes/tolerant-context.js';
import { inspectChain } from '../tls/inspect-chain.js';
import type { TranscriptEntry } from '../wire/entry.js';
import { CutHellos, type CutMeaning } from './cut-hellos.js';
import type { Gate } from './gate.js';
import { withoutLeftBehind } from './left-behind.js';
import { bugIn, isUnseen, type Probed } from './probed.js';
import { urlOf } from './reproduction.js';
import { settled } from './settled.js';

/** One connection that was made. */
export interface Observation {
  /** 1 for the session's first connection. */
  readonly id: number;
  readonly listener: Listener;
  readonly probe: string;
  readonly transcript: { readonly entries: readonly TranscriptEntry[] };
}

/** A name under which a listener is audited. */
export interface ServerName {
  /** Asked for in TLS, and looked for in certificates. */
  readonly servername: string;
  /** The host that the user named. */
  readonly host: string;
  /** As the user wrote it. */
  readonly target: string;
  /** It is asked for besides the target's own, which alone leads to the server. */
  readonly isExtra?: true;
}

export type ServerNames = readonly [ServerName, ...ServerName[]];

export interface ObserverOptions {
  readonly listener: Listener;
  readonly names: ServerNames;
  readonly gate: Gate;
  readonly patience: Patience;
  /** What is shown to a server that asks for a certificate. */
  readonly clientCertificate?: ClientCertificate;
  /** The user’s own account. */
  readonly account?: OwnAccount;
  /** Names to say in EHLO, as in `ProbeContext`. */
  readonly ehloNames: ProbeContext['ehloNames'];
  readonly roots: 'system' | readonly string[];
  readonly maxConnections: number;
  readonly depth: Depth;
  /** What the words that probes make up are derived from. */
  readonly seed: string;
  /** Listeners of the same address that start TLS in the other way. */
  readonly otherDoors?: () => readonly Observer[];
  /** Other listeners of the same address with STARTTLS. */
  readonly siblings?: () => readonly Observer[];
  /** All other listeners of the same address. */
  readonly neighbours?: () => readonly Observer[];
  /** Handshakes under further names that an earlier run made. */
  readonly named?: ReadonlyMap<string, NamedHandshake>;
  /** Told of a handshake under a further name. */
  readonly onNamed?: (outcome: NamedHandshake) => void;
  /** Number of the next connection in the session. */
  readonly count: () => number;
}

/** Runs probes on one listener, each once, and keeps the transcripts of their connections. */
export class Observer {
  readonly listener: Listener;
  readonly names: ServerNames;
  readonly connections: Observation[] = [];
  readonly #options: ObserverOptions;
  /** Connections by phase that count towards the limit. */
  readonly #dialled: Record<ProbePhase, number> = { look: 0, behave: 0, inject: 0, login: 0 };
  readonly #looked: Promise<void>;
  #endLook: () => void = () => undefined;
  readonly #outcomes = new Map<string, Promise<Probed<unknown>>>();
  readonly #cutHellos: CutHellos;
  /** Connections that serve to tell answers from limits, or were made anew because of one. */
  readonly #apart = new WeakSet<Call>();
  #last: Promise<unknown> = Promise.resolve();
  readonly #acquaintance: Acquaintance;

  constructor(options: ObserverOptions) {
    this.#options = options;
    const { listener, gate } = options;
    this.#cutHellos = new CutHellos({
      where: endpointText(listener.host, listener.port),
      servesOthers: (dial) => this.#servesOthers(dial),
      isLimiting: () => gate.note !== undefined,
      isThorough: options.depth === 'full',
      onUneven: this.#noteCut,
    });
    this.#looked = new Promise((resolve) => (this.#endLook = resolve));
    this.listener = options.listener;
    this.names = options.names;
    this.#acquaintance = {
      refusedNames: new Set(),
      bareGreetings: 0,
      lists: [],
      named: new Map(options.named),
      secured: new Secured(),
    };
  }

  /** On loopback or a private network. */
  get near(): boolean {
    return this.#options.gate.isNear;
  }

  /** Comes as soon as a handshake has succeeded, which may be before the dialogue is over; never where none succeeds. */
  get secured(): Promise<unknown> {
    return this.#acquaintance.secured.met;
  }

  /** What the server said first; empty until it was heard. */
  get greeting(): readonly string[] {
    return this.#acquaintance.greeting ?? [];
  }

  /** Asked from its own machine, for want of another address. */
  get fromItself(): boolean {
    return this.#options.gate.fromItself;
  }

  /** The outcome of a probe, which is run now if it was not yet; never throws: a bug of ours costs this probe only. */
  async observe<T>(probe: Probe<T>): Promise<Probed<T>> {
    const known = this.#outcomes.get(probe.id) ?? this.#run(probe);
    this.#outcomes.set(probe.id, known);
    // The map is keyed by the probe itself, so that the type is the probe's.
    return (await known) as Probed<T>;
  }

  /** Facts of a probe, or what became of it instead, thrown. */
  async facts<T>(probe: Probe<T>): Promise<T> {
    const outcome = await this.observe(probe);
    if (outcome.kind === 'facts') return outcome.facts;
    throw outcome.kind === 'fault' ? outcome.fault : new NotObserved(outcome.reason);
  }

  async #run<T>(probe: Probe<T>): Promise<Probed<T>> {
    const calls: Call[] = [];
    const over = new AbortController();
    const caller = { rank: this.#options.gate.rank(), signal: over.signal };
    const dial: Dial = async (rank = caller.rank, turnsTo) => {
      const call = await withoutLeftBehind(calls, () => this.#dial(probe, { ...caller, rank }, turnsTo));
      calls.push(call);
      // What the probe began and did not wait for ends with it.
      if (over.signal.aborted) call.close();
      return call;
    };
    try {
      return { kind: 'facts', facts: await this.#answered(probe, dial, calls) };
    } catch (error) {
      if (error instanceof NotObserved) return { kind: 'not-observed', reason: error.message };
      return { kind: 'fault', fault: error instanceof Fault ? error : bugIn(`the probe ${probe.id}`, error) };
    } finally {
      over.abort(PROBE_OVER);
      for (const call of calls) call.close();
    }
  }

  /**
   * A limit of connections looks like a refused hello: what was cut without a word is an answer only if an ordinary client is served
   * before and afterwards, and it is cut again.
   */
  async #answered<T>(probe: Probe<T>, dial: Dial, calls: readonly Call[]): Promise<T> {
    const { listener, gate } = this.#options;
    for (let begun = 0, busy = 0, unseen = 0; ; begun = calls.length) {
      const made = await settled(probe.run(this.#context(probe, dial)));
      // What it left open would keep the places of those that are asked now.
      for (const call of calls) call.close();
      // Who is busy says so in clear, also where TLS is due: no answer to what was asked.
      const words = listener.tls === 'implicit' && probe.id !== dialogue.id ? busyWords(calls.slice(begun)) : undefined;
      if (words !== undefined) {
        this.#uncount(probe, calls.length - begun);
        if (await gate.slowDown((busy += 1))) continue;
        throw new Fault(
          'UNREACHABLE',
          `${endpointText(listener.host, listener.port)} turns connections away (${words}); it limits connections: allow more time with --max-time, or connect less often, as in --rate 5/min`,
        );
      }
      this.#cutHellos.answered(calls.slice(begun).filter((call) => call.isHelloAnswered).length);
      const cut = this.#cutIn(probe, calls.slice(begun));
      if (cut.length === 0) {
        // Where some connections are cut whatever is asked, that there is nothing to see has to come each time.
        const isUnsure = this.#acquaintance.cutsSome === true && calls.length > begun && isUnseen(made);
        if (!isUnsure || unseen === MOST_UNSEEN) return made();
        unseen += 1;
        this.#uncount(probe, calls.length - begun);
        continue;
      }
      const meaning = await this.#meaning(probe, cut, dial);
      if (meaning === 'answer') return made();
      // Asked again to be sure: that is not counted either.
      const own = meaning === 'limit' ? cut : calls.slice(begun).filter((call) => !this.#apart.has(call));
      this.#uncount(probe, own.length);
    }
  }

  /** Connections of a probe that were cut where an answer to their hello was due, and of which it is not known yet why. */
  #cutIn(probe: Probe<unknown>, calls: readonly Call[]): Call[] {
    if (probe.id === dialogue.id) return [];
    return calls.filter(
      (call) => call.cutHello !== undefined && !this.#apart.has(call) && !this.#cutHellos.isKnown(call),
    );
  }

  /** What it means that connections were cut; what comes of too many is waited for. */
  async #meaning(probe: Probe<unknown>, cut: readonly Call[], dial: Dial): Promise<CutMeaning> {
    const { gate, listener } = this.#options;
    // It serves the audit, not a check.
    const control = async (): Promise<Call> => {
      this.#uncount(probe, 1);
      // Where one connection at a time is made, no other one comes between those that are compared.
      const call = await dial(BEFORE_ALL);
      this.#apart.add(call);
      return call;
    };
    const context = { ...this.#context(probe, dial), dial: control, backOff: gate.slowDown.bind(gate) };
    const atHello = (): Promise<Call> => (listener.tls === 'implicit' ? control() : callAtThreshold(context));
    // What one of them learns the others know.
    const meaning = await this.#oneByOne(() => this.#cutHellos.meaning(cut, { asker: probe.id, dial: atHello }));
    if (meaning === 'limit') await gate.outwait();
    return meaning;
  }

  readonly #noteCut = (): void => {
    this.#options.gate.narrow();
    this.#acquaintance.cutsSome = true;
  };

  /** Whether a connection that was cut need not be made anew. */
  async #isAnswer(probe: Probe<unknown>, call: Call, dial: Dial): Promise<boolean> {
    if (this.#cutIn(probe, [call]).length === 0) return true;
    if ((await this.#meaning(probe, [call], dial)) === 'answer') return true;
    this.#apart.add(call);
    this.#uncount(probe, 1);
    return false;
  }

  /** Whether a handshake succeeds as it did in the dialogue; true where none did. */
  async #servesOthers(dial: () => Promise<Call>): Promise<boolean> {
    const met = await this.observe(dialogue);
    if (met.kind !== 'facts' || met.facts.handshake?.completed !== true) return true;
    const call = await dial();
    await call.secure();
    call.close();
    return call.cutHello === undefined;
  }

  #uncount(probe: Probe<unknown>, connections: number): void {
    if (isCounted(probe)) this.#dialled[probe.phase] -= connections;
  }

  #oneByOne<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#last.then(task);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #dial(probe: Probe<unknown>, caller: Parameters<Gate['dial']>[2], turnsTo?: Listener): Promise<Call> {
    const { listener, gate, patience, count, clientCertificate } = this.#options;
    if (isCounted(probe)) await this.#takeConnection(probe.phase, turnsTo === undefined ? 0 : KEPT_FOR_LOGINS);
    // It is a connection to the other listener as well.
    const other = turnsTo && this.#options.otherDoors?.().find(({ listener: { port } }) => port === turnsTo.port);
    if (other !== undefined) await other.#takeConnection(probe.phase);
    const order = {
      listener,
      protocol: protocols[listener.protocol],
      patience,
      servername: this.names[0].servername,
      ...(clientCertificate && { clientCertificate }),
      ...(turnsTo && { turnsTo }),
      trusts: (chain: readonly Buffer[], servername: string) => this.#isTrusted(chain, servername),
      alpn: () => this.#acquaintance.alpn,
      offer: () => (this.#acquaintance.ecdheOnly === true ? ECDHE_ONLY : {}),
      isSilentInside: () => this.#acquaintance.isSilentInside === true,
    };
    const call = await gate.dial(count(), order, caller);
    this.connections.push({ id: call.id, listener, probe: probe.id, transcript: call.transcript });
    return call;
  }

  /** All probes of a phase are done: what they did not need is there for later ones. */
  endPhase(phase: ProbePhase): void {
    if (phase === 'look') this.#endLook();
  }

  /** At depth `normal` a port that needs many hellos must leave enough connections for what matters more. */
  async #takeConnection(phase: ProbePhase, kept = 0): Promise<void> {
    const { depth, listener, maxConnections } = this.#options;
    const isShared = depth === 'normal' && listener.tls === 'starttls' && maxConnections >= MOST_CONNECTIONS.normal;
    const dialled = this.#dialled;
    // What behaves may begin early: it takes nothing from what looks.
    const isEarly = (): boolean => phase === 'behave' && dialled.behave < RESERVED.look - RESERVED.behave;
    if (isShared && phase === 'behave' && !isEarly()) await this.#looked;
    const { look, behave, inject, login } = dialled;
    const before = isShared && phase === 'look' ? look : look + behave + inject + login;
    if (
      (isShared && isEarly()) ||
      before < maxConnections - (isShared ? Math.max(kept, RESERVED[phase]) : this.#keptForSplices(phase))
    ) {
      dialled[phase] += 1;
      return;
    }
    const isOwn = depth === 'full' || maxConnections < MOST_CONNECTIONS[depth];
    const advice = isOwn
      ? 'raise it with --max-connections'
      : `--depth ${depth === 'quick' ? 'normal' : 'full'} makes more`;
    throw new Fault(
      isOwn ? 'LIMIT_REACHED' : 'DEPTH_REACHED',
      `not tried: connection limit reached (${String(maxConnections)} per port); ${advice}`,
    );
  }

  /** Clients of STARTTLS are led to a port with implicit TLS in the end, once from each of theirs. */
  #keptForSplices(phase: ProbePhase): number {
    const { depth, listener, maxConnections } = this.#options;
    if (depth !== 'normal' || listener.tls !== 'implicit' || maxConnections < MOST_CONNECTIONS.normal) return 0;
    return phase === 'look' || phase === 'behave' ? Math.min(MOST_KEPT, this.#options.otherDoors?.().length ?? 0) : 0;
  }

  /** The same in every run with one seed, whatever the order of the probes is. */
  #word(name: string): string {
    const { seed, listener } = this.#options;
    const digest = createHash('sha256')
      .update(`${seed}\0${urlOf(listener)}\0${name}`)
      .digest();
    return [...digest.subarray(0, 12)].map((byte) => LETTERS[byte % LETTERS.length]).join('');
  }

  /** Whether a careful client would go on, for the record. */
  #isTrusted(ders: readonly Buffer[], servername: string): boolean {
    const { chain, leaf, nameMatches } = inspectChain(ders, { roots: this.#options.roots, servername });
    return chain === 'trusted' && nameMatches === 'san' && leaf?.validity === 'valid';
  }

  #context(probe: Probe<unknown>, dial: Dial): ProbeContext {
    let words = 0;
    const { listener, names, gate, patience, ehloNames, roots, depth, account } = this.#options;
    return {
      listener,
      protocol: protocols[listener.protocol],
      ehloNames,
      acquaintance: this.#acquaintance,
      backOff: (attempt) => {
        // Who was turned away was asked nothing.
        this.#uncount(probe, 1);
        return gate.slowDown(attempt);
      },
      isAnswer: (call) => this.#isAnswer(probe, call, dial),
      noteCut: this.#noteCut,
      noteRepetition: () => this.#uncount(probe, 1),
      outwait: () => {
        this.#uncount(probe, 1);
        return gate.outwait();
      },
      names: [names[0].servername, ...names.slice(1).map(({ servername }) => servername)],
      roots,
      depth,
      patience,
      ...(account && { account }),
      dial: (turnsTo) => dial(undefined, turnsTo),
      noteNamed: (outcome) => {
        this.#acquaintance.named.set(outcome.name, outcome);
        this.#options.onNamed?.(outcome);
      },
      facts: (other) => this.facts(other),
      isBegun: ({ id }) => this.#outcomes.has(id),
      otherDoors: this.#options.otherDoors?.() ?? [],
      siblings: this.#options.siblings?.() ?? [],
      neighbours: this.#options.neighbours?.() ?? [],
      word: () => this.#word(`${probe.id} ${String((words += 1))}`),
      spendLogin: (isFirst) => gate.spendLogin(isFirst),
      giveBackLogin: () => {
        gate.giveBackLogin();
      },
    };
  }
}

/** Opens a connection for a probe, let in by its rank unless given. */
type Dial = (rank?: number, turnsTo?: Listener) => Promise<Call>;

/** Whether connections of a probe count towards the limit of the listener: each further name costs one, however many there are. */
const isCounted = ({ id }: Probe<unknown>): boolean => id !== certificates.id;

/** Connections that are kept for the phases after this one. */
const RESERVED: Readonly<Record<ProbePhase, number>> = { look: 9, behave: 5, inject: 1, login: 0 };
/** A login in clear, and the comparison that it may need, matter more than a splice, which can be foreseen. */
const KEPT_FOR_LOGINS = 2;
/** Connections of a port with implicit TLS that are kept for clients of other ports, at most. */
const MOST_KEPT = 2;
/** How often a probe is repeated that sees nothing where connections are cut. */
const MOST_UNSEEN = 5;
/** A rank before that of any probe. */
const BEFORE_ALL = 0;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
/** Made once: without a reason each abort makes an exception, with its stack. */
const PROBE_OVER = new DOMException('the probe is over', 'AbortError');
