import { spokenDialogue } from './dialogue.js';
import type { TranscriptLine } from './place.js';
import { defineProbe } from './probe.js';
import { acquaintedCall } from './threshold.js';

/** What became of the names that were said in EHLO. */
export interface HelloNames {
  readonly refused: readonly { readonly name: string; readonly line: TranscriptLine }[];
  readonly accepted: readonly string[];
}

/** Says EHLO under names of several kinds: fully qualified, of one label, and whatever was refused before. */
export const helloNames = defineProbe<HelloNames>({
  id: 'hello-names',
  scope: 'listener',
  cost: 1,
  phase: 'behave',
  intrusiveness: 'standard',
  run: async (context) => {
    await spokenDialogue(context);
    const { acquaintance, protocol } = context;
    const call = await acquaintedCall(context);
    const accepted = acquaintance.ehlo === undefined ? [] : [acquaintance.ehlo];
    const refused: { name: string; line: TranscriptLine }[] = [];
    for (const name of new Set([...NAMES, ...acquaintance.refusedNames])) {
      const { final } = await call.ask(protocol.say.capabilities(call.tag(), name));
      const line = final?.said.at(-1);
      if (final === undefined || line === undefined) break;
      if (final.status === 'ok') accepted.push(name);
      else refused.push({ name, line });
    }
    call.quit();
    return { refused, accepted };
  },
});

const NAMES = ['waxseal.invalid', 'waxseal'];
