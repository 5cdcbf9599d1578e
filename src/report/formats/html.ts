import { defineFormat } from '../format.js';
import { reportPage } from '../html/page.js';

/** One page for a browser, with everything in it: it works offline and prints. */
export default defineFormat({
  id: 'html',
  title: 'HTML: one page for a browser, with filters and wire diagrams; works offline',
  extension: 'html',
  render: (report, context) => reportPage(report, context),
});
