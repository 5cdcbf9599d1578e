import type { Place } from './place.js';
import { defineProbe } from './probe.js';
import { helloAsker, refusalInWords } from './raw-hello.js';
import { hasHandshake } from './handshake-control.js';
import { tls10, tls11, tls12, tls13 } from './versions.js';

/** Whether a client that falls back to an older version, and says so, is stopped (RFC 7507). */
export interface FallbackFacts {
  /** The old version that was offered; absent where the server has none below its newest and below TLS 1.2. */
  readonly offered?: string;
  /** It was served in spite of a newer version that both know. */
  readonly served?: boolean;
  readonly detail?: string;
  readonly at?: Place;
}

/** One hello where the server accepts an old version, else none; the port's connections go to weak suites first. */
export const fallback = defineProbe<FallbackFacts>({
  id: 'fallback',
  scope: 'listener',
  cost: 1,
  phase: 'look',
  follows: true,
  intrusiveness: 'passive',
  run: async (context) => {
    await hasHandshake(context);
    const [oldest, older, newer, newest] = [
      await context.facts(tls10),
      await context.facts(tls11),
      await context.facts(tls12),
      await context.facts(tls13),
    ];
    const hasNew = newer.accepted || newest.accepted;
    const offered =
      older.accepted && hasNew ? 'TLSv1.1' : oldest.accepted && (older.accepted || hasNew) ? 'TLSv1' : undefined;
    if (offered === undefined) return {};
    const { answer, at } = await helloAsker(context)({ versions: [offered], fallback: true });
    const served = answer.kind === 'server-hello' && answer.complete;
    return {
      offered,
      served,
      detail: served ? answer.version : refusalInWords(answer),
      ...(at && { at }),
    };
  },
});
