import { knownGroups, type TlsVersion } from '../tls/registries.js';
import {
  enumerateGroups,
  enumerateSuites,
  suitesOfFamily,
  type AcceptedSuite,
  type Companions,
  type Enumerated,
  type SuiteFamily,
} from './enumeration.js';
import { hasHandshake } from './handshake-control.js';
import type { Place } from './place.js';
import { defineProbe, type Probe, type ProbeContext } from './probe.js';
import { helloAsker } from './raw-hello.js';
import { Rider, type Ridden } from './rider.js';
import { dheFirstAnswer } from './suites.js';
import { tls10, tls11, tls12, tls13, type VersionFacts } from './versions.js';

// Enumerations that share hellos: what one finds out by the way another need not ask.

/** The server's half of a key exchange, and the group or size that it belongs to. */
export interface SeenKey {
  readonly of: string;
  readonly value: Buffer;
  readonly at?: Place;
}

/** The suites of a family, and what else their hellos showed. */
export interface FamilyFacts extends Enumerated<AcceptedSuite> {
  readonly keys: readonly SeenKey[];
  /** Schemes with which the server signs. */
  readonly schemes?: Ridden;
}

/** Each a probe of its own, so that as many run side by side as the audit allows. */
export const familyProbe = (
  version: TlsVersion,
  family: SuiteFamily,
  accepted: Probe<VersionFacts>,
  companions: (context: ProbeContext) => Promise<Companions> | Companions = () => ({}),
): Probe<FamilyFacts | undefined> =>
  defineProbe({
    id: `suites-${version.toLowerCase().replaceAll('.', '-')}-${family}`,
    scope: 'listener',
    cost: 100,
    phase: 'look',
    intrusiveness: 'passive',
    run: async (context) => {
      await hasHandshake(context);
      if (!(await context.facts(accepted)).accepted) return undefined;
      const own = await companions(context);
      const keys: SeenKey[] = [];
      const found = await enumerateSuites(helloAsker(context), version, family, {
        ...own,
        onExchange: ({ group, dhBits, publicValue }, at) => {
          const of = group ?? dhBits;
          if (of !== undefined && publicValue !== undefined)
            keys.push({ of: String(of), value: publicValue, ...(at && { at }) });
        },
      });
      return { ...found, keys, ...(own.rider && { schemes: own.rider.found }) };
    },
  });

/** Groups of the newest of these versions that is accepted, and the suites that their hellos showed. */
export interface EliminatedGroups extends Enumerated<string> {
  readonly suites: Ridden;
}

const groupsOf = (
  id: string,
  versions: readonly ('TLSv1.3' | 'TLSv1.2' | 'TLSv1.1' | 'TLSv1')[],
  riding: readonly number[] = [],
): Probe<EliminatedGroups | undefined> =>
  defineProbe({
    id,
    scope: 'listener',
    cost: 40,
    phase: 'look',
    intrusiveness: 'passive',
    run: async (context) => {
      await hasHandshake(context);
      for (const version of versions) {
        const { accepted } = await context.facts(VERSIONS[version]);
        if (!accepted) continue;
        const rider = new Rider('cipherSuites', riding, ({ cipherSuite }) => cipherSuite);
        const found = await enumerateGroups(helloAsker(context), version, knownGroups(), rider);
        return { ...found, suites: rider.found };
      }
      return undefined;
    },
  });

const VERSIONS = { 'TLSv1.3': tls13, 'TLSv1.2': tls12, 'TLSv1.1': tls11, TLSv1: tls10 } as const;

/** Groups of TLS 1.3; its suites ride, since a HelloRetryRequest names both. */
export const newerGroups = groupsOf('groups-tlsv1-3', ['TLSv1.3'], suitesOfFamily('tls13'));

/** Groups of ECDHE up to TLS 1.2. */
export const olderGroups = groupsOf('groups-older', ['TLSv1.2', 'TLSv1.1', 'TLSv1']);

/** Schemes of TLS 1.3, and pairs of a hash and a signature as TLS 1.2 has them, down to MD5. */
export const SCHEMES: readonly number[] = [
  0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x081a, 0x081b, 0x081c, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b,
  0x0401, 0x0501, 0x0601, 0x0303, 0x0301, 0x0402, 0x0502, 0x0602, 0x0302, 0x0203, 0x0201, 0x0202, 0x0101,
];

/** ECDHE in TLS 1.2; the schemes of signatures ride. */
export const ecdheSuites = familyProbe('TLSv1.2', 'ecdhe', tls12, async (context) => ({
  ...(await chosenBefore(context)),
  rider: new Rider('signatureAlgorithms', SCHEMES, ({ serverKeyExchange }) => serverKeyExchange?.signatureAlgorithm),
}));

/** DHE in TLS 1.2. */
export const dheSuites = familyProbe('TLSv1.2', 'dhe', tls12, (context) => chosenBefore(context));

/** What was chosen of suites of every family, DHE first, where that is asked for as well. */
const chosenBefore = async (context: ProbeContext): Promise<Companions> => {
  if (!context.isBegun(dheFirstAnswer)) return {};
  const first = await context.facts(dheFirstAnswer).catch(() => undefined);
  return first === undefined ? {} : { first };
};

/** Suites of TLS 1.3, without a hello where the groups are asked for as well. */
export const tls13Suites = familyProbe('TLSv1.3', 'tls13', tls13, async (context) => {
  if (!context.isBegun(newerGroups)) return {};
  const groups = await context.facts(newerGroups).catch(() => undefined);
  return groups === undefined ? {} : { known: groups.suites };
});
