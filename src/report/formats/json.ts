import { defineFormat } from '../format.js';

export default defineFormat({
  id: 'json',
  title: 'one document, urn:waxseal:report:1',
  extension: 'json',
  render: (report) => `${JSON.stringify(report, undefined, 2)}\n`,
});
