import type { TranscriptEntry } from '../wire/entry.js';
import { serverBytes, type CommandAnswer } from './call-answers.js';
import { endpointText } from './listener.js';
import type { TranscriptLine } from './place.js';
import type { ProbeContext } from './probe.js';
import { isBusy, isNameRefused } from './threshold.js';

/** A refusal of the list itself: for now, or for good under every name that we have. A reply that knows no EHLO or CAPA is a fact of its own. */
export const isListRefused = (listed: CommandAnswer): boolean =>
  listed.final?.status !== 'ok' && (isNameRefused(listed) || isBusy(listed.final?.lines ?? []));

/** Why nothing is known of a list that was refused with this line. */
export const refusalInWords = ({ listener, acquaintance }: ProbeContext, { text }: TranscriptLine): string => {
  const names = [...acquaintance.refusedNames];
  const where = endpointText(listener.host, listener.port);
  return names.length === 0
    ? `${where} refuses to say what it offers: ${text}; try again later`
    : `${where} refuses EHLO ${names.join(' and EHLO ')}: ${text}; give a name that it accepts with --ehlo`;
};

/** What came of a list before the connection was closed without a goodbye (latin1); undefined where it was not. */
export const cutIn = (
  { protocol }: ProbeContext,
  { how, replies }: CommandAnswer,
  since: readonly TranscriptEntry[],
): string | undefined => {
  const came = serverBytes(since).toString('latin1');
  if (how !== 'ended' || replies.some(({ status }) => status === 'bye') || isBusy([came])) return undefined;
  // A POP3 server that hangs up on CAPA may serve those who do not ask.
  return came !== '' || protocol.helloVerb !== undefined ? came : undefined;
};

/**
 * A server that closes the connection in the middle of its capability list: a limit does not do that after the same octets each time.
 * Where nothing came of the list, it may have been one.
 */
export class CutLists {
  readonly #context: ProbeContext;
  readonly #cuts: string[] = [];

  constructor(context: ProbeContext) {
    this.#context = context;
  }

  /** Whether to ask once more after what came of the list; after the same for the last time, everybody is told. */
  async isAskedAgain(cut: string): Promise<boolean> {
    const { depth, acquaintance } = this.#context;
    const attempt = this.#cuts.push(cut);
    if (depth === 'quick' || cut !== this.#cuts[0]) return false;
    if (attempt < TIMES) return cut !== '' || this.#context.backOff(attempt);
    acquaintance.cutList = inWords(this.#context, cut);
    return false;
  }
}

const inWords = ({ protocol: { helloVerb } }: ProbeContext, cut: string): string => {
  const list = helloVerb === undefined ? 'its capability list' : `its answer to ${helloVerb}`;
  const last = cut
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .at(-1);
  return last === undefined
    ? `closes the connection instead of ${list}, ${TRIED}`
    : `closes the connection in the middle of ${list}, ${TRIED} after the same ${String(cut.length)} bytes (${last})`;
};

const TIMES = 3;
const TRIED = `${String(TIMES)} times of ${String(TIMES)}`;
