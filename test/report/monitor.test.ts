import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Report, Result } from '../../src/document/report-model.js';
import { monitorState } from '../../src/report/monitor.js';

const audit = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/reports/audit.json'), 'utf8'),
) as Report;

const reportWith = (...results: readonly Partial<Result>[]): Report => {
  const [first] = audit.results;
  if (first === undefined) throw new Error('the golden audit has results');
  const { facts: _, ...plain } = first;
  return { ...audit, faults: [], results: results.map((more) => ({ ...plain, ...more })) };
};

describe('the state of a monitor', () => {
  const thresholds = { warningDays: 21, criticalDays: 7 };
  const ROWS: readonly { readonly name: string; readonly report: Report; readonly code: number }[] = [
    { name: 'all pass', report: reportWith({ status: 'pass' }), code: 0 },
    {
      name: 'a warning of an audit is none here',
      report: reportWith({ status: 'pass' }, { status: 'warn', severity: 'high' }),
      code: 0,
    },
    {
      name: 'a fail of medium severity',
      report: reportWith({ status: 'pass' }, { status: 'fail', severity: 'medium' }),
      code: 1,
    },
    { name: 'a fail of high severity', report: reportWith({ status: 'fail', severity: 'high' }), code: 2 },
    { name: 'something inconclusive', report: reportWith({ status: 'pass' }, { status: 'inconclusive' }), code: 3 },
    {
      name: 'inconclusive, and a mild fail: what is certain comes first',
      report: reportWith({ status: 'inconclusive' }, { status: 'fail', severity: 'low' }),
      code: 1,
    },
    {
      name: 'a fail that is accepted',
      report: reportWith({ status: 'fail', severity: 'high', known: { reason: 'r', state: 'expected' } }),
      code: 0,
    },
    {
      name: 'a fail that was accepted',
      report: reportWith({ status: 'fail', severity: 'high', known: { reason: 'r', state: 'stale' } }),
      code: 2,
    },
    { name: 'nothing that answered', report: reportWith(), code: 2 },
    { name: 'a fault', report: { ...reportWith({ status: 'pass' }), faults: ['a.example:993: refused'] }, code: 2 },
  ];
  for (const { name, report, code } of ROWS)
    it(`${name}: ${String(code)}`, () => {
      expect(monitorState(report, thresholds).code).to.equal(code);
    });

  it('has one line without a bar of a peer’s, whatever peers said', () => {
    const hostile = 'a | days=1 \u001b[2J\r\nWAXSEAL OK - forged';
    const { text } = monitorState(
      reportWith({ status: 'fail', severity: 'high', because: hostile, case: hostile }),
      thresholds,
    );
    expect(text.match(/\n/g)).to.have.length(1);
    expect(text.match(/\|/g)).to.have.length(1);
    expect(text).to.not.match(/[\x00-\x09\x0b-\x1f]/);
  });
});
