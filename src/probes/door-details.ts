import { acceptedGroups } from './accepted-groups.js';
import { acceptedSuites } from './accepted-suites.js';
import { insideOffer } from './offers.js';
import { endpointText } from './listener.js';
import { defineProbe, type Door, type Probe } from './probe.js';
import { alpnStrictness } from './strictness.js';

/** What depth `full` finds out about a door besides; what is absent is not known. */
export interface DoorDetails {
  /** `mail.example.org:993` */
  readonly where: string;
  /** By version; without versions of which not every refusal was an alert. */
  readonly suites?: Readonly<Record<string, readonly string[]>>;
  readonly groups?: { readonly tls13: readonly string[]; readonly older: readonly string[] };
  /** What it lists inside TLS besides logins and STARTTLS. */
  readonly capabilities?: readonly string[];
  /** What it chooses where its own protocol is offered by ALPN; `none` where it chooses nothing. */
  readonly alpn?: string;
}

/** The details of this listener, and those of the doors where TLS starts in the other way; empty below depth `full`. */
export const doorDetails = defineProbe<readonly DoorDetails[]>({
  id: 'door-details',
  scope: 'host',
  cost: 0,
  phase: 'behave',
  intrusiveness: 'passive',
  run: async (context) => {
    if (context.depth !== 'full' || context.otherDoors.length === 0) return [];
    const own: Door = { listener: context.listener, facts: (probe) => context.facts(probe) };
    const details: DoorDetails[] = [];
    for (const door of [own, ...context.otherDoors]) details.push(await detailsOf(door));
    return details;
  },
});

const detailsOf = async (door: Door): Promise<DoorDetails> => {
  const suites = await known(door, acceptedSuites);
  const groups = await known(door, acceptedGroups);
  const inside = await known(door, insideOffer);
  const alpn = await known(door, alpnStrictness);
  return {
    where: endpointText(door.listener.host, door.listener.port),
    ...(suites && {
      suites: Object.fromEntries(
        suites.versions
          // What was cut, or not answered, may be taken another time.
          .filter(({ refusals }) => Object.values(refusals).every((refusal) => refusal.startsWith('alert ')))
          .map((each) => [each.version, each.suites.map(({ suite }) => suite)]),
      ),
    }),
    ...(groups && { groups: { tls13: groups.tls13, older: groups.older } }),
    ...(inside && { capabilities: inside.offer.extensions.map((each) => each.toUpperCase()) }),
    ...(alpn?.own.served === true && { alpn: alpn.own.alpn ?? 'none' }),
  };
};

/** Undefined where it could not be observed. */
const known = async <T>(door: Door, probe: Probe<T>): Promise<T | undefined> => {
  try {
    return await door.facts(probe);
  } catch {
    return undefined;
  }
};
