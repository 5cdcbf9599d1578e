import { jsonText } from '../escape.js';
import { defineFormat } from '../format.js';

export default defineFormat({
  id: 'json',
  title: 'one document, urn:waxseal:report:1',
  extension: 'json',
  render: (report) => `${jsonText(report, 2)}\n`,
});
