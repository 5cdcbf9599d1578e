import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { audit } from '../../src/audit/audit.js';
import type { Report } from '../../src/document/report-model.js';
import { startExporter } from '../../src/exporter/server.js';
import { probeMetrics } from '../../src/report/probe-metrics.js';
import { renderReport } from '../../src/report/render.js';
import { serve } from '../../src/serving/named-serve.js';
import { requireReal } from '../support/real.js';

const EXAMPLES = join(import.meta.dirname, '../../docs/examples');

const promtool = (args: readonly string[], input = ''): void => {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  expect(status, stdout + stderr).to.equal(0);
  expect(stderr).to.equal('');
};

describe('promtool', () => {
  before(function () {
    requireReal(this, 'promtool');
  });

  for (const [command, file] of [
    ['config', 'prometheus.yml'],
    ['rules', 'waxseal.rules.yml'],
  ] as const)
    it(`has nothing to say of ${file}`, () => {
      promtool(['check', command, join(EXAMPLES, file)]);
    });

  it('has nothing to say of the metrics of a probe', async () => {
    const server = await serve({ protocol: 'imap' });
    try {
      const targets = server.endpoints.map(
        ({ tls, port }) => `${tls === 'implicit' ? 'imaps' : 'imap'}://localhost:${String(port)}`,
      );
      for (const target of targets) {
        const { results } = await audit([target], { depth: 'quick', family: 4 });
        promtool(['check', 'metrics'], probeMetrics({ results, faults: 0, duration: 0.1 }));
      }
      promtool(['check', 'metrics'], probeMetrics({ results: [], faults: 1, duration: 0.1 }));
    } finally {
      await server.stop();
    }
  });

  it('has nothing to say of what the exporter answers to a scrape', async () => {
    const server = await serve({ protocol: 'imap' });
    try {
      await using exporter = await startExporter({
        port: 0,
        timeout: 5000,
        parallel: 1,
        allow: ['*'],
        authorities: [server.ca],
        version: '1.2.3',
      });
      const implicit = server.endpoints.find(({ tls }) => tls === 'implicit');
      for (const path of [
        `probe?target=imaps://localhost:${String(implicit?.port)}`,
        // It does not speak this protocol.
        `probe?target=pop3s://localhost:${String(implicit?.port)}`,
        'metrics',
      ])
        promtool(['check', 'metrics'], await (await fetch(`${exporter.url}${path}`)).text());
    } finally {
      await server.stop();
    }
  });

  // A textfile collector reads it with the same library, and drops a file that it refuses.
  for (const name of ['audit', 'session'])
    it(`has nothing to say of the report of ${name}.json, nor of one with hostile texts`, () => {
      const report = JSON.parse(
        readFileSync(join(import.meta.dirname, '../../fixtures/reports', `${name}.json`), 'utf8'),
      ) as Report;
      promtool(['check', 'metrics'], renderReport(report, 'openmetrics'));
      const text = '"} 1\n# EOF\nforged{a="b\\\\\u202e\u0000\ud800';
      const [first] = report.results;
      if (first === undefined) throw new Error('the golden report has results');
      promtool(
        ['check', 'metrics'],
        renderReport({ ...report, results: [{ ...first, case: text, host: text, port: 1 }] }, 'openmetrics'),
      );
      promtool(['check', 'metrics'], renderReport({ ...report, results: [] }, 'openmetrics'));
    });

  it('knows every metric that rules and dashboard ask for', () => {
    const known = readFileSync(join(import.meta.dirname, '../../src/report/probe-metrics.ts'), 'utf8');
    const asked = ['waxseal.rules.yml', 'grafana-dashboard.json']
      .map((file) => readFileSync(join(EXAMPLES, file), 'utf8'))
      .flatMap((text) => text.match(/\b(?:probe|waxseal)_[a-z_]+(?=\{)/g) ?? []);
    expect(asked).to.have.length.above(6);
    expect(asked.filter((name) => !known.includes(`'${name}'`))).to.deep.equal([]);
  });
});
