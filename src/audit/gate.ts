import { setTimeout as delay } from 'node:timers/promises';
import { isLoopback, isLoopbackOrPrivate } from '../targets/address.js';
import { Places } from './places.js';
import type { Traffic } from './traffic.js';
import { ownAddresses, sourcesFor, type Source } from './sources.js';
import { Fault } from '../fault.js';
import { Call } from '../probes/call.js';
import type { DialOptions } from '../probes/call-options.js';
import type { Route } from '../probes/route.js';
import { within } from '../probes/within.js';

/** How gently an address is treated. */
export interface GateLimits {
  /** Connections at once. */
  readonly parallel: number;
  /** Connections a second; unlimited unless given. */
  readonly rate?: number;
  /** Login attempts in ten minutes, each of which may leave a line that a ban filter counts. */
  readonly loginAttempts: number;
  /** Milliseconds after which nothing new is begun. */
  readonly maxTime: number;
  /** Milliseconds to wait when the server says that it is busy; twice as long each time. */
  readonly backOff: number;
  /** The places of the server, where it has several addresses; its own unless given. */
  readonly places?: Places;
  /** How connections reach the address; directly unless given. */
  readonly route?: Route;
  /** Login attempts of the last ten minutes that an earlier run made; 0 unless given. */
  readonly loginsBefore?: number;
  /** Told of a login attempt that is taken (1) or given back (-1). */
  readonly onLogin?: (change: 1 | -1) => void;
}

/** Who connects. */
interface Caller {
  /** As `Gate.rank` gives it; the last of all unless given. */
  readonly rank?: number;
  readonly signal?: AbortSignal;
}

/** All connections to one address pass here: so many at once, so many a second, and none after a ban. */
export class Gate {
  readonly isNear: boolean;
  readonly #limits: GateLimits;
  readonly #address: string;
  readonly #began = performance.now();
  readonly #places: Places;
  readonly #from = new Set<string>();
  readonly #open = new Set<Call>();
  /** Addresses to connect from, where the server is on this machine; the next one is tried when one cannot be used. */
  readonly #sources: Source[];
  readonly #isOwn: boolean;
  #nextStart = 0;
  /** When the last connection was due. */
  #lastStart = 0;
  #logins: number;
  #tried = 0;
  #dialled = 0;
  /** Something was done that may get us banned. */
  #provoked = false;
  /** Ports that accepted a connection. */
  readonly #reached = new Set<number>();
  /** Why nothing is begun any more. */
  #banned: Fault | undefined;
  /** No connection is begun before. */
  #pausedUntil = 0;
  #pauses = 0;
  /** Milliseconds between connections, as far as the server has taught us. */
  #interval = 0;
  /** The server let this many connections through in a minute, and then cut them: the interval follows from it, and is kept. */
  #isTaught = false;
  /** Milliseconds between the end of a connection and the next one: servers notice an end late, and count it until then. */
  #gap = 0;
  #lastEnd = -Infinity;
  /** Pauses since the server last said something, without the brief ones. */
  #cuts = 0;
  /** Brief pauses since the server last said something. */
  #briefCuts = 0;
  /** After so many brief pauses something was said at once: it cuts some connections only. */
  #cutsBetween = 0;
  /** Connections that were let through, by the times of their first words. */
  readonly #heard: number[] = [];
  /** Connections that were begun since the server last complained. */
  #calm = 0;
  #waited = 0;
  /** Reasons of ours to make no connection. */
  readonly #own = new WeakSet<Fault>();

  constructor(address: string, limits: GateLimits) {
    this.#address = address;
    this.#limits = limits;
    this.#places = limits.places ?? new Places(limits.parallel);
    this.#logins = limits.loginsBefore ?? 0;
    this.isNear = isLoopbackOrPrivate(address);
    const own = ownAddresses();
    const { proxy, source } = limits.route ?? {};
    // What is loopback to a proxy is the proxy's machine.
    this.#isOwn = proxy === undefined && (isLoopback(address) || own.includes(address));
    const found = this.#isOwn ? sourcesFor(address, own) : [];
    this.#sources =
      source === undefined
        ? found
        : [{ address: source, isTrusted: source === address || (isLoopback(source) && !isLoopback(address)) }];
  }

  /** The server is on this machine, and could only be asked from an address that servers trust: its own, or the loopback. */
  get fromItself(): boolean {
    return this.#isOwn && this.#sources[0]?.isTrusted !== false;
  }

  /** What the user should know about the time that was spent here; undefined where nothing was unusual. */
  get note(): string | undefined {
    return this.#pauses === 0
      ? undefined
      : `${this.#address} limits connections: ${String(Math.ceil(this.#waited / 1000))} s were spent waiting for it`;
  }

  /** Addresses of this machine that connected. */
  get from(): readonly string[] {
    return [...this.#from];
  }

  /** What the server has had to bear in this run. */
  get traffic(): Traffic {
    const { loginsBefore = 0 } = this.#limits;
    return {
      connections: this.#dialled,
      loginAttempts: this.#tried,
      logLines: Math.max(0, this.#logins - loginsBefore),
    };
  }

  /** From now on a sudden silence is taken for a ban. */
  provoke(): void {
    this.#provoked = true;
  }

  /** Milliseconds at the end of the time that are kept for logins; nothing else is begun in them. */
  reserved = 0;

  /** How many ports wait for their first login attempt. */
  portsWaiting = 0;

  /** Takes one login attempt; gives the reason when none is left. One that is not a port's `first` leaves an attempt to each port that waits. */
  spendLogin(isFirst = true): string | undefined {
    if (this.#logins + (isFirst ? 0 : this.portsWaiting) >= this.#limits.loginAttempts) {
      return `not tried: login limit reached (${String(this.#limits.loginAttempts)} per address, to avoid a ban); raise it with --login-attempts`;
    }
    this.#logins += 1;
    this.#tried += 1;
    this.#limits.onLogin?.(1);
    return undefined;
  }

  /** An attempt left no line that a ban filter counts: another one may be made in its place. */
  giveBackLogin(): void {
    if (this.#logins === 0) return;
    this.#logins -= 1;
    this.#limits.onLogin?.(-1);
  }

  /** A rank for all connections of one probe: the probe that began first is let in first. */
  rank(): number {
    return this.#places.rank();
  }

  /** The server said that it is busy: nothing is begun for a while, and then less often. False when that would take too long. */
  async slowDown(attempt: number): Promise<boolean> {
    // After injections and logins a server that hangs up has more likely banned us.
    if (this.#provoked && this.#pauses === 0 && attempt > MOST_AFTER_PROVOCATION) return false;
    const now = performance.now();
    // Probes in parallel are told the same thing at the same time.
    if (now >= this.#pausedUntil) {
      const pause = Math.min(this.#limits.backOff * BRIEF * 2 ** (attempt - 1), LONGEST_PAUSE);
      if (this.#isLate(now + pause)) return false;
      // A limit of connections at once is kept by one at a time, as soon as the server has noticed the end of the one before.
      const isFirst = this.#places.narrow();
      if (!isFirst) this.#widenGap();
      // Who complains for longer is asked less often.
      this.#pauseFor(pause, isFirst || pause <= this.#limits.backOff);
    }
    await delay(Math.max(0, this.#pausedUntil - now));
    return true;
  }

  /** From now on one connection at a time is made: more of them may have been too much. */
  narrow(): void {
    this.#places.narrow();
  }

  /**
   * The server, which spoke before, cut a connection without a word: a limit of connections, or a ban. Waits for it to be over:
   * shortly for a limit of connections at once, then for more than a minute without any connection, since some count those that
   * they cut. Throws the Fault `TIMED_OUT` where that would take too long, `UNREACHABLE` where they are cut all the same.
   */
  async outwait(): Promise<void> {
    if (this.#banned !== undefined) throw this.#banned;
    const now = performance.now();
    // Probes in parallel are cut at the same time.
    if (now >= this.#pausedUntil) {
      if (this.#briefCuts <= Math.min(this.#cutsBetween, MOST_BRIEF)) {
        // Who lets the next one through each time is a balancer with a dead server: there is nothing to wait for.
        const part = this.#cutsBetween === 0 ? BRIEF : Math.min(BRIEF, BRIEFEST * 4 ** this.#briefCuts);
        this.#briefCuts += 1;
        this.#places.narrow();
        this.#pauseFor(this.#limits.backOff * part, true);
        await delay(this.#limits.backOff * part);
        return;
      }
      const times = PAUSES[this.#cuts];
      // After injections and logins a server that hangs up has more likely banned us.
      if (this.#provoked && !this.#isTaught && this.#cuts === PAUSES.length - 1) throw this.#ban(SINCE_PROVOCATION);
      if (times === undefined)
        throw this.#ban(`cuts every connection without a word, also after ${this.#patience()} without any`);
      const pause = this.#limits.backOff * times;
      if (this.#isLate(now + pause)) throw this.#tooLate();
      this.#cuts += 1;
      this.#places.narrow();
      this.#pauseFor(pause);
    }
    await delay(Math.max(0, this.#pausedUntil - now));
  }

  #widenGap(): void {
    const most = this.#limits.backOff * BRIEF;
    this.#gap = Math.min(Math.max(this.#gap * 2, most / 16), most);
  }

  #pauseFor(pause: number, isEnough = false): void {
    const { backOff } = this.#limits;
    this.#pauses += 1;
    this.#calm = 0;
    this.#pausedUntil = performance.now() + pause;
    this.#waited += pause;
    this.#lastStart = Math.max(this.#lastStart, this.#pausedUntil);
    if (!this.#isTaught && !isEnough) this.#interval = Math.min(Math.max(this.#interval * 2, backOff), backOff * 8);
  }

  /**
   * Connects, when there is a place and at the rate that is allowed; the place is left when the connection is closed. Nothing is
   * done for a caller that is gone by then (`signal`).
   */
  async dial(id: number, options: DialOptions, { rank, signal }: Caller = {}): Promise<Call> {
    const leave = await this.#enter(rank);
    try {
      signal?.throwIfAborted();
      const call = await this.#persistently(id, options);
      this.#open.add(call);
      call.onClosed(() => {
        this.#open.delete(call);
        this.#lastEnd = performance.now();
        leave();
      });
      if (call.local.address !== '') this.#from.add(call.local.address);
      return call;
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Waits until connections that take leave are closed. */
  async emptied(): Promise<void> {
    await Promise.all(
      [...this.#open].map(
        (call) =>
          new Promise<void>((resolve) => {
            call.onClosed(resolve);
          }),
      ),
    );
  }

  async #enter(rank: number | undefined): Promise<() => void> {
    const entering = this.#places.enter(rank);
    const leave = await within(entering, Math.max(0, this.#deadline - performance.now()));
    if (leave !== undefined) return leave;
    void entering.then((late) => {
      late();
    });
    throw this.#tooLate();
  }

  async #persistently(id: number, options: DialOptions): Promise<Call> {
    for (;;) {
      try {
        return await this.#connect(id, options);
      } catch (error) {
        const wasReached = this.#reached.has(options.listener.port);
        if (!(error instanceof Fault) || !wasReached || error.code !== 'UNREACHABLE') throw error;
        // Another connection has found out meanwhile why this one came to nothing.
        if (this.#banned !== undefined) throw this.#banned;
        // A server that limits connections may refuse them; one that never did so before the provocation has banned us.
        if (this.#provoked && this.#pauses === 0) throw this.#ban(SINCE_PROVOCATION, error);
        await this.outwait();
      }
    }
  }

  async #connect(id: number, options: DialOptions): Promise<Call> {
    await this.#keepRate();
    if (this.#banned !== undefined) throw this.#banned;
    const localAddress = this.#sources[0]?.address;
    try {
      const call = await Call.dial(id, {
        ...options,
        route: { ...this.#limits.route, ...(localAddress !== undefined && { source: localAddress }) },
        onHeard: () => {
          this.#hear();
        },
        onTurn: async () => {
          await this.#keepRate();
          this.#dialled += 1;
        },
      });
      this.#reached.add(options.listener.port);
      this.#dialled += 1;
      return call;
    } catch (error) {
      const isChosen = this.#limits.route?.source === undefined;
      if (localAddress !== undefined && isChosen && isUnusableSource(error)) {
        this.#sources.shift();
        return this.#connect(id, options);
      }
      if (error instanceof Fault && error.code === 'TIMED_OUT' && this.#provoked && this.#reached.size > 0)
        throw this.#ban(SINCE_PROVOCATION, error);
      throw error;
    }
  }

  /** The server says something on a connection: it is let through. */
  #hear(): void {
    const now = performance.now();
    const minute = this.#limits.backOff * LONGEST;
    if (this.#cuts === PAUSES.length && !this.#isTaught) {
      this.#isTaught = true;
      const last = this.#heard.at(-1) ?? now;
      this.#interval = minute / Math.max(1, this.#heard.filter((time) => time > last - minute).length);
      this.#nextStart = now + this.#interval;
    }
    if (this.#briefCuts > 0 && this.#cuts === 0) this.#cutsBetween += 1;
    this.#cuts = 0;
    this.#briefCuts = 0;
    this.#heard.push(now);
  }

  #isLate(time: number): boolean {
    return time > this.#deadline;
  }

  get #deadline(): number {
    return this.#began + this.#limits.maxTime - this.reserved;
  }

  /** Whether no connection was made, for this reason; what a port says is no such reason. */
  isOwn(fault: Fault): boolean {
    return this.#own.has(fault);
  }

  /** Nothing more is begun. */
  #tooLate(): Fault {
    const { maxTime } = this.#limits;
    const kept = this.reserved === 0 ? '' : ` (the last ${inSeconds(this.reserved)} are kept for login attempts)`;
    const fault = new Fault(
      'TIMED_OUT',
      `not done within ${inSeconds(maxTime)}${kept}${this.#pauses === 0 ? '' : `, of which ${inSeconds(Math.min(this.#waited, maxTime))} were spent waiting for a server that refused connections${this.#isTaught ? ` (it lets through one in ${inSeconds(this.#interval)})` : ''}`}; allow more with --max-time`,
    );
    this.#own.add(fault);
    return fault;
  }

  #patience(): string {
    return inSeconds(this.#limits.backOff * LONGEST);
  }

  /** From now on nothing is begun any more; the reason. */
  #ban(what: string, cause?: Fault): Fault {
    this.#banned ??= new Fault(
      'UNREACHABLE',
      `${this.#address} ${what}: this address is probably banned; wait, connect less often (as in --rate 5/min), or run from an exempt address`,
      cause && { cause },
    );
    this.#own.add(this.#banned);
    return this.#banned;
  }

  async #keepRate(): Promise<void> {
    const { rate } = this.#limits;
    // While all are cut there is nothing to be gentle with.
    const interval = Math.max(this.#cuts > 0 ? 0 : this.#interval, rate === undefined ? 0 : 1000 / rate);
    const now = performance.now();
    const start = Math.max(now, this.#pausedUntil, this.#nextStart, this.#lastEnd + this.#gap);
    if (this.#isLate(start)) throw this.#tooLate();
    // What nobody waits for is not counted twice: connections stand in one line.
    this.#waited += start - Math.max(now, Math.min(start, this.#lastStart));
    this.#lastStart = start;
    this.#nextStart = start + interval;
    this.#calm += 1;
    // A limit of connections at once is over soon: what is not complained about is tried faster again.
    if (this.#calm % CALM === 0 && !this.#isTaught)
      this.#interval = this.#interval > this.#limits.backOff / 8 ? this.#interval / 2 : 0;
    if (start > now) await delay(start - now);
  }
}

const isUnusableSource = (error: unknown): boolean => {
  const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
  return ['EADDRNOTAVAIL', 'EINVAL', 'ENETUNREACH', 'EHOSTUNREACH', 'EACCES'].includes(cause?.code ?? '');
};

const inSeconds = (ms: number): string => `${String(Math.ceil(ms / 1000))} s`;

const LONGEST_PAUSE = 60_000;
const MOST_AFTER_PROVOCATION = 3;
/** Pauses for a server that cuts connections without a word, as multiples of `backOff`; the last one is longer than a minute. */
const LONGEST = 31;
const PAUSES: readonly number[] = [1, 2, LONGEST];
/** The first pause, as a part of `backOff`. */
const [BRIEF, BRIEFEST] = [1 / 8, 1 / 128];
/** Brief pauses in a row, at most, where connections were let through after others. */
const MOST_BRIEF = 4;
const SINCE_PROVOCATION = 'no longer answers since login and injection probes began';
/** Connections after which the interval is halved. */
const CALM = 4;
