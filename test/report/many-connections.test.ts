import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { judgeReport } from '../../src/document/judge.js';
import { renderReport } from '../../src/report/render.js';

const fixture = new URL('../../fixtures/recordings/imapflow-tries.json', import.meta.url);

describe('the report on a client with two thousand connections', () => {
  const recording = JSON.parse(readFileSync(fixture, 'utf8')) as { visit: { connections: object[]; hits: object[] } };
  const [first] = recording.visit.connections;
  recording.visit.connections = Array.from({ length: 2000 }, (_, index) => ({ ...first, id: index + 1 }));
  recording.visit.hits = [];
  const { report, seen } = judgeReport([['many', JSON.stringify(recording)]]);

  it('has a proof for each', () => {
    expect(report.results.map(({ status, evidence }) => [status, evidence.length >= 2000])).to.deep.equal([
      ['unsafe', true],
    ]);
  });

  it('shows a few, and says how many are left', () => {
    const text = renderReport(report, 'text', { visits: seen, width: 80 });
    expect(text.split('\n').length).to.be.lessThan(200);
    expect(text).to.match(/and \d,?\d+ more connections \(--transcript shows all\)/);
  });

  it('shows all where they are asked for', () => {
    const text = renderReport(report, 'text', { visits: seen, width: 80, transcripts: 'all' });
    expect(text.match(/^ *connection \d+/gm)).to.have.length(2000);
  });
});
