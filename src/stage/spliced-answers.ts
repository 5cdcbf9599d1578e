import type { Answerer, PiecedAnswer, Unsolicited } from '../endpoints/answerer.js';
import type { ClientUnit } from '../protocols/protocol.js';
import type { OtherDoor } from '../proxy/other-door.js';
import type { Upstream } from '../proxy/upstream.js';

/** The answers of a real server at the door that the client called, until a scenario leads it to the other one. */
export class SplicedAnswers implements Answerer {
  readonly #upstream: Upstream;
  readonly #open: () => Promise<OtherDoor | undefined>;
  #door: OtherDoor | undefined;
  /** Bytes of the command under way that were said with its literals' announcements. */
  #said = 0;

  /** `open` leads to the other door; undefined if it is out of reach, which is told elsewhere. */
  constructor(upstream: Upstream, open: () => Promise<OtherDoor | undefined>) {
    this.#upstream = upstream;
    this.#open = open;
  }

  get unsolicited(): Unsolicited {
    return (this.#door ?? this.#upstream).unsolicited;
  }

  greeting(): Buffer {
    return this.#upstream.greeting();
  }

  upgraded(): Buffer {
    return this.#upstream.upgraded();
  }

  startInside(): void {
    this.#upstream.startInside();
  }

  async otherDoor(): Promise<boolean> {
    this.#door = await this.#open();
    return this.#door !== undefined;
  }

  async answer(unit: ClientUnit): Promise<PiecedAnswer> {
    const door = this.#door;
    if (door === undefined || unit.kind === 'oversize') return this.#upstream.answer(unit);
    const bytes = unit.raw.subarray(this.#said);
    this.#said = unit.kind === 'literal-wait' ? unit.raw.length : 0;
    await door.say(bytes);
    return { bytes: Buffer.alloc(0) };
  }
}
