import { expect } from 'chai';
import { parse } from 'csv-parse/sync';
import { Marked } from 'marked';
import type { Log, Run } from 'sarif';
import { Parser, type FinalResults } from 'tap-parser';
import type { Report, Result } from '../../src/document/report-model.js';
import formats from '../../src/report/formats/index.js';
import { renderReport } from '../../src/report/render.js';
import { audit, HOSTILE, session, withText } from './hostile-texts.js';

const isControl = /[\x00-\x09\x0b-\x1f\x7f-\x9f\p{Cf}\p{Cs}\u2028\u2029]/u;

describe('every format', () => {
  it('has a file name of its own', () => {
    const extensions = formats.map(({ extension }) => extension);
    expect(new Set(extensions).size).to.equal(extensions.length);
  });

  for (const { id } of formats)
    it(`prints no control character, and a line end only where it means one (${id})`, () => {
      for (const text of HOSTILE) expect(renderReport(withText(text), id), text).to.not.match(isControl);
    });
});

/** A TAP document as node-tap reads it. */
const tapOf = (text: string): FinalResults => {
  const parser = new Parser({ strict: true });
  parser.end(text);
  if (parser.results === null) throw new Error('no TAP');
  return parser.results;
};

describe('TAP', () => {
  it('has a point for each result and fault, failing as the exit code does', () => {
    const { plan, pass, fail, todo, skip, failures } = tapOf(renderReport(session, 'tap'));
    const count = session.results.length + (session.faults ?? []).length;
    const of = (test: (result: Result) => boolean): number => session.results.filter(test).length;
    expect(plan.end).to.equal(count);
    expect(pass + fail).to.equal(count);
    expect(todo).to.equal(of(({ known }) => known?.state === 'expected'));
    expect(skip).to.equal(of(({ status }) => status === 'not-applicable'));
    const bad = of(({ status, known }) => (status === 'unsafe' || status === 'inconclusive') && known === undefined);
    expect(failures).to.have.length(bad + (session.faults ?? []).length);
  });

  for (const text of HOSTILE)
    it(`keeps ${JSON.stringify(text.slice(0, 30))} in its place`, () => {
      const { plan, fail, pass, bailout, failures } = tapOf(renderReport(withText(text), 'tap'));
      expect({ end: plan.end, fail, pass, bailout }).to.deep.equal({ end: 2, fail: 2, pass: 0, bailout: false });
      const [first] = failures;
      expect((first as { diag?: { message?: string } }).diag?.message).to.equal(text);
    });
});

const runOf = (text: string): Run => {
  const [run] = (JSON.parse(text) as Log).runs;
  if (run === undefined) throw new Error('no run');
  return run;
};

describe('SARIF', () => {
  for (const [name, report] of Object.entries({ session, audit, hostile: withText('../../etc/passwd\n"<script>') }))
    it(`has what code scanning asks of a result: rule with help, location, fingerprint (${name})`, () => {
      const { results = [], tool, automationDetails } = runOf(renderReport(report, 'sarif'));
      expect(results).to.have.length(
        report.results.filter(({ status }) => ['unsafe', 'fail', 'downgradable', 'warn'].includes(status)).length,
      );
      expect(automationDetails?.id).to.match(/^waxseal\/\w+\/$/);
      const rules = tool.driver.rules ?? [];
      expect(new Set(rules.map(({ id }) => id)).size).to.equal(rules.length);
      for (const { id, shortDescription, help, properties } of rules) {
        expect(id).to.not.equal('');
        expect(shortDescription?.text).to.not.equal('');
        expect(help?.text).to.not.equal('');
        expect(help?.markdown).to.not.match(/(?<!\\)</);
        expect(Number((properties as Record<string, unknown>)['security-severity'])).to.be.within(0, 10);
      }
      for (const { ruleId, ruleIndex = -1, level, message, locations = [], partialFingerprints = {} } of results) {
        expect(rules[ruleIndex]?.id).to.equal(ruleId);
        expect(level).to.be.oneOf(['error', 'warning', 'note']);
        expect(message.text).to.not.equal('');
        const [location] = locations;
        const uri = location?.physicalLocation?.artifactLocation?.uri ?? '';
        expect(uri).to.match(/^waxseal\/[^/]+\/[^/]+$/);
        expect(new URL(uri, 'file:///checkout/').pathname).to.match(/^\/checkout\/waxseal\//);
        expect(location?.physicalLocation?.region?.startLine).to.equal(1);
        expect(Object.values(partialFingerprints)[0]).to.match(/^[0-9a-f]{32}$/);
      }
    });

  it('has the same fingerprint in the next run, on another port, and another one for another case', () => {
    const print = (report: Report): (string | undefined)[] =>
      (runOf(renderReport(report, 'sarif')).results ?? []).map((each) => each.partialFingerprints?.['waxsealCase/v1']);
    const later = {
      ...session,
      seed: 'other',
      startedAt: '2027-01-01T00:00:00.000Z',
      results: session.results.map((result) => ({ ...result, port: 1, because: 'other words' })),
    };
    expect(print(later)).to.deep.equal(print(session));
    const cases = session.results
      .filter(({ status }) => status === 'unsafe' || status === 'downgradable')
      .map((each) => each.case);
    expect(new Set(print(session)).size).to.equal(new Set(cases).size);
  });

  it('leaves out what passed, and tells what could not be observed of the run', () => {
    const { invocations: [invocation] = [], results = [] } = runOf(renderReport(session, 'sarif'));
    const unobserved = session.results.filter(({ status }) => status === 'inconclusive').length;
    expect(invocation?.toolExecutionNotifications).to.have.length(unobserved + (session.faults ?? []).length);
    expect(results.filter(({ suppressions = [] }) => suppressions.length > 0)).to.have.length(
      session.results.filter(({ known }) => known?.state === 'expected').length,
    );
  });
});

interface Row {
  readonly id: string;
  readonly 'fqdn/ip': string;
  readonly severity: string;
  readonly finding: string;
}

const rowsOf = (text: string): Row[] => parse(text, { columns: true });

describe('testssl.sh’s formats', () => {
  it('say the same in CSV and JSON, one for each result and fault', () => {
    for (const report of [session, audit, ...HOSTILE.map((text) => withText(text))]) {
      const rows = rowsOf(renderReport(report, 'testsslcsv'));
      const objects = JSON.parse(renderReport(report, 'testssljson')) as { id: string; severity: string; ip: string }[];
      expect(rows).to.have.length(report.results.length + (report.faults ?? []).length);
      expect(objects.map(({ severity }) => severity)).to.deep.equal(rows.map(({ severity }) => severity));
    }
  });

  it('grade a finding by status and severity', () => {
    const grade = (more: Partial<Result>): string | undefined =>
      rowsOf(renderReport(withText('x', more), 'testsslcsv'))[0]?.severity;
    expect(grade({ status: 'fail', severity: 'critical' })).to.equal('CRITICAL');
    expect(grade({ status: 'fail', severity: 'high' })).to.equal('HIGH');
    expect(grade({ status: 'warn', severity: 'medium' })).to.equal('MEDIUM');
    expect(grade({ status: 'warn', severity: 'low' })).to.equal('LOW');
    expect(grade({ status: 'pass', severity: 'critical' })).to.equal('OK');
    expect(grade({ status: 'safe' })).to.equal('OK');
    expect(grade({ status: 'inconclusive', severity: 'critical' })).to.equal('WARN');
    expect(grade({ status: 'not-applicable', severity: 'high' })).to.equal('INFO');
    expect(grade({ status: 'unsafe', severity: 'high', known: { reason: 'r', state: 'expected' } })).to.equal('INFO');
  });

  it('are no formula to a spreadsheet', () => {
    for (const text of HOSTILE)
      for (const row of rowsOf(renderReport(withText(text), 'testsslcsv')))
        for (const cell of Object.values(row)) expect(cell).to.not.match(/^[=+\-@]/);
  });
});

describe('GitHub annotations', () => {
  it('are workflow commands, one a line, and nothing else', () => {
    for (const report of [session, audit, ...HOSTILE.map((text) => withText(text))]) {
      const lines = renderReport(report, 'github').split('\n');
      expect(lines.pop()).to.equal('');
      for (const line of lines) expect(line).to.match(/^::(error|warning|notice) title=[^:,]*::[^\r\n]*$/);
    }
  });

  it('begin with what fails', () => {
    const levels = renderReport(session, 'github').match(/^::\w+/gm) ?? [];
    const failed = session.results.filter(({ status, known }) => status === 'unsafe' && known === undefined).length;
    expect(levels.filter((each) => each === '::error')).to.have.length(failed);
    expect(levels).to.deep.equal(levels.toSorted((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)));
  });
});

const ORDER: readonly string[] = ['::error', '::warning', '::notice'];

describe('Markdown', () => {
  const html = (report: Report): string => {
    const rendered = new Marked({ gfm: true }).parse(renderReport(report, 'markdown'));
    if (typeof rendered !== 'string') throw new Error('marked is asynchronous');
    return rendered;
  };
  const count = (text: string, tag: string): number => text.match(new RegExp(`<${tag}[ >]`, 'g'))?.length ?? 0;

  it('has a table of what is not as expected, and details of what failed', () => {
    const text = html(session);
    const failed = session.results.filter(({ status, known }) => status === 'unsafe' && known === undefined).length;
    const others = session.results.filter(
      ({ status, known }) => status === 'inconclusive' || known !== undefined,
    ).length;
    expect(count(text, 'tr')).to.equal(1 + failed + others);
    expect(count(text, 'details')).to.equal(failed);
  });

  const plain = html(withText('plain'));
  for (const hostile of HOSTILE)
    it(`makes no markup of ${JSON.stringify(hostile.slice(0, 30))}`, () => {
      const text = html(withText(hostile));
      const tags = (page: string): string[] => page.match(/<\/?[a-z][a-z0-9]*/gi) ?? [];
      expect(tags(text)).to.deep.equal(tags(plain));
    });

  it('says so where all is as expected', () => {
    const good = {
      ...session,
      faults: [],
      diagnosis: [],
      results: session.results.filter(({ status }) => status === 'safe'),
    };
    expect(renderReport(good, 'markdown')).to.match(/^## waxseal test: all as expected\n/);
  });
});
