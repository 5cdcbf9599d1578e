import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { differenceExitCode, differenceOf, type Difference } from '../../src/document/difference.js';
import type { Report, Result } from '../../src/document/report-model.js';
import { parseReport } from '../../src/document/report-text.js';
import { differenceText } from '../../src/report/difference.js';
import { monitorState } from '../../src/report/monitor.js';

const text = (name: string): string => readFileSync(join(import.meta.dirname, '../../fixtures/reports', name), 'utf8');
const golden = parseReport(text('session.json'), 'session.json');

const reportWith = (...results: readonly Partial<Result>[]): Report => {
  const [first] = golden.results;
  if (first === undefined) throw new Error('the golden session has results');
  return { ...golden, results: results.map((more) => ({ ...first, case: 'one@imap+starttls#server', ...more })) };
};

type Group = Exclude<keyof Difference, 'same' | 'expiries'> | 'same';

interface Row {
  readonly name: string;
  /** Absent: the report does not have the case. */
  readonly before?: Partial<Result>;
  readonly after?: Partial<Result>;
  readonly group: Group;
  readonly code: 0 | 1 | 3;
}

const ROWS: readonly Row[] = [
  { name: 'as before', before: { status: 'safe' }, after: { status: 'safe' }, group: 'same', code: 0 },
  {
    name: 'bad as before',
    before: { status: 'unsafe', severity: 'high' },
    after: { status: 'unsafe', severity: 'high' },
    group: 'same',
    code: 0,
  },
  {
    name: 'leaks now',
    before: { status: 'safe' },
    after: { status: 'unsafe', severity: 'low' },
    group: 'worse',
    code: 1,
  },
  {
    name: 'fails now, below the threshold',
    before: { status: 'pass' },
    after: { status: 'fail', severity: 'low' },
    group: 'worse',
    code: 0,
  },
  {
    name: 'fails now',
    before: { status: 'pass' },
    after: { status: 'fail', severity: 'medium' },
    group: 'worse',
    code: 1,
  },
  {
    name: 'of a higher severity',
    before: { status: 'fail', severity: 'low' },
    after: { status: 'fail', severity: 'high' },
    group: 'worse',
    code: 1,
  },
  {
    name: 'of a lower severity',
    before: { status: 'fail', severity: 'high' },
    after: { status: 'fail', severity: 'low' },
    group: 'better',
    code: 0,
  },
  { name: 'downgradable now', before: { status: 'safe' }, after: { status: 'downgradable' }, group: 'worse', code: 0 },
  { name: 'mended', before: { status: 'unsafe' }, after: { status: 'safe' }, group: 'better', code: 0 },
  {
    name: 'not observed any more',
    before: { status: 'safe' },
    after: { status: 'inconclusive' },
    group: 'lost',
    code: 3,
  },
  {
    name: 'bad, and not observed any more',
    before: { status: 'unsafe' },
    after: { status: 'inconclusive' },
    group: 'lost',
    code: 3,
  },
  {
    name: 'not observed, as before',
    before: { status: 'inconclusive' },
    after: { status: 'inconclusive' },
    group: 'same',
    code: 0,
  },
  {
    name: 'observed at last, good',
    before: { status: 'inconclusive' },
    after: { status: 'safe' },
    group: 'better',
    code: 0,
  },
  {
    name: 'observed at last, bad',
    before: { status: 'inconclusive' },
    after: { status: 'unsafe', severity: 'high' },
    group: 'worse',
    code: 1,
  },
  { name: 'new and good', after: { status: 'safe' }, group: 'added', code: 0 },
  { name: 'new and bad', after: { status: 'unsafe', severity: 'high' }, group: 'worse', code: 1 },
  { name: 'new and not observed', after: { status: 'inconclusive' }, group: 'added', code: 0 },
  { name: 'gone, and was good', before: { status: 'safe' }, group: 'lost', code: 3 },
  {
    name: 'gone, and was bad: a port is closed',
    before: { status: 'fail', severity: 'high' },
    group: 'better',
    code: 0,
  },
  {
    name: 'worse, and accepted',
    before: { status: 'safe' },
    after: { status: 'unsafe', known: { reason: 'r', state: 'expected' } },
    group: 'worse',
    code: 0,
  },
  {
    name: 'worse, and accepted no longer',
    before: { status: 'safe' },
    after: { status: 'unsafe', known: { reason: 'r', state: 'stale' } },
    group: 'worse',
    code: 1,
  },
];

describe('the difference of two reports', () => {
  for (const { name, before, after, group, code } of ROWS)
    it(`${name}: ${group}, exit code ${String(code)}`, () => {
      const difference = differenceOf(
        reportWith(...(before === undefined ? [] : [before])),
        reportWith(...(after === undefined ? [] : [after])),
      );
      const groups = (['worse', 'lost', 'better', 'added'] as const).filter((each) => difference[each].length > 0);
      expect(groups).to.deep.equal(group === 'same' ? [] : [group]);
      expect(difference.same).to.equal(group === 'same' ? 1 : 0);
      expect(differenceExitCode(difference)).to.equal(code);
    });

  it('keeps the clients of a proxy apart, and takes the worst result of each', () => {
    const difference = differenceOf(
      reportWith({ client: 'a', status: 'safe' }, { client: 'b', status: 'safe' }),
      reportWith({ client: 'a', status: 'safe' }, { client: 'b', status: 'unsafe' }, { client: 'b', status: 'safe' }),
    );
    expect(difference.worse.map((each) => each.case)).to.deep.equal(['one@imap+starttls#server (b)']);
    expect(difference.same).to.equal(1);
  });

  it('lists certificates that expire within the days given, the first one first', () => {
    const audit = parseReport(text('audit.json'), 'audit.json');
    expect(differenceOf(audit, audit, 0).expiries).to.deep.equal([]);
    const { expiries } = differenceOf(audit, audit, 21);
    expect(expiries.map(({ days }) => days)).to.deep.equal(expiries.map(({ days }) => days).toSorted((a, b) => a - b));
    expect(expiries[0]).to.include({ host: 'localhost' });
    const later = { ...audit, finishedAt: '2027-01-01T00:00:00.000Z' };
    expect(differenceOf(audit, later, 0).expiries[0]?.days).to.be.below(0);
    expect(differenceText(differenceOf(audit, later, 0), false)).to.match(
      /^expiry {3}localhost:\d+: the certificate expired \d+ days ago/m,
    );
  });

  it('writes an IPv6 address in brackets before the port of a certificate', () => {
    const audit = parseReport(text('audit.json').replaceAll('"host": "localhost"', '"host": "::1"'), 'audit.json');
    const later = { ...audit, finishedAt: '2027-01-01T00:00:00.000Z' };
    expect(differenceText(differenceOf(audit, later, 0), false)).to.match(/^expiry {3}\[::1\]:\d+: the certificate/m);
    const passed = { ...later, results: later.results.filter(({ status }) => status === 'pass') };
    expect(monitorState(passed, { criticalDays: 0, warningDays: 0 }).text).to.match(
      /the certificate of \[::1\]:\d+ has/,
    );
  });

  it('refuses reports of different kinds', () => {
    expect(() => differenceOf(golden, parseReport(text('audit.json'), 'audit.json'))).to.throw(/test and audit/);
  });

  it('prints what peers said without control characters', () => {
    const hostile = '\u001b[2J\u202e\r\nworse forged';
    const printed = differenceText(
      differenceOf(
        reportWith({ case: hostile, status: 'safe' }),
        reportWith({ case: hostile, status: 'unsafe', because: hostile, reproduce: ['waxseal', hostile] }),
      ),
      false,
    );
    expect(printed).to.not.match(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    expect(printed.split('\n').filter((line) => line.startsWith('worse'))).to.have.length(1);
  });
});

describe('a report that is read', () => {
  const WRONG: readonly { readonly name: string; readonly text: string; readonly says: RegExp }[] = [
    { name: 'half a document', text: '{"schema":', says: /not JSON/ },
    { name: 'an array', text: '[]', says: /the document/ },
    {
      name: 'a recording',
      text: '{"schema":"urn:waxseal:recording:2"}',
      says: /its schema is "urn:waxseal:recording:2"/,
    },
    { name: 'a later version', text: '{"schema":"urn:waxseal:report:2"}', says: /not urn:waxseal:report:1/ },
    { name: 'a field of another type', text: JSON.stringify({ ...golden, results: 7 }), says: /\/results/ },
    { name: 'a result without a status', text: JSON.stringify({ ...golden, results: [{}] }), says: /\/results\/0/ },
  ];
  for (const { name, text: given, says } of WRONG)
    it(`is refused in one line: ${name}`, () => {
      expect(() => parseReport(given, 'r\u001b.json'))
        .to.throw(says)
        .with.property('code', 'BAD_USAGE');
      expect(() => parseReport(given, 'r\u001b.json')).to.throw(/^[^\x00-\x1f]+$/);
    });

  it('is taken, whoever wrote it', () => {
    for (const name of ['session.json', 'audit.json'])
      expect(parseReport(text(name), name).schema).to.equal('urn:waxseal:report:1');
  });
});
