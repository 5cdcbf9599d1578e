import type { Attestation } from '../serving/attested.js';
import type { ServedVerdict } from '../serving/serve.js';

/** Questions to the person in front of a client: one at a time, and each once a client. */
export class Questions {
  readonly #ask: (verdict: ServedVerdict) => void;
  readonly #open: ServedVerdict[] = [];
  readonly #known = new Set<string>();

  constructor(ask: (verdict: ServedVerdict) => void) {
    this.#ask = ask;
  }

  /** A verdict without a question asks nothing. */
  add(verdict: ServedVerdict): void {
    const { question, client } = verdict;
    const key = `${client} ${question ?? ''}`;
    if (question === undefined || this.#known.has(key) || this.#known.size >= MOST_QUESTIONS) return;
    this.#known.add(key);
    this.#open.push(verdict);
    if (this.#open.length === 1) this.#ask(verdict);
  }

  /** The question that was asked last is answered; the next one is asked. */
  take(): ServedVerdict | undefined {
    const answered = this.#open.shift();
    const [next] = this.#open;
    if (next !== undefined) this.#ask(next);
    return answered;
  }
}

/** What a key says; undefined if it is no answer. */
export const answerOf = (key: string): Attestation | undefined => ANSWERS[key.toLowerCase()];

const ANSWERS: Readonly<Record<string, Attestation>> = { y: 'yes', n: 'no' };
/** Strangers must not ask without an end. */
const MOST_QUESTIONS = 1000;
