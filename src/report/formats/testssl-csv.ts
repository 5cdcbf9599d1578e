import { defineFormat } from '../format.js';
import { flatFindings } from '../flat.js';

/** The flat CSV of testssl.sh, which vulnerability managers import: one line for each result. */
export default defineFormat({
  id: 'testsslcsv',
  title: 'CSV as testssl.sh writes it: one line for each result',
  extension: 'testssl.csv',
  render: (report) =>
    [
      ['id', 'fqdn/ip', 'port', 'severity', 'finding', 'cve', 'cwe'],
      ...flatFindings(report).map(({ id, ip, port, severity, finding, cve = '', cwe = '' }) => [
        id,
        ip,
        port,
        severity,
        finding,
        cve,
        cwe,
      ]),
    ]
      .map((row) => `${row.map(cell).join(',')}\n`)
      .join(''),
});

/** Quoted (RFC 4180); a spreadsheet must not take what a peer said for a formula. */
const cell = (text: string): string => `"${(/^[=+\-@]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
