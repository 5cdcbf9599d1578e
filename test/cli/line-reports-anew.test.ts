import { appendFileSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { LineReports } from '../../src/cli/line-reports.js';
import type { Report, Result } from '../../src/document/report-model.js';

const session = JSON.parse(
  readFileSync(new URL('../../fixtures/reports/session.json', import.meta.url), 'utf8'),
) as Report;
const [result] = session.results as [Result, ...Result[]];

/** What the file says in the end: the kind of each line, and the number of its connection. */
const said = (file: string): unknown[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text) as { readonly line: string; readonly connection?: number })
    .map(({ line, connection = line }) => connection);

const WHOLE = ['report', 1, 2, ...session.results.map(() => 'result'), 'summary'];

describe('a report in JSON lines that is written anew', () => {
  const opened = (file: string): LineReports =>
    new LineReports({ format: 'text', report: [{ format: 'ndjson', file }] }, session, { known: [] });
  const tell = (lines: LineReports, connection: number): void => {
    lines.connection(connection, false, () => result);
  };
  const fileIn = (...path: readonly string[]): string => join(mkdtempSync(join(tmpdir(), 'lines-')), ...path);

  it('has the lines of connections that came while the file could not be written', () => {
    const file = fileIn('later', 'report.ndjson');
    using lines = opened(file);
    tell(lines, 1);
    tell(lines, 2);
    mkdirSync(dirname(file));
    expect(lines.complete({ format: 'ndjson', file }, session)).to.equal(true);
    expect(said(file)).to.deep.equal(WHOLE);
  });

  it('has them where the file said what the report does not, without the line that was broken off', () => {
    const file = fileIn('report.ndjson');
    using lines = opened(file);
    tell(lines, 1);
    lines.result({ ...result, because: 'something else' });
    tell(lines, 2);
    appendFileSync(file, '{"line":"connection","connec');
    expect(lines.complete({ format: 'ndjson', file }, session)).to.equal(true);
    expect(said(file)).to.deep.equal(WHOLE);
  });

  it('is the report alone where no connection was told', () => {
    const file = fileIn('later', 'report.ndjson');
    using lines = opened(file);
    expect(lines.complete({ format: 'ndjson', file }, session)).to.equal(false);
  });
});
