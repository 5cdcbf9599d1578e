import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { audit } from '../../src/audit/audit.js';
import { probeMetrics } from '../../src/report/probe-metrics.js';
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

  it('knows every metric that rules and dashboard ask for', () => {
    const known = readFileSync(join(import.meta.dirname, '../../src/report/probe-metrics.ts'), 'utf8');
    const asked = ['waxseal.rules.yml', 'grafana-dashboard.json']
      .map((file) => readFileSync(join(EXAMPLES, file), 'utf8'))
      .flatMap((text) => text.match(/\b(?:probe|waxseal)_[a-z_]+(?=\{)/g) ?? []);
    expect(asked).to.have.length.above(6);
    expect(asked.filter((name) => !known.includes(`'${name}'`))).to.deep.equal([]);
  });
});
