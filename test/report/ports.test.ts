import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Report } from '../../src/document/report-model.js';
import { renderReport } from '../../src/report/render.js';

const audit = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/reports/audit.json'), 'utf8'),
) as Report;

describe('the table of ports', () => {
  for (const [host, heading] of [
    ['localhost', 'localhost (127.0.0.1)'],
    ['127.0.0.1', '127.0.0.1'],
  ] as const)
    it(`is headed ${heading} for ${host}`, () => {
      const results = audit.results.map((result) => ({ ...result, host }));
      expect(renderReport({ ...audit, results }, 'text').split('\n')).to.include(heading);
    });
});
