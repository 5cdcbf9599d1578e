import { hasHandshake } from './handshake-control.js';
import type { Place } from './place.js';
import { defineProbe } from './probe.js';
import { helloAsker, refusalInWords } from './raw-hello.js';

/** What became of an ordinary hello in small records, and of the same in one. */
export interface FragmentedFacts {
  readonly outcome: 'served' | 'refused' | 'hangs';
  readonly detail: string;
  readonly whole: boolean;
  readonly at?: Place;
}

/** An ordinary ClientHello in records of 64 octets (RFC 8446 §5.1); where it is not served, once more in one record. */
export const fragmentedHello = defineProbe<FragmentedFacts>({
  id: 'fragmented-hello',
  scope: 'listener',
  cost: 2,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    await hasHandshake(context);
    const ask = helloAsker(context);
    const order = { versions: ['TLSv1.3', 'TLSv1.2'] } as const;
    const { answer, at } = await ask({ ...order, fragment: 64 });
    const place = at && { at };
    if (answer.kind === 'server-hello' && answer.complete)
      return { outcome: 'served', detail: answer.version, whole: true, ...place };
    const { answer: whole } = await ask(order);
    return {
      outcome: answer.kind === 'silent' ? 'hangs' : 'refused',
      detail: refusalInWords(answer),
      whole: whole.kind === 'server-hello' && whole.complete,
      ...place,
    };
  },
});
