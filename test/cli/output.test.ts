import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sinon from 'sinon';
import { concludedInFiles } from '../../src/cli/output.js';
import { reportOf } from '../../src/document/report.js';
import { defineFormat, type Format, type LateFormat } from '../../src/report/format.js';
import json from '../../src/report/formats/json.js';

const broken = defineFormat({
  id: 'broken',
  title: 'throws',
  extension: 'txt',
  render: () => {
    throw new TypeError('no such thing');
  },
});

const late = (format: Format): LateFormat => ({ ...format, load: () => Promise.resolve(format) });

describe('reports that are written', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'waxseal-output-'));
  });
  afterEach(() => {
    sinon.restore();
    rmSync(folder, { recursive: true, force: true });
  });

  const outcome = async (...outputs: [format: string, file: string][]): Promise<{ code: number; said: string }> => {
    const stderr = sinon.stub(process.stderr, 'write');
    const report = reportOf({ kind: 'test', startedAt: '2026-01-01T00:00:00Z', subject: {}, results: [], visits: [] });
    const code = await concludedInFiles(
      report,
      { format: 'text', report: outputs.map(([format, file]) => ({ format, file: join(folder, file) })) },
      { formats: [json, broken].map(late) },
    );
    const said = stderr
      .getCalls()
      .map(({ args }) => String(args[0]))
      .join('');
    stderr.restore();
    return { code, said };
  };

  it('are all there but the one whose format throws; the exit code is 70', async () => {
    const { code, said } = await outcome(['json', 'a.json'], ['broken', 'b.txt'], ['json', 'c.json']);
    expect(code).to.equal(70);
    expect(said).to.include('could not be rendered as broken: no such thing');
    for (const file of ['a.json', 'c.json'])
      expect(JSON.parse(readFileSync(join(folder, file), 'utf8'))).to.have.property('kind', 'test');
  });

  it('are all there but the one that cannot be written; the exit code is 2', async () => {
    const { code, said } = await outcome(['json', 'missing/a.json'], ['json', 'c.json']);
    expect(code).to.equal(2);
    expect(said).to.include('a.json').and.include('could not be written');
    expect(readFileSync(join(folder, 'c.json'), 'utf8')).to.include('"kind": "test"');
  });
});
