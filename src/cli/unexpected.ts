/** Told of an exception that nobody caught; a command that can still write its report takes it, else the program ends. */
type Taker = (error: unknown) => void;

/** Catches what nobody caught, for as long as a command runs: a bug must not cost what was gathered. */
export class Unexpected implements Disposable {
  /** Rejects with an exception that no command takes, or that a command took and could not end with in time. */
  readonly ended: Promise<never>;
  readonly #listener: Taker;

  constructor() {
    let reject: Taker = () => undefined;
    this.ended = new Promise<never>((_, rejected) => {
      reject = rejected;
    });
    this.ended.catch(() => undefined);
    this.#listener = (error) => {
      if (taker === undefined) reject(error);
      else {
        taker(error);
        setTimeout(reject, LONGEST_END, error).unref();
      }
    };
    for (const event of EVENTS) process.on(event, this.#listener);
  }

  [Symbol.dispose](): void {
    for (const event of EVENTS) process.off(event, this.#listener);
  }
}

/** From now on the command takes what nobody caught; call the result when it no longer can. */
export const takeUnexpected = (take: Taker): (() => void) => {
  taker = take;
  return () => {
    if (taker === take) taker = undefined;
  };
};

let taker: Taker | undefined;
const EVENTS = ['uncaughtException', 'unhandledRejection'] as const;
/** Milliseconds that a command has to write its report. */
const LONGEST_END = 15_000;
