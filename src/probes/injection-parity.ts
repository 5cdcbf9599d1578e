import { lineInjection } from './injection.js';
import type { InjectionFacts } from './injection-facts.js';
import { defineProbe, NotObserved, type Door } from './probe.js';

/** What became of injected commands on the ports of one address. */
export interface InjectionParity {
  readonly own: PortInjection;
  /** Ascending by port. */
  readonly others: readonly PortInjection[];
}

/** One port. */
export interface PortInjection {
  readonly port: number;
  readonly isVulnerable: boolean;
  /** What shows it. */
  readonly tries: InjectionFacts;
}

/** Compares what was seen of each port with STARTTLS; no further connection is made. */
export const injectionParity = defineProbe<InjectionParity>({
  id: 'injection-parity',
  scope: 'host',
  cost: 0,
  phase: 'inject',
  intrusiveness: 'standard',
  run: async (context) => {
    const own = portInjection(context, await context.facts(lineInjection));
    if (context.siblings.length === 0) throw new NotObserved('no other port with STARTTLS was audited at this address');
    const others = await Promise.all(
      context.siblings.map(async (door) => {
        try {
          return portInjection(door, await door.facts(lineInjection));
        } catch {
          // What became of that port is told there.
          return undefined;
        }
      }),
    );
    const known = others.filter((other) => other !== undefined).sort((a, b) => a.port - b.port);
    if (known.length === 0) throw new NotObserved('on no other port of this address was anything injected');
    return { own, others: known };
  },
});

const portInjection = ({ listener: { port } }: Pick<Door, 'listener'>, tries: InjectionFacts): PortInjection => ({
  port,
  isVulnerable: tries.some(({ outcome }) => outcome === 'vulnerable'),
  tries,
});
