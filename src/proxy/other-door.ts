import type { Wire } from '../wire/wire.js';
import { farewell } from './farewell.js';
import { Inbox } from './inbox.js';
import { openDoor, type OpeningOptions } from './opening.js';

/**
 * A connection to the server's other door, that stands inside TLS and on which nothing was said: what comes is passed on as it
 * comes, greeting or not, and what the client says goes out at once. Nothing waits for an answer.
 */
export class OtherDoor {
  readonly #wire: Wire;
  readonly #inbox = new Inbox();

  private constructor(wire: Wire) {
    this.#wire = wire;
    void this.#listen();
  }

  /** Throws as `openDoor` does. */
  static async open(options: OpeningOptions): Promise<OtherDoor> {
    return new OtherDoor(await openDoor(options));
  }

  /** All that the server says. */
  get unsolicited(): Pick<Inbox, 'arrives' | 'take'> {
    return this.#inbox;
  }

  say(bytes: Buffer): Promise<void> {
    return this.#wire.write(bytes);
  }

  close(): void {
    farewell(this.#wire);
  }

  /** Frees the socket at once. */
  destroy(): void {
    this.#wire.destroy();
  }

  async #listen(): Promise<void> {
    for (;;) {
      const event = await this.#wire.read(LONG);
      if (event?.kind === 'bytes') await this.#inbox.put(event.bytes, false);
      else if (event !== undefined) {
        if (event.kind === 'end') this.#wire.end('server');
        this.#inbox.close();
        return;
      }
    }
  }
}

/** Milliseconds. */
const LONG = 60_000;
