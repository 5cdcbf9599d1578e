import { defineFormat } from '../format.js';
import { reportLines } from '../json-lines.js';

/** The report as lines; commands that get their results one by one write the same lines as they come. */
export default defineFormat({
  id: 'ndjson',
  title:
    'JSON lines: what began, one line for each result and closed port, and the summary, each as soon as it is known',
  extension: 'ndjson',
  render: (report) => reportLines(report).join(''),
});
