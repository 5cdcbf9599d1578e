import type { Cause } from '../verdict/evidence.js';
import type { PresetSetUp } from '../clients/presets/preset.js';
import { PROTOCOL_NAMES } from '../protocols/names.js';
import { FINDINGS, type Finding } from '../capture/findings.js';
import checks from '../checks/index.js';
import protocols from '../protocols/index.js';
import type { Check } from '../checks/check.js';
import { FAMILIES, FAMILY_NAMES } from '../scenarios/family.js';
import { chainScenario } from '../scenarios/chain-scenario.js';
import registry from '../scenarios/index.js';
import type { Extra, Scenario } from '../scenarios/scenario.js';
import domainChecks from '../domain-checks/index.js';
import type { DomainCheck } from '../domain-checks/domain-check.js';
import profiles from '../profiles/index.js';
import type { Profile } from '../profiles/profile.js';
import { RECIPES } from '../tls/certificate-recipes.js';
import { ADVICE, CAUSES } from './advice.js';
import { KINDS, listOf, NO_OTHERS, type Kind, type Listed, type Others } from './catalogue.js';
import { CLAIMS, type Claim } from './claims.js';
import { QUESTIONS } from './questions.js';
import { SERVICES } from './services.js';
import { WORDS } from './words.js';

/** What is known of something, as titled paragraphs. */
export interface Explanation {
  readonly kind:
    'word' | 'scenario' | 'check' | 'finding' | 'profile' | 'family' | 'cause' | 'port' | 'topic' | SimpleKind;
  readonly title: string;
  readonly paragraphs: readonly (readonly [heading: string, text: string])[];
}

/** Kinds of things of which `waxseal list` says everything. */
type SimpleKind = 'protocol' | 'certificate' | 'preset' | 'placeholder';
const SIMPLE_KINDS: Readonly<Partial<Record<Kind, SimpleKind>>> = {
  protocols: 'protocol',
  certificates: 'certificate',
  presets: 'preset',
  placeholders: 'placeholder',
};

/** Those of the registry, and what the chains of `--chains` are variants of. */
const scenarios: readonly Scenario[] = [...registry, chainScenario];

/**
 * Explains a scenario, a case, a check, a port, a topic, a family of attacks, a cause, a word of waxseal’s own, or anything
 * that `waxseal list` names; all of them where several have this name.
 */
export const explanationsOf = (id: string, others: Others = NO_OTHERS): readonly Explanation[] => {
  if (/^\d{1,5}(?:\s*,\s*\d{1,5})*$/.test(id)) {
    const found = id.split(',').map((port) => portExplanation(Number(port)));
    return found.some((each) => each.length === 0) ? [] : found.flat();
  }
  const [name = '', variant] = id.replace(/@.*$/, '').toLowerCase().split('/');
  return [
    ...wordExplanations(id),
    ...[...scenarios, ...others.scenarios]
      .filter((each) => each.id === name)
      .filter(({ variants = [] }) => variant === undefined || variants.some((each) => each.name === variant))
      .map((each) => scenarioExplanation(each, variant)),
    ...[...checks, ...others.checks].filter((each) => variant === undefined && each.id === name).map(checkExplanation),
    ...domainChecks.filter((each) => variant === undefined && each.id === name).map(domainCheckExplanation),
    ...FINDINGS.filter((each) => variant === undefined && each.id === name).map(findingExplanation),
    ...profiles.filter((each) => variant === undefined && each.id === name).map(profileExplanation),
    ...FAMILY_NAMES.filter((family) => family === id.toLowerCase()).map(familyExplanation),
    ...CAUSE_NAMES.filter((cause) => cause === id.toLowerCase()).map(causeExplanation),
    ...KINDS.flatMap((kind) =>
      listOf(kind)
        .filter((listed) => listed.id === id.toLowerCase())
        .flatMap((listed) => simpleExplanation(SIMPLE_KINDS[kind], listed)),
    ),
    ...QUESTIONS.filter(({ topic }) => topic === id.toLowerCase()).map(
      ({ topic, question, answer, references: sources }): Explanation => ({
        kind: 'topic',
        title: question,
        paragraphs: [
          ['Answer', answer],
          ['References', sources.join(', ')],
          ...CLAIMS.filter(({ topics = [] }) => topics.includes(topic)).map(oftenSaid),
        ],
      }),
    ),
    ...(id.toLowerCase() === ALL_CLAIMS
      ? [{ kind: 'topic' as const, title: 'What is often said of ports and TLS', paragraphs: CLAIMS.map(oftenSaid) }]
      : []),
  ];
};

/** The topic that lists every claim. */
const ALL_CLAIMS = 'claims';

const oftenSaid = ({ claim, correction, references: sources }: Claim): readonly [string, string] => [
  `Often said: “${claim}”`,
  `${correction} (${sources.join(', ')})`,
];

/** Everything that can be explained by name. */
export const explainable = (others: Others = NO_OTHERS): string[] => [
  ...[...scenarios, ...others.scenarios].map(({ id }) => id),
  ...[...checks, ...others.checks].map(({ id }) => id),
  ...domainChecks.map(({ id }) => id),
  ...FINDINGS.map(({ id }) => id),
  ...profiles.map(({ id }) => id),
  ...QUESTIONS.map(({ topic }) => topic),
  ALL_CLAIMS,
  ...Object.keys(WORDS),
  ...FAMILY_NAMES,
  ...CAUSE_NAMES,
  ...KINDS.filter((kind) => SIMPLE_KINDS[kind] !== undefined).flatMap((kind) => listOf(kind).map(({ id }) => id)),
];

const CAUSE_NAMES = Object.keys(CAUSES) as Cause[];

/** The word itself, or what it is the plural of; `go-ahead` and `go ahead` are one. */
const wordExplanations = (id: string): readonly Explanation[] => {
  const asked = id.toLowerCase();
  const forms = [asked, asked.replace(/s$/, ''), asked.replace(/ies$/, 'y')];
  const all = forms.flatMap((form) => [form, form.replaceAll('-', ' '), form.replaceAll(' ', '-')]);
  const [word] = all.filter((form) => WORDS[form] !== undefined);
  return word === undefined
    ? []
    : [{ kind: 'word' as const, title: word, paragraphs: [['Meaning', WORDS[word] ?? ''] as const] }];
};

const familyExplanation = (family: (typeof FAMILY_NAMES)[number]): Explanation => ({
  kind: 'family',
  title: `${family}: ${FAMILIES[family].title}`,
  paragraphs: [
    [
      'Scenarios',
      scenarios
        .filter((each) => each.family === family)
        .map(({ id }) => id)
        .join(', '),
    ],
    [
      'With --tls-policy opportunistic',
      FAMILIES[family].opportunistic === 'downgradable'
        ? 'a client that goes on without trusted TLS is downgradable, which is no failure'
        : 'a client with this flaw is unsafe all the same',
    ],
  ],
});

const causeExplanation = (cause: Cause): Explanation => ({
  kind: 'cause',
  title: `${cause}: ${CAUSES[cause]}`,
  paragraphs: [
    ['Expected', ADVICE[cause].expected],
    ['Fix', ADVICE[cause].fix],
  ],
});

/** All that a list says of it. */
const simpleExplanation = (kind: SimpleKind | undefined, { id, title, ...fields }: Listed): readonly Explanation[] =>
  kind === undefined
    ? []
    : [
        {
          kind,
          title: `${id}: ${title}`,
          paragraphs: Object.entries(fields).flatMap(([field, value]) =>
            Array.isArray(value) || typeof value === 'string' || typeof value === 'boolean'
              ? some(FIELD_WORDS[field] ?? field, wordsIn(value))
              : [],
          ),
        },
      ];

const wordsIn = (value: string | boolean | readonly unknown[]): string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'boolean'
      ? [value ? 'yes' : 'no']
      : value.map((each: unknown) => (isSetUp(each) ? setUpWords(each) : String(each)));

const isSetUp = (value: unknown): value is PresetSetUp =>
  typeof value === 'object' && value !== null && 'protocol' in value && 'policy' in value;

/** As in the key of a case. */
const setUpWords = ({ protocol, tls, policy }: PresetSetUp): string =>
  `${protocol}+${tls}${policy === 'opportunistic' ? ' if available' : ''}`;

const FIELD_WORDS: Readonly<Record<string, string>> = {
  modes: 'TLS modes',
  ports: 'Ports',
  faulty: 'Clients must refuse it',
  program: 'Program',
  packages: 'Debian packages',
  npm: 'npm package',
  remark: 'Remark',
  setUps: 'Set-ups',
  variable: 'Environment variable',
};

/** What an attack on clients does, why, and how to try it. */
export const scenarioExplanation = (scenario: Scenario, variant?: string): Explanation => {
  const flaws = new Set(
    (scenario.variants ?? [{ name: '' }])
      .filter(({ name }) => variant === undefined || name === variant)
      .map((each) => (typeof scenario.flaw === 'function' ? scenario.flaw(each) : scenario.flaw).name),
  );
  const tried = scenario.variants?.find(({ name }) => name === variant);
  return {
    kind: 'scenario',
    title: `${scenario.id}${variant === undefined ? '' : `/${variant}`}: ${scenario.title}`,
    paragraphs: [
      ['Why', scenario.why],
      ['Family', `${scenario.family} (${FAMILIES[scenario.family].title})`],
      ['Attack', doings(scenario)],
      ...some('This variant', [variantWords(scenario, variant).join('; ')].filter(Boolean)),
      ['Finds', `a client that ${[...flaws].join('; or ')}`],
      ...some(variant === undefined ? 'Variants' : 'All variants', variantNames(scenario, undefined)),
      ...some('With --all only', variantNames(scenario, 'more')),
      ...some('With --all only, and slow', variantNames(scenario, 'slow')),
      ['Protocols', `${(scenario.protocols ?? ['all']).join(', ')}; ${scenario.modes.join(' and ')}`],
      ...some(
        'Needs',
        (scenario.needs ?? []).length === 0 ? [] : ['real host names or ports below 1024: --place cell'],
      ),
      ...references(scenario),
      [
        'Try it',
        scenario.asks === undefined
          ? `waxseal test --protocol ${(tried?.protocols ?? scenario.protocols ?? PROTOCOL_NAMES)[0] ?? 'PROTOCOL'} --tls ${(tried?.modes ?? scenario.modes)[0] ?? 'starttls'} ${scenario === chainScenario ? '--chains builtin' : `--scenario ${scenario.id}${variant === undefined ? '' : `/${variant}`}`}${(scenario.needs ?? []).length === 0 ? '' : ' --place cell'} -- COMMAND`
          : `waxseal serve --protocol ${(tried?.protocols ?? scenario.protocols ?? PROTOCOL_NAMES)[0] ?? 'PROTOCOL'} --tls ${(tried?.modes ?? scenario.modes)[0] ?? 'starttls'} --scenario ${scenario.id}${variant === undefined ? '' : `/${variant}`} --rotate visit`,
      ],
    ],
  };
};

/** What a variant does: in words of its own, or by the reply, fault or kind of TLS that its row holds. */
const variantWords = ({ id, variants = [] }: Scenario, variant: string | undefined): string[] => [
  ...new Set(
    variants
      .filter(({ name }) => name === variant)
      .map((row) => {
        const { name, does, protocols: only } = row;
        const where = only?.length === 1 ? `${only.map((each) => protocols[each].title).join()}: ` : '';
        const field = (key: string): string | undefined => {
          const value: unknown = Reflect.get(row, key);
          return typeof value === 'string' ? value : undefined;
        };
        const [reply, fault, how, greets] = [field('reply'), field('fault'), field('how'), field('greeting')];
        if (does !== undefined) return where + does;
        if (reply !== undefined) return `${where}the reply is “${reply.replaceAll('TAG', 'A1')}”`;
        if (greets !== undefined) return `${where}the greeting is “${greets}”`;
        if (fault !== undefined) return `a client is unsafe if it goes on with ${fault}`;
        if (how !== undefined) return `TLS ${how.replace(/^TLS /, '')}`;
        return id === 'certificate-fault'
          ? (Object.entries(RECIPES).find(([recipe]) => recipe === name)?.[1].title ?? '')
          : '';
      })
      .filter((words) => words !== ''),
  ),
];

/** Variants in the default set, or those that are out of it for this reason. */
const variantNames = (scenario: Scenario, extra: Extra | undefined): string[] => [
  ...new Set(
    (scenario.variants ?? []).filter((variant) => (variant.extra ?? scenario.extra) === extra).map(({ name }) => name),
  ),
];

/** What a rule for servers finds, why it matters, and what mends it. */
export const checkExplanation = (check: Check): Explanation => ({
  kind: 'check',
  title: `${check.id}: ${check.title}`,
  paragraphs: [
    ['Why', check.why],
    ['Severity', check.severity],
    ['Method', `${check.intrusiveness}: ${WORDS[check.intrusiveness] ?? ''}`],
    [
      'Finds',
      'a server that ' +
        [
          ...new Set(
            (Array.isArray(check.flaw)
              ? (check.flaw as readonly { name: string }[])
              : [check.flaw as { name: string }]
            ).map(({ name }) => name),
          ),
        ].join('; or '),
    ],
    ['Server log', check.logLines ?? 'nothing that fail2ban would count'],
    ...Object.entries(check.remedy).map(([software, remedy]): [string, string] => [`Remedy, ${software}`, remedy]),
    ...references(check),
    ['Try it', `waxseal audit --check ${check.id} TARGET`],
  ],
});

/** What a rule for domains finds, why it matters, and what mends it. */
export const domainCheckExplanation = ({
  id,
  title,
  why,
  severity,
  remedy,
  references: list,
  beyondMx,
}: DomainCheck): Explanation => ({
  kind: 'check',
  title: `${id}: ${title}`,
  paragraphs: [
    ['Why', why],
    ['Severity', severity],
    [
      'Looks at',
      beyondMx === true ? 'DNS and web servers, with --domain' : 'DNS and web servers, with --domain or --mx',
    ],
    ['Remedy', remedy],
    ['References', list.join(', ')],
    ['Try it', `waxseal audit DOMAIN ${beyondMx === true ? '--domain' : '--mx'} --check ${id}`],
  ],
});

/** What a capture can show, why it matters, and what mends it. */
export const findingExplanation = (finding: Finding): Explanation => ({
  kind: 'finding',
  title: `${finding.id}: ${finding.title}`,
  paragraphs: [
    ['Why', finding.why],
    ['Severity', `${finding.severity} at most`],
    ['Remedy', finding.remedy],
    ...references(finding),
    ['Try it', `waxseal judge CAPTURE${finding.isOnPath === true ? ' --other-side CAPTURE' : ''}`],
  ],
});

/** Where a rule holds, if not on all ports. */
const ON = {
  users: ' (on ports where users log in)',
  servers: ' (on ports for other servers)',
  domain: ' (with --domain)',
};

/** What a norm asks for, rule by rule. */
export const profileExplanation = ({ id, title, version, kind, source, leavesOut, rules }: Profile): Explanation => ({
  kind: 'profile',
  title: `${id}: ${title}, ${version}`,
  paragraphs: [
    [
      'Meaning',
      kind === 'controls'
        ? 'evidence for an assessor; meeting these rules does not prove compliance'
        : 'recommendations for the configuration of TLS',
    ],
    ...rules.map(({ section, says, level, on }): [string, string] => [
      `${section}, ${level}`,
      `${says}${on === undefined ? '' : ON[on]}`,
    ]),
    ['Not judged', leavesOut],
    ['Source', source],
    ['Try it', `waxseal audit --profile ${id} TARGET`],
  ],
});

const portExplanation = (port: number): readonly Explanation[] => {
  const services = SERVICES.filter(
    ({ clear, implicit, apart = [] }) => clear === port || implicit.includes(port) || apart.includes(port),
  );
  const claims = CLAIMS.filter(({ ports }) => ports.includes(port));
  if (services.length === 0 && claims.length === 0) return [];
  const explanation: Explanation = {
    kind: 'port',
    title:
      services.length === 0
        ? `Port ${String(port)} is not registered for mail`
        : `Port ${String(port)}: ${services.map(({ name }) => name).join(', ')}`,
    paragraphs: [
      ...services.flatMap((service): [string, string][] => [
        [
          'TLS',
          service.clear === port
            ? `starts in clear, ${service.upgrade?.startsWith('none') === true ? 'upgrade: ' : 'upgraded with '}${service.upgrade ?? 'nothing'}`
            : service.implicit.includes(port)
              ? 'implicit: from the first byte'
              : 'none: the protocol encrypts by itself',
        ],
        ...(service.clear === port && service.implicit.length > 0
          ? [['Implicit TLS instead', service.implicit.join(', ')] as [string, string]]
          : []),
        ...(service.implicit.includes(port) && service.clear !== undefined
          ? [['In clear, with an upgrade', String(service.clear)] as [string, string]]
          : []),
        ...some('Note', service.note === undefined ? [] : [service.note]),
        ['References', service.references.join(', ')],
      ]),
      ...claims.map(oftenSaid),
    ],
  };
  return [explanation];
};

const references = ({
  references: list,
  cve = [],
  cwe = [],
}: Pick<Scenario, 'references' | 'cve' | 'cwe'>): [string, string][] => [
  ['References', [...list, ...cve, ...cwe].join(', ')],
];

const some = (heading: string, list: readonly string[]): [string, string][] =>
  list.length === 0 ? [] : [[heading, list.join(', ')]];

/** In its own words, or what it changes, from its rules. */
const doings = ({ attack, tamper, certificate, connectBy, others, plaintext, family }: Scenario): string => {
  const moments = Object.keys(tamper).map((moment) => MOMENT_WORDS[moment] ?? moment);
  const parts = [
    ...(attack !== undefined ? [attack] : []),
    ...(attack === undefined && moments.length > 0 ? [`changes ${moments.join(', ')}`] : []),
    ...(attack === undefined && certificate !== undefined ? ['presents a faulty certificate'] : []),
    ...(attack === undefined && connectBy === 'address' ? ['gives the client an IP address instead of a name'] : []),
    ...(attack === undefined && others !== undefined ? ['changes the other mail ports too'] : []),
    ...(plaintext === 'refused' || family === 'certificate' ? [] : ['accepts a plaintext login']),
  ];
  return `the server ${parts.join('; ')}`;
};

const MOMENT_WORDS: Readonly<Record<string, string>> = {
  accept: 'the start of the connection',
  greeting: 'the greeting',
  capabilities: 'the capability list',
  identify: 'the answer to ID',
  other: 'the answers to other commands',
  starttls: 'the answer to STARTTLS',
  handshake: 'the handshake',
  insideTls: 'the first moment inside TLS',
  login: 'the login',
  mailbox: 'commands on mailboxes',
  message: 'the message',
  quit: 'the answer to QUIT or LOGOUT',
};
