import { networkInterfaces } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { isLoopback, isLoopbackOrPrivate } from '../targets/address.js';
import { sourcesFor, type Source } from './sources.js';
import { Fault } from '../fault.js';
import { Call, type DialOptions } from '../probes/call.js';

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
}

/** All connections to one address pass here: so many at once, so many a second, and none after a ban. */
export class Gate {
  readonly isNear: boolean;
  readonly #limits: GateLimits;
  readonly #address: string;
  readonly #began = performance.now();
  readonly #waiting: (() => void)[] = [];
  /** Addresses to connect from, where the server is on this machine; the next one is tried when one cannot be used. */
  readonly #sources: Source[];
  readonly #isOwn: boolean;
  #open = 0;
  #nextStart = 0;
  /** When the last connection was due. */
  #lastStart = 0;
  #logins = 0;
  /** Something was done that may get us banned. */
  #provoked = false;
  #reached = false;
  #banned = false;
  /** No connection is begun before. */
  #pausedUntil = 0;
  #pauses = 0;
  /** Milliseconds between connections, as far as the server has taught us. */
  #interval = 0;
  /** Connections that were begun since the server last complained. */
  #calm = 0;
  #waited = 0;

  constructor(address: string, limits: GateLimits) {
    this.#address = address;
    this.#limits = limits;
    this.isNear = isLoopbackOrPrivate(address);
    const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    this.#isOwn = isLoopback(address) || own.some((each) => each.address === address);
    this.#sources = this.#isOwn
      ? sourcesFor(
          address,
          own.map((each) => each.address),
        )
      : [];
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

  /** From now on a sudden silence is taken for a ban. */
  provoke(): void {
    this.#provoked = true;
  }

  /** Takes one login attempt; gives the reason when none is left. */
  spendLogin(): string | undefined {
    if (this.#logins >= this.#limits.loginAttempts) {
      return `not tried: login limit reached (${String(this.#limits.loginAttempts)} per address, to avoid a ban); raise it with --login-attempts`;
    }
    this.#logins += 1;
    return undefined;
  }

  /** An attempt left no line that a ban filter counts: another one may be made in its place. */
  giveBackLogin(): void {
    this.#logins = Math.max(0, this.#logins - 1);
  }

  /** Waits for a place; call what is returned to leave it. A probe holds one place only, however many connections it makes: else all could wait for each other. */
  async enter(): Promise<() => void> {
    if (this.#open < this.#limits.parallel) this.#open += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return () => {
      // The next in line takes over the place.
      const next = this.#waiting.shift();
      if (next === undefined) this.#open -= 1;
      else next();
    };
  }

  /** The server said that it is busy: nothing is begun for a while, and then less often. False when that would take too long. */
  async slowDown(attempt: number): Promise<boolean> {
    // After injections and logins a server that hangs up has more likely banned us.
    if (this.#provoked && this.#pauses === 0 && attempt > MOST_AFTER_PROVOCATION) return false;
    const now = performance.now();
    // Probes in parallel are told the same thing at the same time.
    if (now >= this.#pausedUntil) {
      const pause = Math.min(this.#limits.backOff * 2 ** Math.min(attempt - 1, 5), LONGEST_PAUSE);
      if (now + pause > this.#began + this.#limits.maxTime) return false;
      this.#pauses += 1;
      this.#calm = 0;
      this.#pausedUntil = now + pause;
      this.#interval = Math.min(Math.max(this.#interval * 2, this.#limits.backOff), this.#limits.backOff * 8);
    }
    await delay(Math.max(0, this.#pausedUntil - now));
    return true;
  }

  /** Connects, at the rate that is allowed. */
  async dial(id: number, options: DialOptions): Promise<Call> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#connect(id, options);
      } catch (error) {
        if (!(error instanceof Fault) || !this.#reached || error.code !== 'UNREACHABLE' || this.#banned) throw error;
        // A server that limits connections may refuse them; one that never did so before the provocation has banned us.
        const isLimit = !this.#provoked || this.#pauses > 0;
        if (isLimit && attempt <= MOST_REFUSALS && (await this.slowDown(attempt))) continue;
        if (!this.#provoked) throw error;
        this.#banned = true;
        throw this.#banFault(error);
      }
    }
  }

  async #connect(id: number, options: DialOptions): Promise<Call> {
    if (this.#banned) throw this.#banFault();
    this.#requireTime();
    await this.#keepRate();
    this.#requireTime();
    const localAddress = this.#sources[0]?.address;
    try {
      const call = await Call.dial(id, { ...options, ...(localAddress !== undefined && { localAddress }) });
      this.#reached = true;
      return call;
    } catch (error) {
      if (localAddress !== undefined && isUnusableSource(error)) {
        this.#sources.shift();
        return this.#connect(id, options);
      }
      if (error instanceof Fault && error.code === 'TIMED_OUT' && this.#provoked && this.#reached) {
        this.#banned = true;
        throw this.#banFault(error);
      }
      throw error;
    }
  }

  #requireTime(): void {
    if (performance.now() - this.#began > this.#limits.maxTime)
      throw new Fault(
        'TIMED_OUT',
        `not done within ${String(Math.round(this.#limits.maxTime / 1000))} s${this.#pauses === 0 ? '' : `, of which ${String(Math.ceil(this.#waited / 1000))} s were spent waiting for a server that refused connections`}; allow more with --max-time`,
      );
  }

  #banFault(cause?: Fault): Fault {
    return new Fault(
      'UNREACHABLE',
      `${this.#address} no longer answers since login and injection probes began: this address is probably banned; wait, or run from an exempt address`,
      cause && { cause },
    );
  }

  async #keepRate(): Promise<void> {
    const { rate } = this.#limits;
    const interval = Math.max(this.#interval, rate === undefined ? 0 : 1000 / rate);
    const now = performance.now();
    const start = Math.max(now, this.#pausedUntil, this.#nextStart);
    // What nobody waits for is not counted twice: connections stand in one line.
    this.#waited += start - Math.max(now, Math.min(start, this.#lastStart));
    this.#lastStart = start;
    this.#nextStart = start + interval;
    this.#calm += 1;
    // A limit of connections at once is over soon: what is not complained about is tried faster again.
    if (this.#calm % CALM === 0) this.#interval = this.#interval > this.#limits.backOff / 8 ? this.#interval / 2 : 0;
    if (start > now) await delay(start - now);
  }
}

const isUnusableSource = (error: unknown): boolean => {
  const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
  return ['EADDRNOTAVAIL', 'EINVAL', 'ENETUNREACH', 'EHOSTUNREACH', 'EACCES'].includes(cause?.code ?? '');
};

const LONGEST_PAUSE = 60_000;
const MOST_AFTER_PROVOCATION = 3;
const MOST_REFUSALS = 8;
/** Connections after which the interval is halved. */
const CALM = 4;
