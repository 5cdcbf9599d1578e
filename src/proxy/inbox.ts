import { afterSilence } from '../wire/silence.js';

/**
 * Bytes of a server on their way to a client. While a turn is under way they belong to it, else to the one who listens
 * between turns. Bounded: `put` waits while nobody takes.
 */
export class Inbox {
  readonly #pieces: Buffer[] = [];
  readonly #waiting = new Set<Waiting>();
  #length = 0;
  #turn: 'none' | 'under way' | 'answered' = 'none';
  #closed = false;

  /** The server is gone; what it sent can still be taken. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Hands a piece on; `answers` says that the turn's reply is complete with it. */
  async put(bytes: Buffer, answers: boolean): Promise<void> {
    if (this.#closed) return;
    this.#pieces.push(bytes);
    this.#length += bytes.length;
    if (answers && this.#turn === 'under way') this.#turn = 'answered';
    this.#changed();
    if (this.#length > HIGH_WATER) await this.#until(() => this.#length <= HIGH_WATER || this.#closed);
  }

  close(): void {
    this.#closed = true;
    this.#changed();
  }

  beginTurn(): void {
    this.#turn = 'under way';
  }

  endTurn(): void {
    this.#turn = 'none';
    this.#changed();
  }

  /** All that came of the turn's reply since the last call; `over` with the last piece, `late` after `timeout` ms without one. */
  async takeOfTurn(timeout: number): Promise<{ readonly bytes: Buffer; readonly is: 'more' | 'over' | 'late' }> {
    const came = await this.#until(
      () => this.#pieces.length > 0 || this.#closed || this.#turn !== 'under way',
      timeout,
    );
    const bytes = this.#take();
    if (!came) return { bytes, is: 'late' };
    return { bytes, is: this.#turn === 'under way' && !this.#closed ? 'more' : 'over' };
  }

  /** Resolves when something is there between turns, or the server is gone. */
  async arrives(): Promise<void> {
    await this.#until(() => this.#turn === 'none' && (this.#pieces.length > 0 || this.#closed));
  }

  /** What came between turns; undefined when the server is gone. */
  take(): Buffer | undefined {
    return this.#pieces.length === 0 && this.#closed ? undefined : this.#take();
  }

  #take(): Buffer {
    const bytes = Buffer.concat(this.#pieces.splice(0));
    this.#length = 0;
    this.#changed();
    return bytes;
  }

  #changed(): void {
    for (const waiting of [...this.#waiting]) if (waiting.isReady()) waiting.wake();
  }

  #until(isReady: () => boolean, timeout?: number): Promise<boolean> {
    if (isReady()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const done = (came: boolean): void => {
        callOff();
        this.#waiting.delete(waiting);
        resolve(came);
      };
      const callOff =
        timeout === undefined
          ? () => undefined
          : afterSilence(timeout, () => {
              done(false);
            });
      const waiting: Waiting = {
        isReady,
        wake: () => {
          done(true);
        },
      };
      this.#waiting.add(waiting);
    });
  }
}

interface Waiting {
  readonly isReady: () => boolean;
  readonly wake: () => void;
}

const HIGH_WATER = 256 * 1024;
