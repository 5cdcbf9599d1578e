import { jsonText } from '../escape.js';
import { defineFormat } from '../format.js';

/**
 * Line 1 is the report without its lists (`"line": "report"`), then a line a result (`"line": "result"`), then a line a
 * family of certificate chains and a closed port.
 * Visits are left out: they are what makes reports large. JSON escapes line ends, so that a peer's text cannot begin a line.
 */
export default defineFormat({
  id: 'ndjson',
  title: 'JSON lines: the report without its lists, then one line for each result and closed port',
  extension: 'ndjson',
  render: ({ results, chains = [], closed = [], visits: _, ...report }) =>
    [
      { line: 'report', ...report },
      ...results.map((result) => ({ line: 'result', ...result })),
      ...chains.map((family) => ({ line: 'chains', ...family })),
      ...closed.map((port) => ({ line: 'closed', ...port })),
    ]
      .map((each) => `${jsonText(each)}\n`)
      .join(''),
});
