import type { DialogueFacts } from './dialogue-facts.js';
import type { ProbeContext } from './probe.js';

/** A first dialogue that ends without a word: a server that is like this, or a limit or balancer that cut this connection. */
export class CutDialogues {
  readonly #context: ProbeContext;
  #cuts = 0;

  constructor(context: ProbeContext) {
    this.#context = context;
  }

  /** Whether it is not begun once more, however it ends: only then is it asked what a server waits for that hangs up at once. */
  get isLast(): boolean {
    return this.#context.depth === 'quick' || this.#cuts >= TIMES - 1;
  }

  /** Whether to begin once more after this one; who ends each of them so is like this. */
  isBegunAgain(facts: DialogueFacts): boolean {
    const isCut = this.#context.depth !== 'quick' && endsWithoutWord(facts);
    // What others began beside it may have been too much.
    if (isCut ? facts.handshake?.completed === true : this.#cuts > 0) this.#context.noteCut();
    if (isCut) this.#cuts += 1;
    return isCut && this.#cuts < TIMES;
  }
}

/** Not where it is known why: for want of a certificate, or since every connection ends so. A handshake that fails is looked into by itself. */
const endsWithoutWord = ({ opening, upgrade, handshake, endedInside }: DialogueFacts): boolean => {
  if (handshake?.asksForCertificate === true) return false;
  if (opening.kind === 'closed') return opening.came === undefined && opening.unheard !== true;
  return opening.kind === 'greeted' && (upgrade?.how === 'ended' || endedInside === true);
};

const TIMES = 3;
