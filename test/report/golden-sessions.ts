import type { Report } from '../../src/document/report-model.js';
import { renderReport } from '../../src/report/render.js';

/** Sessions that were recorded once (scripts/record-golden.ts), of which every text is looked at when it changes. */
export const SESSIONS = [
  'good-audit',
  'bad-audit',
  'good-domain',
  'bad-domain',
  'profile',
  'safe-client',
  'unsafe-client',
  'proxy',
] as const;

/** Formats without a golden file: too long to be looked at; their tests read them back instead. */
export const WITHOUT_GOLDEN: ReadonlySet<string> = new Set(['html']);

/** Where a text is shown. */
export interface GoldenForm {
  /** Suffix of the file. */
  readonly name: string;
  readonly width: number;
  readonly isTerminal: boolean;
}

export const GOLDEN_FORMS: readonly GoldenForm[] = [80, 120].flatMap((width) => [
  { name: `pipe-${String(width)}`, width, isTerminal: false },
  { name: `terminal-${String(width)}`, width, isTerminal: true },
]);

/** The text of a session as it is shown there. */
export const goldenText = (report: Report, { width, isTerminal }: GoldenForm): string =>
  renderReport(report, 'text', { width, cut: isTerminal, color: isTerminal });
