import { caseId, extraOf } from '../cases/case.js';
import { FINDINGS } from '../capture/findings.js';
import checks from '../checks/index.js';
import { PLACEHOLDERS } from '../clients/placeholders.js';
import presets from '../clients/presets/index.js';
import { presetSetUps } from '../clients/presets/preset.js';
import domainChecks from '../domain-checks/index.js';
import type { DomainCheck } from '../domain-checks/domain-check.js';
import profiles from '../profiles/index.js';
import { inWords } from '../protocols/in-words.js';
import protocols from '../protocols/index.js';
import { WELL_KNOWN_PORTS } from '../protocols/port-roles.js';
import scenarios from '../scenarios/index.js';
import type { Extra, Scenario } from '../scenarios/scenario.js';
import type { Check } from '../checks/check.js';
import { RECIPES } from '../tls/certificate-recipes.js';
import { SERVICES } from './services.js';

/** One row of `waxseal list`: a name, a title, and whatever else that kind has. */
export interface Listed {
  readonly id: string;
  readonly title: string;
  readonly [field: string]: unknown;
}

/** What `waxseal list` knows. */
export const KINDS = [
  'scenarios',
  'checks',
  'findings',
  'protocols',
  'ports',
  'certificates',
  'presets',
  'placeholders',
  'profiles',
] as const;
export type Kind = (typeof KINDS)[number];

/** Scenarios and checks of plug-ins. */
export interface Others {
  readonly scenarios: readonly Scenario[];
  readonly checks: readonly Check[];
}

/** Nothing but what waxseal has. */
export const NO_OTHERS: Others = { scenarios: [], checks: [] };

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1);

/** All there is of a kind, in a stable order. */
export const listOf = (kind: Kind, others: Others = NO_OTHERS): readonly Listed[] => {
  switch (kind) {
    case 'scenarios':
      return [...scenarios, ...others.scenarios].map(listedScenario).toSorted(byId);
    case 'checks':
      return [...[...checks, ...others.checks].map(listedCheck), ...domainChecks.map(listedDomainCheck)].toSorted(byId);
    case 'findings':
      return FINDINGS.map(({ id, title, severity, references, cve, cwe }) => ({
        id,
        title,
        severity,
        references,
        cve,
        cwe,
      })).toSorted(byId);
    case 'protocols':
      return Object.values(protocols).map(({ name, modes, upgradeVerb }) => ({
        id: name,
        title: `upgraded with ${upgradeVerb}`,
        modes: [...modes],
        ports: [...new Set(WELL_KNOWN_PORTS.filter((port) => port.protocol === name).map(({ port }) => port))],
      }));
    case 'ports':
      return SERVICES.map(({ name, clear, upgrade, implicit, apart = [], note, references }) => ({
        id: [...(clear === undefined ? [] : [clear]), ...implicit, ...apart].join(', '),
        title: `${name}: ${[
          ...(clear === undefined ? [] : [`${String(clear)} starts in clear (upgrade: ${upgrade ?? 'none'})`]),
          ...implicit.map((port) => `${String(port)} implicit TLS`),
          ...(apart.length === 0 ? [] : [`${apart.join(', ')}: the protocol encrypts by itself, without TLS`]),
        ].join(', ')}`,
        service: name,
        ...(clear !== undefined && { clear }),
        ...(upgrade !== undefined && { upgrade }),
        implicit,
        ...(apart.length > 0 && { apart }),
        ...(note !== undefined && { note }),
        references,
      }));
    case 'certificates':
      return Object.entries(RECIPES).map(([id, { title, faulty }]) => ({ id, title, faulty }));
    case 'presets':
      return presets.map((preset) => ({
        id: preset.name,
        title: preset.title,
        program: preset.program,
        packages: preset.packages,
        ...(preset.npm !== undefined && { npm: preset.npm }),
        ...(preset.remark !== undefined && { remark: preset.remark }),
        setUps: presetSetUps(preset),
      }));
    case 'profiles':
      return profiles.map(({ id, title, version, kind, source, rules }) => ({
        id,
        title: `${title}, ${version}${kind === 'controls' ? ' (evidence only)' : ''}`,
        kind,
        source,
        rules: rules.map(({ id: rule, section, says, level }) => ({ rule, section, says, level })),
      }));
    case 'placeholders':
      return PLACEHOLDERS.map((id) => ({ id, title: PLACEHOLDER_TITLES[id], variable: `WAXSEAL_${id.toUpperCase()}` }));
  }
};

const listedScenario = (scenario: Scenario): Listed => ({
  id: scenario.id,
  title: scenario.title,
  family: scenario.family,
  variants: [...new Set((scenario.variants ?? []).map(({ name }) => name))],
  further: casesWith(scenario, 'more'),
  slow: casesWith(scenario, 'slow'),
  protocols: scenario.protocols ?? Object.keys(protocols),
  modes: scenario.modes,
  seats: scenario.seats ?? ['server', 'middle'],
  needs: scenario.needs ?? [],
  covers: scenario.covers,
  references: scenario.references,
  cve: scenario.cve ?? [],
  cwe: scenario.cwe ?? [],
});

/** Cases of a scenario that are outside the default set for this reason. */
const casesWith = (scenario: Scenario, extra: Extra): string[] => [
  ...new Set(
    (scenario.variants ?? [undefined])
      .map((variant) => ({ scenario, ...(variant && { variant }) }))
      .filter((one) => extraOf(one) === extra)
      .map(caseId),
  ),
];

const listedCheck = (check: Check): Listed => ({
  id: check.id,
  title: check.title,
  severity: check.severity,
  intrusiveness: check.intrusiveness,
  protocols: check.protocols ?? Object.keys(protocols),
  modes: check.modes ?? ['starttls', 'implicit'],
  covers: check.covers,
  references: check.references,
  cve: check.cve ?? [],
  cwe: check.cwe ?? [],
});

const listedDomainCheck = ({ id, title, severity, covers, references }: DomainCheck): Listed => ({
  id,
  title,
  severity,
  intrusiveness: 'passive',
  of: 'domain',
  covers,
  references,
});

const PLACEHOLDER_TITLES: Readonly<Record<(typeof PLACEHOLDERS)[number], string>> = {
  host: 'name or address of the server',
  port: 'the server’s port',
  url: 'scheme, host and port',
  scheme: inWords([...new Set(WELL_KNOWN_PORTS.map(({ scheme }) => scheme))], 'or'),
  servername: 'the name that the certificate must carry',
  ip: 'the server’s IPv4 address',
  user: 'user name of this run',
  password: 'password of this run',
  token: 'OAuth 2.0 bearer token of this run',
  from: 'sender’s address',
  to: 'recipient’s address',
  message: 'file with the message to send',
  ca: 'PEM file with the session’s CA',
  ca_dir: 'folder with the session’s CA in a file that is named by OpenSSL’s hash',
  ca_p12: 'PKCS#12 file with the session’s CA',
  ca_jks: 'Java key store (JKS) with the session’s CA',
  home: 'the run’s home directory',
  dir: 'the run’s working directory',
};
