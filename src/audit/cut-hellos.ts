import type { Call } from '../probes/call.js';
import { Fault } from '../fault.js';

/** What a connection means that was cut where the answer to its ClientHello was due. */
export type CutMeaning = 'answer' | 'limit' | 'chance';

interface CutHellosOptions {
  /** The port, for messages. */
  readonly where: string;
  /** Whether an ordinary handshake succeeds now. */
  readonly servesOthers: (dial: () => Promise<Call>) => Promise<boolean>;
  /** The server is known to limit connections: one repetition is too few. */
  readonly isLimiting: () => boolean;
}

/**
 * Tells a refused ClientHello from a limit of connections where TLS is implicit: it is an answer only if an ordinary client is served
 * before and afterwards, and the same hello is cut again in between.
 */
export class CutHellos {
  readonly #options: CutHellosOptions;
  /** Hellos that are refused, by their keys. */
  readonly #refused = new Set<string>();
  /** How often a hello was cut that was served when it was repeated. */
  readonly #chances = new Map<string, number>();
  /** When the last connection was begun that showed that others are served. */
  #servedAt = -Infinity;

  constructor(options: CutHellosOptions) {
    this.#options = options;
  }

  /** Whether this is an answer that is known already. */
  isKnown({ cutHello }: Call): boolean {
    return cutHello !== undefined && this.#refused.has(cutHello.key);
  }

  /** What cut connections mean, the last of them cut at `cutAt`. Throws a Fault where it cannot be told. */
  async meaning(cut: readonly Call[], cutAt: number, dial: () => Promise<Call>): Promise<CutMeaning> {
    const hellos = new Map(
      cut.flatMap((call) =>
        call.cutHello === undefined || this.isKnown(call) ? [] : [[call.cutHello.key, call.cutHello]],
      ),
    );
    if (hellos.size === 0) return 'answer';
    if (cutAt > this.#servedAt && !(await this.#isServing(dial))) return 'limit';
    for (let round = this.#isSuspect() ? 2 : 1; round > 0; round -= 1) {
      for (const { key, repeat } of hellos.values()) {
        const call = await dial();
        await repeat(call);
        call.close();
        if (call.cutHello === undefined) return this.#chance(key);
      }
      if (!(await this.#isServing(dial))) return 'limit';
    }
    for (const key of hellos.keys()) this.#refused.add(key);
    return 'answer';
  }

  #isSuspect(): boolean {
    return this.#chances.size > 0 || this.#options.isLimiting();
  }

  async #isServing(dial: () => Promise<Call>): Promise<boolean> {
    const began = performance.now();
    const isServing = await this.#options.servesOthers(dial);
    if (isServing) this.#servedAt = began;
    return isServing;
  }

  #chance(key: string): CutMeaning {
    const times = (this.#chances.get(key) ?? 0) + 1;
    this.#chances.set(key, times);
    if (times > MOST_CHANCES)
      throw new Fault(
        'UNREACHABLE',
        `${this.#options.where} cuts some connections without a word and answers others that say the same, ${String(times)} times: it limits connections; connect less often, as in --rate 5/min`,
      );
    return 'chance';
  }
}

/** How often one hello may be cut by chance until it is given up. */
const MOST_CHANCES = 5;
