import { suitesOfFamily } from './enumeration.js';
import { hasHandshake } from './handshake-control.js';
import type { Place } from './place.js';
import { defineProbe, NotObserved } from './probe.js';
import { helloAsker } from './raw-hello.js';
import { dhAnswer } from './dh-parameters.js';
import { tls12 } from './versions.js';

/** Whether a server makes a key of its own for each handshake of TLS 1.2. */
export interface EphemeralKeyFacts {
  /** Families in which two handshakes were seen, and the server's half of the key was the same in both. */
  readonly families: readonly { readonly family: 'ecdhe' | 'dhe'; readonly isReused: boolean; readonly at?: Place }[];
}

/** Two hellos for each of ECDHE and DHE. */
export const ephemeralKeys = defineProbe<EphemeralKeyFacts>({
  id: 'ephemeral-keys',
  scope: 'listener',
  cost: 4,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    await hasHandshake(context);
    if (!(await context.facts(tls12)).accepted) throw new NotObserved('TLS 1.2 is refused; TLS 1.3 hides nothing here');
    const { suite: dhe } = await context.facts(dhAnswer);
    const ask = helloAsker(context);
    const families: EphemeralKeyFacts['families'][number][] = [];
    for (const family of dhe === undefined ? (['ecdhe'] as const) : (['ecdhe', 'dhe'] as const)) {
      const values: Buffer[] = [];
      let at: Place | undefined;
      for (let round = 0; round < 2; round += 1) {
        const { answer, at: seen } = await ask({ versions: ['TLSv1.2'], cipherSuites: suitesOfFamily(family) });
        const value = answer.kind === 'server-hello' ? answer.serverKeyExchange?.publicValue : undefined;
        if (value !== undefined) values.push(value);
        at = seen ?? at;
      }
      const [first, second] = values;
      if (first !== undefined && second !== undefined)
        families.push({ family, isReused: first.equals(second), ...(at && { at }) });
    }
    return { families };
  },
});
