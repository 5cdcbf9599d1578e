import { expect } from 'chai';
import { reportExitCode } from '../../src/document/exit-code.js';
import type { Report, Result } from '../../src/document/report-model.js';
import { reportOf } from '../../src/document/report.js';
import type { Severity } from '../../src/verdict/visit.js';

const result = (status: Result['status'], more: Partial<Result> = {}): Result => ({
  case: 'x@imap+starttls#server',
  id: 'x',
  title: '',
  protocol: 'imap',
  tls: 'starttls',
  status,
  because: '',
  references: [],
  cve: [],
  cwe: [],
  evidence: [],
  reproduce: [],
  ...more,
});
const known = (state: 'expected' | 'stale' | 'unexpectedly-good'): Partial<Result> => ({
  known: { reason: 'r', state },
});

const rows: readonly (readonly [
  what: string,
  results: readonly Result[],
  code: number,
  more?: Partial<Report>,
  failOn?: Severity,
])[] = [
  ['all safe', [result('safe')], 0],
  ['downgradable, warn and info', [result('downgradable'), result('warn'), result('info')], 0],
  ['one not applicable', [result('safe'), result('not-applicable')], 0],
  ['nothing left to observe', [result('not-applicable')], 3],
  ['no results', [], 3],
  ['inconclusive', [result('safe'), result('inconclusive')], 3],
  ['a fault', [result('safe')], 3, { faults: ['x'] }],
  ['unsafe', [result('unsafe', { severity: 'critical' })], 1],
  ['unsafe before inconclusive', [result('inconclusive'), result('unsafe')], 1],
  ['unsafe before a fault', [result('unsafe')], 1, { faults: ['x'] }],
  ['unsafe and mild', [result('unsafe', { severity: 'low' })], 1],
  ['unsafe and milder than asked for', [result('unsafe', { severity: 'medium' })], 0, {}, 'high'],
  ['fail, medium', [result('fail', { severity: 'medium' })], 1],
  ['fail, low', [result('fail', { severity: 'low' })], 0],
  ['fail, low, and asked for', [result('fail', { severity: 'low' })], 1, {}, 'low'],
  ['fail, high, and only critical asked for', [result('fail', { severity: 'high' })], 0, {}, 'critical'],
  ['unsafe and known', [result('unsafe', known('expected'))], 0],
  ['inconclusive and known', [result('inconclusive', known('expected'))], 0],
  ['known and stale', [result('unsafe', known('stale'))], 1],
  ['known and unexpectedly good', [result('safe', known('unexpectedly-good'))], 1],
  ['interrupted', [result('unsafe')], 130, { interrupted: true }],
];

describe('exit codes', () => {
  for (const [what, results, code, more = {}, failOn] of rows) {
    it(`${what} → ${String(code)}`, () => {
      const made = reportOf({ kind: 'test', startedAt: '', subject: {}, results: [...results], visits: [] });
      const report: Report = { ...made, ...more };
      expect(reportExitCode(report, failOn)).to.equal(code);
    });
  }
});
