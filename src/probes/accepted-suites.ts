import { cipherSuite } from '../tls/cipher-suites.js';
import type { TlsVersion } from '../tls/registries.js';
import { ssl3 } from './broken-versions.js';
import { dheSuites, ecdheSuites, familyProbe, tls13Suites } from './elimination-probes.js';
import { isChoice, type AcceptedSuite, type SuiteFamily } from './enumeration.js';
import { defineProbe } from './probe.js';
import type { Place } from './place.js';
import { helloAsker, type HelloAnswer } from './raw-hello.js';
import { tls10, tls11, tls12, tls13 } from './versions.js';
import { WEAK_CLASSES } from './weak-suites.js';

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

/** Those whose hellos others take up. */
const SHARED = [ecdheSuites, dheSuites, tls13Suites];
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
    probe:
      SHARED.find(({ id }) => id === familyProbe(version, family, accepted).id) ??
      familyProbe(version, family, accepted),
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

/** Who chooses the suite of TLS 1.2, and how well. */
export interface PreferenceFacts {
  readonly prefers: 'server' | 'client' | 'unknown';
  /** IANA name of the choice where all that the server takes is offered, the strongest first. */
  readonly strongFirst?: string;
  /** The same, the weakest first. */
  readonly weakFirst?: string;
  /** The choice has no forward secrecy, or is no AEAD, though such suites were listed first. */
  readonly choosesWeaker?: boolean;
  readonly at?: Place;
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
    const ids = versions.find(({ version }) => version === 'TLSv1.2')?.suites.map(({ id }) => id) ?? [];
    if (ids.length < 2) return { prefers: 'unknown' };
    const ordered = ids.toSorted((a, b) => strength(b) - strength(a));
    const ask = helloAsker(context);
    const { answer: first, at } = await ask({ versions: ['TLSv1.2'], cipherSuites: ordered });
    const { answer: second } = await ask({ versions: ['TLSv1.2'], cipherSuites: ordered.toReversed() });
    const [strongFirst, weakFirst] = [chosenIn(first), chosenIn(second)];
    if (strongFirst === undefined || weakFirst === undefined)
      return { prefers: 'unknown', ...(strongFirst !== undefined && { strongFirst: cipherSuite(strongFirst).name }) };
    return {
      prefers: strongFirst === weakFirst ? 'server' : 'client',
      strongFirst: cipherSuite(strongFirst).name,
      weakFirst: cipherSuite(weakFirst).name,
      choosesWeaker: strength(strongFirst) < Math.max(...ids.map(strength)),
      ...(at && { at }),
    };
  },
});

/** The server's choice, by number. */
const chosenIn = (answer: HelloAnswer): number | undefined =>
  isChoice(answer, 'TLSv1.2') ? answer.cipherSuite : undefined;

/** Forward secrecy counts more than an AEAD; what is broken or proves nobody's identity counts nothing. */
const strength = (id: number): number => {
  const { classes } = cipherSuite(id);
  if (WEAK_CLASSES.some((each) => classes.has(each))) return 0;
  return 1 + (classes.has('forward-secret') ? 2 : 0) + (classes.has('aead') ? 1 : 0);
};
