import { spokenDialogue } from './dialogue.js';
import type { TranscriptLine } from './place.js';
import { defineProbe, NotObserved } from './probe.js';
import { acquaintedCall, askCapabilities } from './threshold.js';

/** Whether STARTTLS was listed, connection by connection. */
export interface RepeatedLists {
  readonly lists: readonly { readonly starttls: boolean; readonly line?: TranscriptLine }[];
}

/** Compares the capability lists of several connections: several servers may stand behind one address. */
export const repeatedLists = defineProbe<RepeatedLists>({
  id: 'repeated-lists',
  scope: 'listener',
  cost: 3,
  phase: 'behave',
  follows: true,
  intrusiveness: 'passive',
  run: async (context) => {
    const { outside } = await spokenDialogue(context);
    if (outside === undefined) throw new NotObserved('the server gives no list of what it offers');
    // A greeting may list less than the command does: only what came in the same way is compared.
    const from = (source: 'greeting' | 'command'): RepeatedLists['lists'] =>
      context.acquaintance.lists.filter((list) => list.from === source);
    const isMixed = (lists: RepeatedLists['lists']): boolean => new Set(lists.map(({ starttls }) => starttls)).size > 1;
    // Where some greetings list nothing, the lists in the others are those of one server only.
    const isUniform = from('greeting').length === 0 || context.acquaintance.bareGreetings === 0;
    const known = isUniform ? Math.max(from('greeting').length, from('command').length) : from('command').length;
    for (let extra = known; extra < ENOUGH[context.depth]; extra += 1) {
      const call = await acquaintedCall(context);
      if (context.protocol.helloVerb === undefined) await askCapabilities(context, call);
      call.quit();
    }
    const [greetings, answers] = [from('greeting'), from('command')];
    return {
      lists: isMixed(greetings) || (isUniform && greetings.length > answers.length) ? greetings : answers,
    };
  },
});

const ENOUGH = { quick: 1, normal: 3, full: 4 };
