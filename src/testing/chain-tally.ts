import type { Chain } from '../chains/chain.js';
import type { ChainFamily, ChainLine } from '../document/report-model.js';

/** What the answer to a chain is held against. */
export type ChainKind = ChainLine['kind'];

/** Counts what became of the chains of one family, and keeps the answers that somebody wants to see. */
export class ChainTally {
  readonly #counts = new Map<
    ChainKind,
    { accepted: number; refused: number; misbehaved: number; inconclusive: number }
  >();
  readonly #lines: { readonly order: number; readonly line: ChainLine }[] = [];
  readonly #keepsAll: boolean;
  #more = 0;
  #notApplicable = 0;
  #compared = 0;
  #different = 0;
  /** Why nothing could be said of a chain: the first reason. */
  doubt: string | undefined;
  /** Why no chain could be presented: the first reason. */
  reason: string | undefined;

  constructor(keepsAll: boolean) {
    this.#keepsAll = keepsAll;
  }

  /** `order` is the chain's place in the suite. */
  add(line: ChainLine, order: number): void {
    const { kind, answer, library, why } = line;
    if (answer === 'not-applicable') {
      this.#notApplicable += 1;
      this.reason ??= why;
    } else {
      const counts = this.#counts.get(kind) ?? { accepted: 0, refused: 0, misbehaved: 0, inconclusive: 0 };
      counts[answer] += 1;
      this.#counts.set(kind, counts);
      if (answer === 'inconclusive') this.doubt ??= why;
    }
    const isCompared = library !== undefined && library !== 'inconclusive' && isAnswer(answer);
    const differs = isCompared && library !== answer;
    if (isCompared) this.#compared += 1;
    if (differs) this.#different += 1;
    if (!this.#keepsAll && !differs && !isUnexpected(line)) return;
    if (this.#keepsAll || this.#lines.length < MOST_LINES) this.#lines.push({ order, line });
    else this.#more += 1;
  }

  /** How many chains of a kind were answered so. */
  count(kind: ChainKind, answer: 'accepted' | 'refused' | 'misbehaved' | 'inconclusive'): number {
    return this.#counts.get(kind)?.[answer] ?? 0;
  }

  /** Chains of a kind that were presented. */
  presented(kind: ChainKind): number {
    const { accepted, refused, misbehaved, inconclusive } = this.#counts.get(kind) ?? NONE;
    return accepted + refused + misbehaved + inconclusive;
  }

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  /** Ids of chains with such an answer, in the order of the suite. */
  ids(is: (line: ChainLine) => boolean): string[] {
    return this.#sorted()
      .filter(is)
      .map(({ chain }) => chain);
  }

  #sorted(): ChainLine[] {
    return this.#lines.toSorted((a, b) => a.order - b.order).map(({ line }) => line);
  }

  family(about: Pick<ChainFamily, 'case' | 'suite' | 'family' | 'protocol' | 'tls'>, library?: string): ChainFamily {
    const answers = (kind: ChainKind): Partial<Record<ChainKind, NonNullable<ChainFamily['invalid']>>> => {
      const counts = this.#counts.get(kind);
      if (counts === undefined) return {};
      const { accepted, refused, misbehaved, inconclusive } = counts;
      return {
        [kind]: {
          accepted,
          refused,
          ...(misbehaved > 0 && { misbehaved }),
          ...(inconclusive > 0 && { inconclusive }),
        },
      };
    };
    return {
      ...about,
      ...answers('invalid'),
      ...answers('doubtful'),
      ...answers('valid'),
      ...answers('open'),
      ...(this.#notApplicable > 0 && { notApplicable: this.#notApplicable }),
      ...(library !== undefined && {
        library: { name: library, compared: this.#compared, different: this.#different },
      }),
      chains: this.#sorted(),
      ...(this.#more > 0 && { more: this.#more }),
    };
  }
}

/** What an answer to the chain is held against. */
export const kindOf = ({ expected, soft }: Chain): ChainKind => {
  switch (expected) {
    case 'accept':
      return 'valid';
    case 'either':
      return 'open';
    case 'reject':
      return soft ? 'doubtful' : 'invalid';
  }
};

/** What is told of a family, and not judged, in words. */
export const openWords = (tally: ChainTally): string => {
  const parts = [
    [tally.count('valid', 'accepted'), tally.presented('valid'), 'accepted', 'valid'],
    [tally.count('doubtful', 'refused'), tally.presented('doubtful'), 'refused', 'doubtful'],
  ] as const;
  return parts
    .filter(([, all]) => all > 0)
    .map(
      ([count, all, what, kind]) =>
        `; ${what} ${count === all ? counted(all, `${kind} chain`) : `${String(count)} of ${counted(all, `${kind} chain`)}`}`,
    )
    .join('');
};

/** `1 chain`, `3 chains`. */
export const counted = (count: number, noun: string): string => `${String(count)} ${noun}${count === 1 ? '' : 's'}`;

const isAnswer = (answer: ChainLine['answer']): boolean => answer === 'accepted' || answer === 'refused';

const isUnexpected = ({ kind, answer }: ChainLine): boolean =>
  answer === 'misbehaved' ||
  (answer === 'accepted' && (kind === 'invalid' || kind === 'doubtful')) ||
  (answer === 'refused' && kind === 'valid');

const NONE = { accepted: 0, refused: 0, misbehaved: 0, inconclusive: 0 };
/** Of a family, unless every chain is asked for. */
const MOST_LINES = 100;
