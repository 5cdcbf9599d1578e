import { dheSuites, ecdheSuites, type SeenKey } from './elimination-probes.js';
import { suitesOfFamily } from './enumeration.js';
import { hasHandshake } from './handshake-control.js';
import type { Place } from './place.js';
import { defineProbe, NotObserved, type ProbeContext } from './probe.js';
import { helloAsker } from './raw-hello.js';
import { dhAnswer } from './dh-parameters.js';
import { tls12 } from './versions.js';

/** Whether a server makes a key of its own for each handshake of TLS 1.2. */
export interface EphemeralKeyFacts {
  /** Families in which two handshakes were seen, and the server's half of the key was the same in both. */
  readonly families: readonly { readonly family: 'ecdhe' | 'dhe'; readonly isReused: boolean; readonly at?: Place }[];
}

/** Two hellos for each of ECDHE and DHE, unless the suites are asked for as well. */
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
      const seen = await shown(context, family);
      for (let round = 0; pairIn(seen) === undefined && round < 2; round += 1) {
        const { answer, at } = await ask({ versions: ['TLSv1.2'], cipherSuites: suitesOfFamily(family) });
        const key = answer.kind === 'server-hello' ? answer.serverKeyExchange : undefined;
        if (key?.publicValue !== undefined)
          seen.push({ of: String(key.group ?? key.dhBits), value: key.publicValue, ...(at && { at }) });
      }
      const pair = pairIn(seen);
      if (pair !== undefined) families.push({ family, ...pair });
    }
    return { families };
  },
});

/** The keys that hellos of the enumeration of suites have shown, where it is made. */
const shown = async (context: ProbeContext, family: 'ecdhe' | 'dhe'): Promise<SeenKey[]> => {
  const probe = family === 'ecdhe' ? ecdheSuites : dheSuites;
  const facts = context.isBegun(probe) ? await context.facts(probe).catch(() => undefined) : undefined;
  return [...(facts?.keys ?? [])];
};

/** Two keys of one kind, the same ones where there are any. */
const pairIn = (seen: readonly SeenKey[]): { readonly isReused: boolean; readonly at?: Place } | undefined => {
  const pairs = seen.flatMap((one, index) =>
    seen
      .slice(index + 1)
      .flatMap((other) => (other.of === one.of ? [{ isReused: other.value.equals(one.value), other }] : [])),
  );
  const found = pairs.find(({ isReused }) => isReused) ?? pairs[0];
  return found && { isReused: found.isReused, ...(found.other.at && { at: found.other.at }) };
};
