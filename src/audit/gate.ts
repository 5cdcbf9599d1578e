import { isLoopbackOrPrivate } from '../targets/address.js';
import { Fault } from '../fault.js';
import { Call, type DialOptions } from '../probes/call.js';

/** How gently an address is treated. */
export interface Manners {
  /** Connections at once. */
  readonly parallel: number;
  /** Connections a second; unlimited unless told. */
  readonly rate?: number;
  /** Login attempts in ten minutes. */
  readonly loginAttempts: number;
  /** Milliseconds after which nothing new is begun. */
  readonly maxTime: number;
}

/** All connections to one address pass here: so many at once, so many a second, and none after a ban. */
export class Gate {
  readonly isNear: boolean;
  readonly #manners: Manners;
  readonly #address: string;
  readonly #began = performance.now();
  readonly #waiting: (() => void)[] = [];
  #open = 0;
  #nextStart = 0;
  #logins = 0;
  /** Something was done that may get us banned. */
  #provoked = false;
  #reached = false;
  #banned = false;

  constructor(address: string, manners: Manners) {
    this.#address = address;
    this.#manners = manners;
    this.isNear = isLoopbackOrPrivate(address);
  }

  /** From now on a sudden silence is taken for a ban. */
  provoke(): void {
    this.#provoked = true;
  }

  /** Takes one login attempt; says why not when the budget is spent. */
  spendLogin(): string | undefined {
    if (this.#logins >= this.#manners.loginAttempts) {
      return `not tried: the budget of ${String(this.#manners.loginAttempts)} login attempts an address is spent, so that nobody gets banned; ask for more with --login-attempts`;
    }
    this.#logins += 1;
    return undefined;
  }

  /** Waits for a place; call what is returned to leave it. Who has one must not wait for another. */
  async enter(): Promise<() => void> {
    if (this.#open < this.#manners.parallel) this.#open += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return () => {
      // Whoever waits takes over the place.
      const next = this.#waiting.shift();
      if (next === undefined) this.#open -= 1;
      else next();
    };
  }

  /** Connects, at the rate that is allowed. */
  async dial(id: number, options: DialOptions): Promise<Call> {
    try {
      if (this.#banned) throw this.#banFault();
      if (performance.now() - this.#began > this.#manners.maxTime)
        throw new Fault(
          'TIMED_OUT',
          `not done within ${String(Math.round(this.#manners.maxTime / 1000))} s; allow more with --max-time`,
        );
      await this.#keepRate();
      const call = await Call.dial(id, options);
      this.#reached = true;
      return call;
    } catch (error) {
      if (!(error instanceof Fault) || !this.#provoked || !this.#reached || error.code === 'HARNESS_BUG') throw error;
      this.#banned = true;
      throw this.#banFault(error);
    }
  }

  #banFault(cause?: Fault): Fault {
    return new Fault(
      'UNREACHABLE',
      `${this.#address} answers no more since login and injection probes began: probably banned; wait, or run from an address that is exempt`,
      cause && { cause },
    );
  }

  async #keepRate(): Promise<void> {
    if (this.#manners.rate === undefined) return;
    const now = performance.now();
    const start = Math.max(now, this.#nextStart);
    this.#nextStart = start + 1000 / this.#manners.rate;
    if (start > now) await new Promise((resolve) => setTimeout(resolve, start - now));
  }
}
