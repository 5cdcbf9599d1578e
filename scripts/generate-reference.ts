import { readFileSync } from 'node:fs';
import domainChecks from '../src/domain-checks/index.js';
import checks from '../src/checks/index.js';
import { commandReference, commandShapes } from '../src/cli/program.js';
import profiles from '../src/profiles/index.js';
import type { Explanation } from '../src/knowledge/paragraphs.js';
import { checkExplanation, domainCheckExplanation, profileExplanation } from '../src/knowledge/rule-explanation.js';
import { scenarioExplanation } from '../src/knowledge/scenario-explanation.js';
import { CLAIMS } from '../src/knowledge/claims.js';
import { QUESTIONS } from '../src/knowledge/questions.js';
import { SERVICES } from '../src/knowledge/services.js';
import { COMMANDS, RequestModel, ResponseModel } from '../src/control/messages.js';
import { ConfigModel } from '../src/config/model.js';
import { manualPage } from '../src/report/manual-page.js';
import { ReportModel } from '../src/document/report-model.js';
import scenarios from '../src/scenarios/index.js';
import { KnownListModel } from '../src/verdict/known-list.js';
import { RecordingModel } from '../src/verdict/recording.js';
import { attacksPage, defectsPage } from './coverage-page.js';

/** The reference pages and schemas, by path; made of the modules alone, so that they can't say anything else. */
export const referencePages = (): Promise<Map<string, string>> =>
  Promise.resolve(
    new Map([
      [
        'docs/reference/scenarios.md',
        explained(
          'Scenarios',
          'Attacks on mail clients, and what each is for.',
          scenarios.map((scenario) => scenarioExplanation(scenario)),
        ),
      ],
      [
        'docs/reference/checks.md',
        explained('Checks', 'Rules for mail servers and for domains, and what each is for.', [
          ...checks.map(checkExplanation),
          ...domainChecks.map(domainCheckExplanation),
        ]),
      ],
      [
        'docs/reference/profiles.md',
        explained(
          'Profiles',
          'Norms for TLS as data, for `waxseal audit --profile NAME`: each rule with its section.',
          profiles.map(profileExplanation),
        ),
      ],
      ['docs/reference/attacks.md', attacksPage(NOTICE)],
      ['docs/reference/defects.md', defectsPage(NOTICE)],
      ['docs/reference/cli.md', cliPage()],
      ['docs/reference/waxseal.1', manualPage(packageVersion(), commandShapes(packageVersion()))],
      ['docs/reference/ports.md', portsPage()],
      ['docs/reference/report.schema.json', schema('urn:waxseal:report:1', 'What waxseal reports', ReportModel)],
      [
        'docs/reference/recording.schema.json',
        schema('urn:waxseal:recording:2', 'One visit, recorded', RecordingModel),
      ],
      ['docs/reference/control.md', controlPage()],
      [
        'docs/reference/control.schema.json',
        `${JSON.stringify(
          {
            $schema: 'http://json-schema.org/draft-07/schema#',
            $id: 'urn:waxseal:control:1',
            title: 'Lines of serve --control',
            anyOf: [{ $ref: '#/definitions/request' }, { $ref: '#/definitions/response' }],
            definitions: { request: RequestModel, response: ResponseModel },
          },
          undefined,
          2,
        )}\n`,
      ],
      [
        'docs/reference/config.schema.json',
        schema('urn:waxseal:config:1', 'What waxseal run does: waxseal.config.json', ConfigModel),
      ],
      [
        'docs/reference/known.schema.json',
        schema('urn:waxseal:known:1', 'Results that are accepted, for --known', KnownListModel),
      ],
    ]),
  );

const explained = (title: string, intro: string, explanations: readonly Explanation[]): string => {
  const sections = explanations
    .toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
    .map(({ title: heading, paragraphs }) => {
      const [id = '', ...name] = heading.split(': ');
      return [
        `## ${id}`,
        '',
        `**${cell(name.join(': '))}**`,
        '',
        ...paragraphs.map(([name, text]) => `- *${name}*: ${cell(text)}`),
        '',
      ].join('\n');
    });
  return [`# ${title}`, '', NOTICE, '', intro, '', ...sections].join('\n');
};

const idOf = ({ title }: Explanation): string => title.replace(/: .*/, '');

const packageVersion = (): string =>
  (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;

const cliPage = (): string => {
  const version = packageVersion();
  return [
    '# Command line',
    '',
    NOTICE,
    '',
    ...commandReference(version).flatMap(({ name, help }) => [`## ${name}`, '', '```text', help.trimEnd(), '```', '']),
  ].join('\n');
};

const portsPage = (): string =>
  [
    '# Ports',
    '',
    NOTICE,
    '',
    '| service | in clear | upgrade on it | implicit TLS | note | sources |',
    '| --- | --- | --- | --- | --- | --- |',
    ...SERVICES.map(
      ({ name, clear, upgrade, implicit, apart, note, references }) =>
        `| ${[name, clear ?? apart?.join(', ') ?? '–', upgrade ?? (apart === undefined ? '–' : 'encrypts by itself'), implicit.join(', ') || 'none', note ?? '', references.join(', ')].map((each) => cell(String(each))).join(' | ')} |`,
    ),
    '',
    '## Often said, and wrong',
    '',
    ...CLAIMS.map(
      ({ claim, correction, references }) => `- “${cell(claim)}”: ${cell(correction)} (${references.join(', ')}).`,
    ),
    '',
    '## Questions',
    '',
    ...QUESTIONS.map(
      ({ question, answer, references }) => `- *${question}* ${cell(answer)} (${references.join(', ')}).`,
    ),
    '',
  ].join('\n');

const schema = (id: string, title: string, model: object): string =>
  `${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', $id: id, title, ...model }, undefined, 2)}\n`;

const controlPage = (): string =>
  [
    '# Commands of serve --control',
    '',
    NOTICE,
    '',
    'Each command is a JSON object with `command`, an optional `id`, and the fields below. How to use them: [test suites in any language](../control.md).',
    '',
    ...Object.entries(COMMANDS).flatMap(([name, { does, takes, answers }]) => [
      `## ${name}`,
      '',
      does,
      '',
      ...fieldTable('takes', takes),
      ...fieldTable('answers', answers),
    ]),
  ].join('\n');

const fieldTable = (title: string, model: object): string[] => {
  const { properties, required = [] } = model as {
    readonly properties: Readonly<
      Record<string, { readonly description?: string; readonly type?: string; readonly enum?: readonly string[] }>
    >;
    readonly required?: readonly string[];
  };
  const rows = Object.entries(properties);
  if (rows.length === 0) return [`It ${title} nothing.`, ''];
  return [
    `| ${title} | type | |`,
    '| --- | --- | --- |',
    ...rows.map(
      ([name, { description = '', type = 'any', enum: words }]) =>
        `| \`${name}\`${required.includes(name) ? '' : ' (optional)'} | ${words === undefined ? type : words.map((word) => `\`${word}\``).join(' ')} | ${cell(description)} |`,
    ),
    '',
  ];
};

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

const NOTICE = '<!-- Generated by scripts/generate; do not edit. -->';
