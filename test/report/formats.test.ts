import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report, Result } from '../../src/document/report-model.js';
import { renderReport } from '../../src/report/render.js';
import { elements, type XmlElement } from '../support/xml.js';

const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/reports/session.json'), 'utf8'),
) as Report;

/** What a peer may say to break out of a format. */
const HOSTILE = '</testcase>]]> <!-- & "quoted" \'q\' \x1b[31m\0\u202e\ud800\ufffe\r\n{"line":"result"}';

const hostile = (): Report => {
  const [first] = golden.results;
  if (first === undefined) throw new Error('the golden session has results');
  const bad: Result = {
    ...first,
    case: HOSTILE,
    target: HOSTILE,
    status: 'unsafe',
    because: HOSTILE,
    title: HOSTILE,
    reproduce: [HOSTILE],
    remedy: { [HOSTILE]: HOSTILE },
    evidence: [{ connection: 1, entry: 0, quote: HOSTILE, why: HOSTILE }],
  };
  return { ...golden, subject: { command: [HOSTILE] }, faults: [HOSTILE], results: [bad] };
};

const named = (all: readonly XmlElement[], name: string): XmlElement[] => all.filter((each) => each.name === name);

describe('JUnit', () => {
  it('has a test case for each result and fault, and counts that agree', () => {
    const all = elements(renderReport(golden, 'junit'));
    const [root] = named(all, 'testsuites');
    const cases = golden.results.length + (golden.faults ?? []).length;
    expect(named(all, 'testcase')).to.have.length(cases);
    expect(root?.attributes).to.include({
      tests: String(cases),
      failures: String(named(all, 'failure').length),
      errors: String(named(all, 'error').length),
      skipped: String(named(all, 'skipped').length),
    });
    const sum = (name: string): number =>
      named(all, 'testsuite').reduce((total, { attributes }) => total + Number(attributes[name]), 0);
    expect(sum('tests')).to.equal(cases);
    expect(sum('failures')).to.equal(named(all, 'failure').length);
  });

  it('fails what the exit code fails: unsafe but not accepted, and accepted but better', () => {
    const outcome = (more: Partial<Result>, failOn?: 'critical'): string[] => {
      const [first] = golden.results;
      if (first === undefined) throw new Error('the golden session has results');
      const report = { ...golden, faults: [], results: [{ ...first, severity: 'high' as const, ...more }] };
      return elements(renderReport(report, 'junit', { failOn }))
        .map(({ name }) => name)
        .slice(3);
    };
    expect(outcome({ status: 'unsafe' })).to.deep.equal(['failure']);
    expect(outcome({ status: 'unsafe' }, 'critical')).to.deep.equal([]);
    expect(outcome({ status: 'unsafe', known: { reason: 'r', state: 'expected' } })).to.deep.equal(['skipped']);
    expect(outcome({ status: 'safe', known: { reason: 'r', state: 'unexpectedly-good' } })).to.deep.equal(['failure']);
    expect(outcome({ status: 'inconclusive' })).to.deep.equal(['error']);
    expect(outcome({ status: 'not-applicable' })).to.deep.equal(['skipped']);
    expect(outcome({ status: 'safe' })).to.deep.equal([]);
    expect(outcome({ status: 'downgradable' })).to.deep.equal([]);
  });

  it('says what peers said without letting it out of its place', () => {
    const all = elements(renderReport(hostile(), 'junit'));
    expect(all.map(({ name }) => name)).to.deep.equal([
      'testsuites',
      'testsuite',
      'testcase',
      'failure',
      'testsuite',
      'testcase',
      'error',
    ]);
    const shown = named(all, 'failure')[0]?.attributes['message'];
    expect(shown).to.include('</testcase>]]> <!-- & "quoted"').and.include('\\u{1b}').and.include('\\u{fffe}');
  });

  it('is XML to a parser that we did not write', function () {
    for (const report of [golden, hostile()]) {
      const { status, error, stderr } = spawnSync(
        'python3',
        ['-c', 'import sys, xml.dom.minidom as m; m.parseString(sys.stdin.buffer.read())'],
        { input: renderReport(report, 'junit'), encoding: 'utf8' },
      );
      if (error !== undefined) this.skip();
      expect(status, stderr).to.equal(0);
    }
  });
});

describe('JSON', () => {
  for (const format of ['json', 'ndjson'])
    it(`has no control character and no mark that reorders text, whatever was said (${format})`, () => {
      const said = 'a\x7f\x9b2J\u202e\u2066\ud800\u2028\u{e0041}z';
      const text = renderReport({ ...golden, faults: [said] }, format);
      expect(text).to.not.match(/[\x00-\x09\x0b-\x1f\x7f-\x9f\p{Cf}\p{Cs}\u2028]/u);
      const last = format === 'json' ? text : (text.trimEnd().split('\n').at(-1) ?? '');
      expect((JSON.parse(last) as { faults: string[] }).faults).to.deep.equal([said]);
    });
});

describe('JSON lines', () => {
  it('are one JSON object each, whatever peers said', () => {
    const text = renderReport(hostile(), 'ndjson');
    const lines = text.split('\n');
    expect(lines.pop()).to.equal('');
    const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(parsed.map(({ line }) => line)).to.deep.equal(['report', 'result', 'summary']);
    expect(parsed[1]).to.include({ because: HOSTILE, status: 'unsafe' });
  });

  it('hold what the document holds, but for visits', () => {
    const parsed = renderReport(golden, 'ndjson')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const rows = parsed.filter(({ line }) => line === 'result');
    const { results, visits: _, ...rest } = golden;
    expect(parsed.map(({ line }) => line)).to.deep.equal(['report', ...results.map(() => 'result'), 'summary']);
    expect({ ...parsed[0], ...parsed.at(-1) }).to.deep.equal({ ...rest, line: 'summary' });
    expect(rows).to.deep.equal(results.map((result) => ({ line: 'result', ...result })));
  });
});
