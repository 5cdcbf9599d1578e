import domainChecks from '../domain-checks/index.js';
import checks from '../checks/index.js';
import { FINDINGS } from '../capture/findings.js';
import profiles from '../profiles/index.js';
import { chainScenario } from '../scenarios/chain-scenario.js';
import { FAMILIES, FAMILY_NAMES } from '../scenarios/family.js';
import registry from '../scenarios/index.js';
import type { Scenario } from '../scenarios/scenario.js';
import type { Cause } from '../verdict/evidence.js';
import { ADVICE, CAUSES } from './advice.js';
import { KINDS, listOf, NO_OTHERS, type Others } from './catalogue.js';
import { CLAIMS } from './claims.js';
import { simpleExplanation, SIMPLE_KINDS } from './list-explanation.js';
import type { Explanation } from './paragraphs.js';
import { oftenSaid, portExplanation } from './port-explanation.js';
import { QUESTIONS } from './questions.js';
import {
  checkExplanation,
  domainCheckExplanation,
  findingExplanation,
  profileExplanation,
} from './rule-explanation.js';
import { scenarioExplanation } from './scenario-explanation.js';
import { WORDS } from './words.js';

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
      ? [
          {
            kind: 'topic' as const,
            title: 'What is often said about ports and TLS, and what is right',
            paragraphs: CLAIMS.map(oftenSaid),
          },
        ]
      : []),
  ];
};

/** The topic that lists every claim. */
const ALL_CLAIMS = 'claims';

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
