import { jsonText } from '../escape.js';
import { defineFormat } from '../format.js';
import { flatFindings } from '../flat.js';

/** The flat JSON of testssl.sh: an array with one object for each result. */
export default defineFormat({
  id: 'testssljson',
  title: 'JSON as testssl.sh writes it: one object for each result',
  extension: 'testssl.json',
  render: (report) => `${jsonText(flatFindings(report), 2)}\n`,
});
