import protocols from '../protocols/index.js';
import { PROTOCOL_NAMES } from '../protocols/names.js';
import { chainScenario } from '../scenarios/chain-scenario.js';
import { FAMILIES } from '../scenarios/family.js';
import type { Extra, Scenario } from '../scenarios/scenario.js';
import { RECIPES } from '../tls/certificate-recipes.js';
import { listed, sourcesOf, type Explanation } from './paragraphs.js';

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
      ...listed('This variant', [variantWords(scenario, variant).join('; ')].filter(Boolean)),
      ['Finds', `a client that ${[...flaws].join('; or ')}`],
      ...listed(variant === undefined ? 'Variants' : 'All variants', variantNames(scenario, undefined)),
      ...listed('Variants, with --all only', variantNames(scenario, 'more')),
      ...listed('Variants, with --all only, and slow', variantNames(scenario, 'slow')),
      [
        'Protocols',
        `${(scenario.protocols ?? ['all']).join(', ')}; with ${scenario.modes.map((mode) => (mode === 'implicit' ? 'implicit TLS' : 'STARTTLS')).join(' and ')}`,
      ],
      ...listed(
        'Needs',
        (scenario.needs ?? []).length === 0 ? [] : ['real host names or ports below 1024: --place cell'],
      ),
      sourcesOf(scenario),
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
