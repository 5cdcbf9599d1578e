import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Report } from '../../src/document/report-model.js';
import { renderReport } from '../../src/report/render.js';
import { requireReal, skipUnlessRequired } from '../support/real.js';

/** What Prometheus' own library for Python reads: metrics with their samples. */
const READ = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
text = sys.stdin.buffer.read().decode()
print(json.dumps([[s.name, s.labels, s.value] for family in text_string_to_metric_families(text) for s in family.samples]))
`;

type Sample = readonly [name: string, labels: Readonly<Record<string, string>>, value: number];

const samplesOf = (report: Report): Sample[] => {
  const { stdout, stderr, status } = spawnSync('/usr/bin/python3', ['-c', READ], {
    input: renderReport(report, 'openmetrics'),
    encoding: 'utf8',
  });
  expect(status, stderr).to.equal(0);
  return JSON.parse(stdout) as Sample[];
};

const load = (name: string): Report =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/reports', name), 'utf8')) as Report;

describe('OpenMetrics, as Prometheus’ own library reads it', () => {
  before(function () {
    requireReal(this, 'python3');
    const { status } = spawnSync('/usr/bin/python3', ['-c', 'import prometheus_client.openmetrics.parser']);
    if (status !== 0) skipUnlessRequired(this, 'prometheus_client missing: apt-get install python3-prometheus-client');
  });

  it('counts results, and marks those that fail', () => {
    const report = load('audit.json');
    const samples = samplesOf(report);
    const of = (name: string): Sample[] => samples.filter(([each]) => each === name);
    expect(
      Object.fromEntries(of('waxseal_results').map(([, { status = '' }, value]) => [status, value])),
    ).to.deep.equal(report.summary);
    expect(of('waxseal_result_failed')).to.have.length(report.results.length);
    expect(of('waxseal_result_failed').filter(([, , value]) => value === 1)).to.have.length(
      report.results.filter(({ status }) => status === 'fail').length,
    );
    const dates = of('waxseal_certificate_not_after_timestamp_seconds');
    expect(dates).to.not.deep.equal([]);
    for (const [, , value] of dates) expect(new Date(value * 1000).getUTCFullYear()).to.be.within(2026, 2040);
  });

  it('reads what peers said as labels, and nothing else', () => {
    const [first] = load('session.json').results;
    if (first === undefined) throw new Error('the golden session has results');
    const text = '"} 1\n# EOF\nforged{a="b\\\\\u202e\u0000';
    const samples = samplesOf({ ...load('session.json'), results: [{ ...first, case: text, host: text, port: 1 }] });
    expect(samples.map(([name]) => name)).to.not.include('forged');
    expect(samples.filter(([name]) => name === 'waxseal_result_failed')).to.have.length(1);
  });

  it('has one sample where two clients of a proxy had the same result', () => {
    const report = load('session.json');
    const samples = samplesOf({ ...report, results: [...report.results, ...report.results] });
    const keys = samples.map(([name, labels]) => JSON.stringify([name, labels]));
    expect(new Set(keys).size).to.equal(keys.length);
  });
});
