import { defineFormat } from '../format.js';
import { drawing } from '../svg/drawing.js';

/** The wire diagrams alone, for a page or a slide of one's own. */
export default defineFormat({
  id: 'svg',
  title: 'SVG: the wire diagram of each finding, beside what a careful client does',
  extension: 'svg',
  render: (report, { visits }) => drawing(report, visits),
});
