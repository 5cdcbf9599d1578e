import { cipherSuite } from '../tls/cipher-suites.js';
import type { TlsVersion } from '../tls/registries.js';
import { ssl3 } from './broken-versions.js';
import { enumerateSuites, isChoice, type AcceptedSuite, type Enumerated, type SuiteFamily } from './enumeration.js';
import { defineProbe, type Probe, type ProbeContext } from './probe.js';
import { helloAsker } from './raw-hello.js';
import { tls10, tls11, tls12, tls13, type VersionFacts } from './versions.js';
import { hasHandshake, WEAK_CLASSES } from './weak-suites.js';

/** The suites of one version. */
export interface VersionSuites {
  readonly version: TlsVersion;
  readonly suites: readonly AcceptedSuite[];
  /** By family, how what was left was refused. */
  readonly refusals: Readonly<Partial<Record<SuiteFamily, string>>>;
}

/** All suites of all versions. */
export interface SuitesFacts {
  readonly versions: readonly VersionSuites[];
}

/** Each a probe of its own, so that as many run side by side as the audit allows. */
const familyProbe = (
  version: TlsVersion,
  family: SuiteFamily,
  accepted: Probe<VersionFacts>,
): Probe<Enumerated<AcceptedSuite> | undefined> =>
  defineProbe({
    id: `suites-${version.toLowerCase().replaceAll('.', '-')}-${family}`,
    scope: 'listener',
    cost: 100,
    phase: 'look',
    intrusiveness: 'passive',
    run: async (context) => {
      await hasHandshake(context);
      if (!(await context.facts(accepted)).accepted) return undefined;
      return enumerateSuites(helloAsker(context), version, family);
    },
  });

const OLD_FAMILIES = ['ecdhe', 'dhe', 'rsa', 'other'] as const;
const PROBES = (
  [
    ['SSLv3', ssl3],
    ['TLSv1', tls10],
    ['TLSv1.1', tls11],
    ['TLSv1.2', tls12],
    ['TLSv1.3', tls13],
  ] as const
).map(([version, accepted]) => ({
  version,
  families: (version === 'TLSv1.3' ? (['tls13'] as const) : OLD_FAMILIES).map((family) => ({
    family,
    probe: familyProbe(version, family, accepted),
  })),
}));

/** Every suite of the registry that is taken in every version; a connection for each, and one more for each family. */
export const acceptedSuites = defineProbe<SuitesFacts>({
  id: 'accepted-suites',
  scope: 'listener',
  cost: 0,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    const versions = await Promise.all(
      PROBES.map(async ({ version, families }) => {
        const found = await Promise.all(
          families.map(async ({ family, probe }) => ({ family, facts: await context.facts(probe) })),
        );
        return {
          version,
          suites: found.flatMap(({ facts }) => facts?.accepted ?? []),
          refusals: Object.fromEntries(
            found.flatMap(({ family, facts }) => (facts === undefined ? [] : [[family, facts.refusal]])),
          ),
        };
      }),
    );
    return {
      versions: versions.filter(({ suites, refusals }) => suites.length > 0 || Object.keys(refusals).length > 0),
    };
  },
});

/** Who chooses the suite of TLS 1.2. */
export interface PreferenceFacts {
  /** The server's first choice where all that it takes is offered, strongest last. */
  readonly chosen?: string;
  readonly prefers: 'server' | 'client' | 'unknown';
  /** The choice has no forward secrecy, or is no AEAD, though such suites were offered too and are taken. */
  readonly choosesWeaker?: boolean;
}

/** Two hellos with the same suites in both orders. */
export const suitePreference = defineProbe<PreferenceFacts>({
  id: 'suite-preference',
  scope: 'listener',
  cost: 2,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    const { versions } = await context.facts(acceptedSuites);
    const taken = versions.find(({ version }) => version === 'TLSv1.2')?.suites ?? [];
    const ids = taken.map(({ id }) => id);
    if (ids.length < 2) return { prefers: 'unknown' };
    const ordered = ids.toSorted((a, b) => strength(b) - strength(a));
    const [strongFirst, weakFirst] = [
      await chosenFrom(context, ordered),
      await chosenFrom(context, ordered.toReversed()),
    ];
    if (strongFirst === undefined || weakFirst === undefined) return { prefers: 'unknown' };
    const best = Math.max(...ids.map(strength));
    return {
      chosen: cipherSuite(weakFirst).name,
      prefers: strongFirst === weakFirst ? 'server' : 'client',
      choosesWeaker: strength(strongFirst) < best,
    };
  },
});

/** The server's choice, by number. */
const chosenFrom = async (context: ProbeContext, cipherSuites: readonly number[]): Promise<number | undefined> => {
  const { answer } = await helloAsker(context)({ versions: ['TLSv1.2'], cipherSuites });
  return isChoice(answer, 'TLSv1.2') ? answer.cipherSuite : undefined;
};

/** Forward secrecy counts more than an AEAD; what is broken or proves nobody's identity counts nothing. */
const strength = (id: number): number => {
  const { classes } = cipherSuite(id);
  if (BROKEN.some((each) => classes.has(each))) return 0;
  return 1 + (classes.has('forward-secret') ? 2 : 0) + (classes.has('aead') ? 1 : 0);
};
const BROKEN = ['anon', 'null', ...WEAK_CLASSES] as const;
