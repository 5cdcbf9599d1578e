import type { GuideClaim } from '../guide/claim.js';
import type { Proof } from '../guide/prove.js';
import { guideSummary, type GuideReport } from '../guide/report.js';
import { escaped, jsonText } from './escape.js';
import { cut, wrapped } from './layout.js';
import { workflowCommand } from './workflow-command.js';

/** Corrections for people: file and line, what is right, and the source; with `isVerbose` every claim. */
export const guideText = (report: GuideReport, isVerbose = false): string => {
  const lines = report.files.flatMap(({ file, claims }) =>
    claims
      .filter((claim) => isVerbose || isNews(claim))
      .flatMap((claim) => [
        `${escaped(file)}:${String(claim.line)}: ${STATES[claim.state]}: ${escaped(claim.says)}`,
        ...field('guide', `“${cut(escaped(claim.quote), LONGEST_QUOTE)}”`),
        ...(claim.correction === undefined
          ? []
          : field(claim.state === 'note' ? 'note' : 'right', escaped(claim.correction))),
        ...(claim.references.length === 0 || claim.correction === undefined
          ? []
          : field('source', claim.references.join(', '))),
        ...(claim.proof === undefined ? [] : field('server', proofText(claim.proof))),
        '',
      ]),
  );
  return `${[...lines, ...report.faults.map((fault) => `not read: ${escaped(fault)}`), summaryLine(report)].join('\n')}\n`;
};

/** Corrections as one JSON document. */
export const guideJson = (report: GuideReport): string => {
  const files = report.files.map(({ file, claims }) => ({
    file,
    claims: claims.map(({ setting: _, ...claim }) => claim),
  }));
  const { host, faults } = report;
  return `${jsonText({ ...(host !== undefined && { host }), files, faults, summary: guideSummary(report) }, 2)}\n`;
};

/** Corrections as annotations of GitHub Actions, at the lines of the guide. */
export const guideAnnotations = (report: GuideReport): string =>
  [
    ...report.files.flatMap(({ file, claims }) =>
      claims
        .filter(isNews)
        .map(({ line, state, says, correction, references, proof }) =>
          workflowCommand(
            state === 'note' ? 'notice' : state === 'wrong' || proof?.state === 'refuted' ? 'error' : 'warning',
            { file, line: String(line), title: `${STATES[state]}: ${says}` },
            [
              ...(correction === undefined ? [] : [`${correction} (${references.join(', ')})`]),
              ...(proof === undefined ? [] : [`server: ${proofText(proof)}`]),
            ].join('\n'),
          ),
        ),
    ),
    ...report.faults.map((fault) => workflowCommand('warning', { title: 'waxseal: not read' }, fault)),
    workflowCommand('notice', { title: 'waxseal guide' }, summaryLine(report)),
  ]
    .map((line) => `${line}\n`)
    .join('');

const isNews = ({ state, proof }: GuideClaim & { readonly proof?: Proof }): boolean =>
  state === 'wrong' || state === 'note' || (proof !== undefined && proof.state !== 'confirmed');

const proofText = ({ state, says }: Proof): string => `${PROOFS[state]}: ${escaped(says)}`;

const field = (label: string, text: string): string[] =>
  wrapped(text, 66).map((line, index) => `  ${(index === 0 ? label : '').padEnd(8)}${line}`);

const summaryLine = (report: GuideReport): string => {
  const { right, wrong, note, 'not-understood': unclear } = guideSummary(report);
  const files = report.files.length;
  const all = right + wrong + note + unclear;
  const parts = [
    `${String(wrong)} wrong`,
    `${String(right)} right`,
    ...(note > 0 ? [`${String(note)} with a note`] : []),
    ...(unclear > 0 ? [`${String(unclear)} not understood`] : []),
  ];
  const read = `${String(files)} ${files === 1 ? 'file' : 'files'}`;
  return all === 0
    ? `${read}: nothing is said of mail ports or TLS`
    : `${read}, ${String(all)} ${all === 1 ? 'claim' : 'claims'}: ${parts.join(', ')}`;
};

const STATES: Readonly<Record<GuideClaim['state'], string>> = {
  right: 'right',
  wrong: 'wrong',
  note: 'note',
  'not-understood': 'not understood',
};
const PROOFS: Readonly<Record<Proof['state'], string>> = {
  confirmed: 'so it is',
  refuted: 'it is not so',
  'not-observed': 'not observed',
};
const LONGEST_QUOTE = 160;
