import type picocolors from 'picocolors';
import type { Report, Result } from '../../document/report-model.js';
import { rank } from '../../verdict/judgement.js';
import type { RenderContext } from '../format.js';

export type Colors = ReturnType<typeof picocolors.createColors>;

/** What the parts of a text report share. */
export interface TextStyle extends RenderContext {
  readonly report: Report;
  readonly colors: Colors;
  /** The line “by hand” is left out of a finding about servers, for shortness. */
  readonly withoutByHand?: boolean;
}

/** The colour of a status; none that is hard to read on a light or a dark background, such as yellow, blue or cyan. */
export const painter = (status: string, { red, green, magenta, dim, bold }: Colors): ((text: string) => string) => {
  if (isBad(status)) return status === 'downgradable' ? magenta : (text) => bold(red(text));
  if (status === 'safe' || status === 'pass') return green;
  return status === 'inconclusive' || status === 'warn' ? magenta : dim;
};

/** Findings: what should be mended. */
export const isBad = (status: string): boolean => status === 'unsafe' || status === 'fail' || status === 'downgradable';

/** Good results, and what was not applicable: told as numbers by default. */
export const isQuiet = (status: string): boolean =>
  status === 'safe' || status === 'pass' || status === 'not-applicable';

/** Worst first. */
export const worse = (a: Pick<Result, 'status' | 'severity'>, b: Pick<Result, 'status' | 'severity'>): number =>
  ORDER.indexOf(a.status) - ORDER.indexOf(b.status) ||
  (a.severity === undefined ? 9 : rank(a.severity)) - (b.severity === undefined ? 9 : rank(b.severity));

const ORDER: readonly string[] = [
  'unsafe',
  'fail',
  'downgradable',
  'warn',
  'inconclusive',
  'info',
  'safe',
  'pass',
  'not-applicable',
];
