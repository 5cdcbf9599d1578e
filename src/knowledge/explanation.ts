import { PROTOCOL_NAMES } from '../protocols/names.js';
import checks from '../checks/index.js';
import type { Check } from '../checks/check.js';
import { FAMILIES } from '../scenarios/family.js';
import scenarios from '../scenarios/index.js';
import type { Extra, Scenario } from '../scenarios/scenario.js';
import { CLAIMS, QUESTIONS, SERVICES } from './ports.js';
import { WORDS } from './words.js';

/** What is known of something, as titled paragraphs. */
export interface Explanation {
  readonly title: string;
  readonly paragraphs: readonly (readonly [heading: string, text: string])[];
}

/** Explains a scenario, a case, a check, a port, a topic or a word of waxseal’s own; undefined if there is no such thing. */
export const explanationOf = (id: string): Explanation | undefined => {
  if (/^\d{1,5}$/.test(id)) return portExplanation(Number(id));
  const [name = '', variant] = id.replace(/@.*$/, '').split('/');
  const scenario = scenarios.find((each) => each.id === name);
  if (
    scenario !== undefined &&
    (variant === undefined || scenario.variants?.some((each) => each.name === variant) === true)
  )
    return scenarioExplanation(scenario, variant);
  const check = variant === undefined ? checks.find((each) => each.id === name) : undefined;
  if (check !== undefined) return checkExplanation(check);
  const word = WORDS[id.toLowerCase()] ?? WORDS[id.toLowerCase().replace(/s$/, '')];
  if (word !== undefined) return { title: id, paragraphs: [['Meaning', word]] };
  const topic = QUESTIONS.find((each) => each.topic === id.toLowerCase());
  return topic === undefined
    ? undefined
    : {
        title: topic.question,
        paragraphs: [
          ['Answer', topic.answer],
          ['References', topic.references.join(', ')],
        ],
      };
};

/** Everything that can be explained by name. */
export const explainable = (): string[] => [
  ...scenarios.map(({ id }) => id),
  ...checks.map(({ id }) => id),
  ...QUESTIONS.map(({ topic }) => topic),
  ...Object.keys(WORDS),
];

const scenarioExplanation = (scenario: Scenario, variant: string | undefined): Explanation => {
  const flaws = new Set(
    (scenario.variants ?? [{ name: '' }])
      .filter(({ name }) => variant === undefined || name === variant)
      .map((each) => (typeof scenario.flaw === 'function' ? scenario.flaw(each) : scenario.flaw).name),
  );
  return {
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
        `waxseal test --protocol ${(scenario.protocols ?? PROTOCOL_NAMES)[0] ?? 'PROTOCOL'} --tls ${scenario.modes[0] ?? 'starttls'} --scenario ${scenario.id} -- COMMAND`,
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

const checkExplanation = (check: Check): Explanation => ({
  title: `${check.id}: ${check.title}`,
  paragraphs: [
    ['Why', check.why],
    ['Severity', `${check.severity}, ${check.intrusiveness}`],
    [
      'Finds',
      'a server that ' +
        (Array.isArray(check.flaw) ? (check.flaw as readonly { name: string }[]) : [check.flaw as { name: string }])
          .map(({ name }) => name)
          .join('; or '),
    ],
    ['Server log', check.logLines ?? 'nothing that fail2ban would count'],
    ...Object.entries(check.remedy).map(([software, remedy]): [string, string] => [`Remedy, ${software}`, remedy]),
    ...references(check),
    ['Try it', `waxseal audit --check ${check.id} TARGET`],
  ],
});

const portExplanation = (port: number): Explanation | undefined => {
  const services = SERVICES.filter(({ clear, implicit }) => clear === port || implicit.includes(port));
  const claims = CLAIMS.filter(({ ports }) => ports.includes(port));
  if (services.length === 0 && claims.length === 0) return undefined;
  return {
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

/** What the scenario changes, from its rules. */
const doings = ({ tamper, certificate, connectBy, others, plaintext }: Scenario): string => {
  const moments = Object.keys(tamper).map((moment) => MOMENT_WORDS[moment] ?? moment);
  const parts = [
    ...(moments.length > 0 ? [`changes ${moments.join(', ')}`] : []),
    ...(certificate !== undefined ? ['presents a faulty certificate'] : []),
    ...(connectBy === 'address' ? ['gives the client an IP address instead of a host name'] : []),
    ...(others !== undefined ? ['changes the other mail ports too'] : []),
    ...(plaintext === 'refused' ? ['offers no plaintext login'] : ['accepts a plaintext login']),
  ];
  return `the server ${parts.join('; ')}; otherwise it is honest`;
};

const MOMENT_WORDS: Readonly<Record<string, string>> = {
  accept: 'the start of the connection',
  greeting: 'the greeting',
  capabilities: 'the capability list',
  starttls: 'the answer to STARTTLS',
  handshake: 'the handshake',
  insideTls: 'the first moment inside TLS',
  login: 'the login',
  mailbox: 'commands on mailboxes',
  message: 'the message',
  quit: 'the answer to QUIT or LOGOUT',
};
