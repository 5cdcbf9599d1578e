import type { Call } from '../probes/call.js';
import type { CutHello } from '../probes/cut-hello.js';
import { Fault } from '../fault.js';

/** What a connection means that was cut where the answer to its ClientHello was due. */
export type CutMeaning = 'answer' | 'limit' | 'chance';

interface CutHellosOptions {
  /** The port, for messages. */
  readonly where: string;
  /** Whether an ordinary handshake succeeds now. */
  readonly servesOthers: (dial: () => Promise<Call>) => Promise<boolean>;
  /** The server is known to limit connections: cuts are compared at length. */
  readonly isLimiting: () => boolean;
  /** Refusals by alert of versions that are refused so by many are made sure of, too. */
  readonly isThorough: boolean;
  /** Told that a connection was cut by chance: an ordinary handshake, or a hello that is served when it is repeated. */
  readonly onUneven: () => void;
}

/** On whose account cut connections are looked at. */
export interface CutFor {
  /** The probe. */
  readonly asker: string;
  /** A connection on which a ClientHello is due. */
  readonly dial: () => Promise<Call>;
}

/**
 * Tells a refused ClientHello from a limit of connections, or a balancer that cuts some: it is an answer only if the same hello is cut
 * each time that it is said, and ordinary handshakes in between are served. Where any of those is cut too, both are said in an order
 * that nobody can foresee until chance would not part them so once in `ONCE_IN` times; what cannot be told is a Fault.
 */
export class CutHellos {
  readonly #options: CutHellosOptions;
  /** Hellos that are refused, by their keys. */
  readonly #refused = new Set<string>();
  /** Hellos that were cut, and served when they were repeated: whatever cuts them is no answer. */
  readonly #served = new Set<string>();
  /** How often a probe's hello was cut by chance, by both. */
  readonly #chances = new Map<string, number>();
  /** Refusals by the alert that limits send too, of which it was made sure. */
  #told = 0;
  /** Hellos that were answered. */
  #answered = 0;
  /** Connections that were spent on hellos of a server that cuts others too. */
  #spent = 0;
  /** An ordinary handshake was cut, and the next one was served. */
  #isUneven = false;
  #toss = 1;

  constructor(options: CutHellosOptions) {
    this.#options = options;
  }

  /** Whether this is an answer that is known already. */
  isKnown({ cutHello }: Call): boolean {
    if (cutHello === undefined) return false;
    if (this.#refused.has(cutHello.key)) return true;
    if (cutHello.told === undefined || this.#isSuspect()) return false;
    return this.#told >= ENOUGH_TOLD || (cutHello.told === 'as usual' && !this.#options.isThorough);
  }

  /** Some connections were cut that say nothing about what was asked on them. */
  #isSuspect(): boolean {
    return this.#isUneven || this.#served.size > 0 || this.#options.isLimiting();
  }

  /** What cut connections mean. Throws a Fault where it cannot be told. */
  async meaning(cut: readonly Call[], by: CutFor): Promise<CutMeaning> {
    const hellos = new Map(
      cut.flatMap((call) =>
        call.cutHello === undefined || this.isKnown(call) ? [] : [[call.cutHello.key, call.cutHello]],
      ),
    );
    for (const hello of hellos.values()) {
      const meaning = this.#served.has(hello.key) ? this.#chance(hello, by) : await this.#judged(hello, by);
      if (meaning !== 'answer') return meaning;
    }
    if (this.#isSuspect() || hellos.size === 0 || (await this.#options.servesOthers(by.dial))) return 'answer';
    // Since when it cuts all of them is not known.
    for (const key of hellos.keys()) this.#refused.delete(key);
    return (await this.#isServing(by)) ? this.meaning(cut, by) : 'limit';
  }

  /** Told on how many connections of a probe a hello was answered: none of them was cut by chance. */
  answered(hellos: number): void {
    this.#answered += hellos;
  }

  async #judged(hello: CutHello, by: CutFor): Promise<CutMeaning> {
    const meaning = this.#isSuspect() ? await this.#atLength(hello, by) : await this.#shortly(hello, by);
    if (meaning !== 'answer') return meaning;
    this.#refused.add(hello.key);
    if (hello.told !== undefined) this.#told += 1;
    return 'answer';
  }

  /** Where nothing was cut so far but what may be refused. */
  async #shortly(hello: CutHello, by: CutFor): Promise<CutMeaning> {
    const isFirst = this.#refused.size === 0;
    for (const isOwn of (this.#answered < MANY ? UNKNOWN : KNOWN)[isFirst ? 'first' : 'later']) {
      if (isOwn ? await this.#isCut(hello, by) : await this.#options.servesOthers(by.dial)) continue;
      if (isOwn) return this.#chance(hello, by);
      if (!(await this.#isServing(by))) return 'limit';
      return this.#atLength(hello, by);
    }
    return 'answer';
  }

  /** Ordinary handshakes are cut, too: how many, and is this hello cut more often? */
  async #atLength(hello: CutHello, by: CutFor): Promise<CutMeaning> {
    const tried = { own: 0, others: 0, cut: 0 };
    // Two in a row: of a limit that cuts every second connection the first might always be that one.
    for (let more = [true, true]; tried.own < MOST_TRIES; more = this.#tossed()) {
      for (const isOwn of more) {
        this.#spent += 1;
        if (isOwn) {
          if (!(await this.#isCut(hello, by))) return this.#chance(hello, by);
          tried.own += 1;
          continue;
        }
        tried.others += 1;
        if (await this.#options.servesOthers(by.dial)) continue;
        tried.cut += 1;
        if (!(await this.#isServing(by))) return 'limit';
      }
      if (isNoChance(tried)) return 'answer';
      if (this.#spent > MOST_SPENT) break;
    }
    throw this.#untold('and it cannot be told apart from a refusal');
  }

  /** Whether the same hello is cut again. */
  async #isCut({ repeat }: CutHello, { dial }: CutFor): Promise<boolean> {
    const call = await dial();
    await repeat(call);
    call.close();
    return call.cutHello !== undefined;
  }

  /** An ordinary handshake was cut: whether others are served, or all are cut. */
  async #isServing({ dial }: CutFor): Promise<boolean> {
    for (let time = 0; time < IN_A_ROW; time += 1) {
      if (!(await this.#options.servesOthers(dial))) continue;
      this.#isUneven = true;
      this.#options.onUneven();
      return true;
    }
    return false;
  }

  #chance({ key }: CutHello, { asker }: CutFor): CutMeaning {
    this.#served.add(key);
    this.#options.onUneven();
    const times = (this.#chances.get(`${asker} ${key}`) ?? 0) + 1;
    this.#chances.set(`${asker} ${key}`, times);
    if (times > MOST_CHANCES) throw this.#untold(`and answers others that say the same, ${String(times)} times`);
    return 'chance';
  }

  #untold(what: string): Fault {
    return new Fault(
      'UNREACHABLE',
      `${this.#options.where} cuts some connections without a word, ${what}: it limits connections; connect less often, as in --rate 5/min`,
    );
  }

  /** The hello and an ordinary handshake, in an order that no limit counts along with; the same in each audit, which repeats it. */
  #tossed(): boolean[] {
    this.#toss = (this.#toss * 1103515245 + 12345) % 2 ** 31;
    return this.#toss > 2 ** 30 ? [true, false] : [false, true];
  }
}

/** Whether it is no chance that all hellos of one kind were cut, and only `cut` of the others (Fisher’s exact test, one side). */
const isNoChance = ({
  own,
  others,
  cut,
}: {
  readonly own: number;
  readonly others: number;
  readonly cut: number;
}): boolean => {
  let chance = 1;
  for (let drawn = 0; drawn < own; drawn += 1) chance *= (own + cut - drawn) / (own + others - drawn);
  return chance * ONCE_IN < 1;
};

/** The hello (true) and ordinary handshakes, where no other cut was seen; another handshake follows what one probe asked. */
const UNKNOWN = { first: [false, true, true, false, false, true], later: [true, false, false, true] } as const;
/** The same where so many hellos were answered that a balancer would have cut one. */
const KNOWN = { first: [true, true], later: [true, true] } as const;
const MANY = 6;
const ONCE_IN = 2000;
/** How often one hello is said, at most, to a server that cuts others too. */
const MOST_TRIES = 24;
/** Connections for all hellos of a port together. */
const MOST_SPENT = 400;
/** Ordinary handshakes that are cut one after the other where all are cut. */
const IN_A_ROW = 3;
/** How often one hello of a probe may be cut by chance until it is given up. */
const MOST_CHANCES = 10;
/** Of the refusals by an alert that limits send too, so many are made sure of. */
const ENOUGH_TOLD = 2;
