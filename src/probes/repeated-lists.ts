import { spokenDialogue } from './dialogue.js';
import type { Line } from './place.js';
import { defineProbe, NotObserved } from './probe.js';
import { acquaintedCall, askCapabilities } from './threshold.js';

/** Whether STARTTLS was listed, connection by connection. */
export interface RepeatedLists {
  readonly lists: readonly { readonly starttls: boolean; readonly line?: Line }[];
}

/** Asks for the capability list on further connections: several servers may stand behind one address. */
export const repeatedLists = defineProbe<RepeatedLists>({
  id: 'repeated-lists',
  scope: 'listener',
  cost: 3,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    const { protocol } = context;
    const { outside, list } = await spokenDialogue(context);
    if (outside === undefined) throw new NotObserved('the server gives no list of what it offers');
    const lists: { starttls: boolean; line?: Line }[] = [listOf(outside.upgrade, list)];
    for (let connection = 2; connection <= CONNECTIONS; connection += 1) {
      const call = await acquaintedCall(context);
      // ManageSieve lists in its greeting, and again when asked.
      const heard = await askCapabilities(context, call);
      await call.quit();
      const offer = protocol.offer(heard.replies);
      const said = heard.replies.flatMap((reply) => reply.said);
      if (offer !== undefined) lists.push(listOf(offer.upgrade, said));
    }
    return { lists };
  },
});

const listOf = (starttls: boolean, [line]: readonly Line[]): { starttls: boolean; line?: Line } => ({
  starttls,
  ...(line && { line }),
});

const CONNECTIONS = 4;
