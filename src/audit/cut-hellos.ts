import type { Call } from '../probes/call.js';
import { Fault } from '../fault.js';

/** What a connection means that was cut where the answer to its ClientHello was due. */
export type CutMeaning = 'answer' | 'limit' | 'chance';

interface CutHellosOptions {
  /** The port, for messages. */
  readonly where: string;
  /** Whether an ordinary handshake succeeds now. */
  readonly servesOthers: (dial: () => Promise<Call>) => Promise<boolean>;
  /** The server is known to limit connections: one round of repetitions is too few. */
  readonly isLimiting: () => boolean;
  /** Told that an ordinary handshake was cut, and the next one was served. */
  readonly onUneven: () => void;
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
  /** An ordinary handshake was cut, and the next one was served. */
  #isUneven = false;

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
      for (const { key, repeat } of hellos.values())
        // Two in a row: of a limit that cuts every second connection the first might always be that one.
        for (let time = 0; time < IN_A_ROW; time += 1) {
          const call = await dial();
          await repeat(call);
          call.close();
          if (call.cutHello === undefined) return this.#chance(key, dial);
        }
      if (!(await this.#isServing(dial))) return 'limit';
    }
    for (const key of hellos.keys()) this.#refused.add(key);
    return 'answer';
  }

  #isSuspect(): boolean {
    return this.#isUneven || this.#chances.size > 0 || this.#options.isLimiting();
  }

  /** Whether others are served: where a limit cuts one connection in several, this may be that one, each time. */
  async #isServing(dial: () => Promise<Call>): Promise<boolean> {
    for (let time = 0; time < IN_A_ROW; time += 1) {
      const began = performance.now();
      if (!(await this.#options.servesOthers(dial))) continue;
      this.#servedAt = began;
      if (time > 0) {
        this.#isUneven = true;
        this.#options.onUneven();
      }
      return true;
    }
    return false;
  }

  async #chance(key: string, dial: () => Promise<Call>): Promise<CutMeaning> {
    const times = (this.#chances.get(key) ?? 0) + 1;
    this.#chances.set(key, times);
    if (times > MOST_CHANCES)
      throw new Fault(
        'UNREACHABLE',
        `${this.#options.where} cuts some connections without a word and answers others that say the same, ${String(times)} times: it limits connections; connect less often, as in --rate 5/min`,
      );
    // A limit that cuts every Nth connection would cut it anew, were there always as many in between.
    for (let more = 1; more < times; more += 1) await this.#options.servesOthers(dial);
    return 'chance';
  }
}

/** What a limit that cuts one connection in several does not do to connections that follow each other. */
const IN_A_ROW = 2;
/** How often one hello may be cut by chance until it is given up. */
const MOST_CHANCES = 5;
