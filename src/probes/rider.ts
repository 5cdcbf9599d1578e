import type { HelloOrder } from '../tls/build-hello.js';
import type { ServerHelloAnswer } from '../tls/server-answer.js';
import type { Place } from './place.js';

/** What a rider has found out, and what is left to be offered. */
export interface Ridden {
  readonly accepted: readonly { readonly value: number; readonly at?: Place }[];
  readonly left: readonly number[];
  /** How a hello with what is left was refused; the same hello with all values was not. */
  readonly refusal?: string;
}

/**
 * A second list that the hellos of an enumeration find out by the way: each offers only what was not chosen yet. It ends with the
 * first hello that is refused; whether that was for want of this list is asked by hellos of its own.
 */
export class Rider {
  readonly #field: 'cipherSuites' | 'signatureAlgorithms';
  readonly #chosen: (answer: ServerHelloAnswer) => number | undefined;
  readonly #accepted: Ridden['accepted'][number][] = [];
  #left: readonly number[];
  #isOver = false;
  #refusal: string | undefined;

  constructor(
    field: 'cipherSuites' | 'signatureAlgorithms',
    all: readonly number[],
    chosen: (answer: ServerHelloAnswer) => number | undefined,
  ) {
    this.#field = field;
    this.#left = all;
    this.#chosen = chosen;
  }

  /** What it adds to a hello. */
  get order(): Pick<HelloOrder, 'cipherSuites' | 'signatureAlgorithms'> {
    return this.isRiding ? { [this.#field]: this.#left } : {};
  }

  /** Hellos are narrower than they would be without it. */
  get isRiding(): boolean {
    return !this.#isOver && this.#left.length > 0;
  }

  /** Takes up what was chosen; a server that does not keep to the list is left to hellos that are about nothing else. */
  note(answer: ServerHelloAnswer, at?: Place): void {
    if (!this.isRiding) return;
    const chosen = this.#chosen(answer);
    if (chosen === undefined || !this.#left.includes(chosen)) {
      this.end();
      return;
    }
    this.#accepted.push({ value: chosen, ...(at && { at }) });
    this.#left = this.#left.filter((each) => each !== chosen);
  }

  /** From now on hellos are as they would be without it. */
  end(): void {
    this.#isOver = true;
  }

  /** The hello that was refused while it rode was served without it. */
  blame(refusal: string): void {
    this.#refusal = refusal;
  }

  get found(): Ridden {
    return {
      accepted: this.#accepted,
      left: this.#left,
      ...(this.#refusal !== undefined && { refusal: this.#refusal }),
    };
  }
}
