import { Fault } from '../fault.js';
import type { Report } from '../document/report-model.js';
import type { RenderContext } from './format.js';
import formats from './formats/index.js';

/** How a report is rendered, where the defaults do not fit: 80 columns, nothing cut, no colour, one transcript for each finding. */
export type RenderOptions = Partial<RenderContext>;

/** A report in one of the formats of `waxseal list formats`; throws `BAD_USAGE` for another one. */
export const renderReport = (report: Report, format: string, options: RenderOptions = {}): string => {
  const found = formats.find(({ id }) => id === format);
  if (found === undefined)
    throw new Fault(
      'BAD_USAGE',
      `unknown report format ${JSON.stringify(format)}; known are ${formats.map(({ id }) => id).join(', ')}`,
    );
  return found.render(report, {
    color: false,
    width: 80,
    cut: false,
    passes: false,
    transcripts: 'bad',
    visits: new Map(),
    ...options,
  });
};
