import { PROTOCOL_NAMES } from '../protocols/names.js';
import checks from '../checks/index.js';
import type { Check } from '../checks/check.js';
import { FAMILIES } from '../scenarios/family.js';
import { chainScenario } from '../scenarios/chain-scenario.js';
import registry from '../scenarios/index.js';
import type { Extra, Scenario } from '../scenarios/scenario.js';
import profiles from '../profiles/index.js';
import type { Profile } from '../profiles/profile.js';
import { CLAIMS, QUESTIONS, SERVICES } from './ports.js';
import { WORDS } from './words.js';

/** What is known of something, as titled paragraphs. */
export interface Explanation {
  readonly kind: 'word' | 'scenario' | 'check' | 'profile' | 'port' | 'topic';
  readonly title: string;
  readonly paragraphs: readonly (readonly [heading: string, text: string])[];
}

/** Those of the registry, and what the chains of `--chains` are variants of. */
const scenarios: readonly Scenario[] = [...registry, chainScenario];

/** Explains a scenario, a case, a check, a port, a topic or a word of waxseal’s own; all of them where several have this name. */
export const explanationsOf = (id: string): readonly Explanation[] => {
  if (/^\d{1,5}$/.test(id)) return portExplanation(Number(id));
  const [name = '', variant] = id.replace(/@.*$/, '').split('/');
  const word = WORDS[id.toLowerCase()] ?? WORDS[id.toLowerCase().replace(/s$/, '')];
  return [
    ...(word === undefined ? [] : [{ kind: 'word' as const, title: id, paragraphs: [['Meaning', word]] as const }]),
    ...scenarios
      .filter((each) => each.id === name)
      .filter(({ variants = [] }) => variant === undefined || variants.some((each) => each.name === variant))
      .map((each) => scenarioExplanation(each, variant)),
    ...checks.filter((each) => variant === undefined && each.id === name).map(checkExplanation),
    ...profiles.filter((each) => variant === undefined && each.id === name).map(profileExplanation),
    ...QUESTIONS.filter(({ topic }) => topic === id.toLowerCase()).map(({ question, answer, references: sources }) => ({
      kind: 'topic' as const,
      title: question,
      paragraphs: [
        ['Answer', answer],
        ['References', sources.join(', ')],
      ] as const,
    })),
  ];
};

/** Everything that can be explained by name. */
export const explainable = (): string[] => [
  ...scenarios.map(({ id }) => id),
  ...checks.map(({ id }) => id),
  ...profiles.map(({ id }) => id),
  ...QUESTIONS.map(({ topic }) => topic),
  ...Object.keys(WORDS),
];

/** What an attack on clients does, why, and how to try it. */
export const scenarioExplanation = (scenario: Scenario, variant?: string): Explanation => {
  const flaws = new Set(
    (scenario.variants ?? [{ name: '' }])
      .filter(({ name }) => variant === undefined || name === variant)
      .map((each) => (typeof scenario.flaw === 'function' ? scenario.flaw(each) : scenario.flaw).name),
  );
  return {
    kind: 'scenario',
    title: `${scenario.id}${variant === undefined ? '' : `/${variant}`}: ${scenario.title}`,
    paragraphs: [
      ['Why', scenario.why],
      ['Family', `${scenario.family} (${FAMILIES[scenario.family].title})`],
      ['Attack', doings(scenario)],
      ['Finds', `a client that ${[...flaws].join('; or ')}`],
      ...some('Variants', variantNames(scenario, undefined)),
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
        `waxseal test --protocol ${(scenario.protocols ?? PROTOCOL_NAMES)[0] ?? 'PROTOCOL'} --tls ${scenario.modes[0] ?? 'starttls'} ${scenario === chainScenario ? '--chains builtin' : `--scenario ${scenario.id}`} -- COMMAND`,
      ],
    ],
  };
};

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
    ['Severity', `${check.severity}, ${check.intrusiveness}`],
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

/** What a norm asks for, rule by rule. */
export const profileExplanation = ({ id, title, version, kind, source, leavesOut, rules }: Profile): Explanation => ({
  kind: 'profile',
  title: `${id}: ${title}, ${version}`,
  paragraphs: [
    [
      'Meaning',
      kind === 'controls'
        ? 'evidence for controls of this standard; no claim that it is complied with'
        : 'a guideline for the configuration of TLS',
    ],
    ...rules.map(({ section, says, level, on }): [string, string] => [
      `${section}, ${level}`,
      `${says}${on === 'users' ? ' (on ports where users log in)' : ''}`,
    ]),
    ['Not judged', leavesOut],
    ['Source', source],
    ['Try it', `waxseal audit --profile ${id} TARGET`],
  ],
});

const portExplanation = (port: number): readonly Explanation[] => {
  const services = SERVICES.filter(({ clear, implicit }) => clear === port || implicit.includes(port));
  const claims = CLAIMS.filter(({ ports }) => ports.includes(port));
  if (services.length === 0 && claims.length === 0) return [];
  const explanation: Explanation = {
    kind: 'port',
    title:
      services.length === 0
        ? `Port ${String(port)} is not a mail port`
        : `Port ${String(port)}: ${services.map(({ name }) => name).join(', ')}`,
    paragraphs: [
      ...services.flatMap((service): [string, string][] => [
        [
          'TLS',
          service.clear === port
            ? `starts in clear, upgraded with ${service.upgrade ?? 'nothing'}`
            : 'implicit: from the first byte',
        ],
        ...(service.clear === port && service.implicit.length > 0
          ? [['Implicit TLS instead', service.implicit.join(', ')] as [string, string]]
          : []),
        ...(service.clear !== port && service.clear !== undefined
          ? [['In clear, with an upgrade', String(service.clear)] as [string, string]]
          : []),
        ...some('Note', service.note === undefined ? [] : [service.note]),
        ['References', service.references.join(', ')],
      ]),
      ...claims.map(({ claim, correction, references: sources }): [string, string] => [
        `Often said: “${claim}”`,
        `${correction} (${sources.join(', ')})`,
      ]),
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
