import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect } from 'chai';
import type { Report } from '../../src/document/report-model.js';
import { renderReport } from '../../src/report/render.js';

const FIXTURES = join(import.meta.dirname, '../../fixtures');
const read = (path: string): unknown => JSON.parse(readFileSync(join(FIXTURES, path), 'utf8'));

/** The schema of SARIF 2.1.0 as Microsoft publishes it (@microsoft/jest-sarif, MIT); of draft 4 it uses nothing that later drafts changed. */
const { $schema: _, id: __, ...schema } = read('schemas/sarif-2.1.0-rtm.5.json') as Record<string, unknown>;
const validate = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false, allErrors: true }).compile(
  schema,
);

describe('SARIF, by its schema', () => {
  const sessions = readdirSync(join(FIXTURES, 'reports')).filter((name) => /^(?:session|audit)[^/]*\.json$/.test(name));
  for (const name of sessions)
    it(`is valid: ${name}`, () => {
      const report = read(`reports/${name}`) as Report;
      if (!('results' in report)) return;
      validate(JSON.parse(renderReport(report, 'sarif')));
      expect(validate.errors).to.equal(null);
    });

  it('would be caught', () => {
    expect(sessions).to.include.members(['session.json', 'audit.json']);
    const log = JSON.parse(renderReport(read('reports/session.json') as Report, 'sarif')) as { runs: object[] };
    expect(validate({ ...log, version: '2.0.0' })).to.equal(false);
    expect(validate({ ...log, runs: [{ ...log.runs[0], results: [{ level: 'bad' }] }] })).to.equal(false);
  });
});
