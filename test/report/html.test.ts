import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '../../src/document/report-model.js';
import { html, Markup } from '../../src/report/html/markup.js';
import { outcomeOf, plainWords } from '../../src/report/plain-words.js';
import { renderReport } from '../../src/report/render.js';
import { parsedSvg } from '../support/svg.js';
import { attributeOf, parsedPage, textIn } from '../support/html-page.js';
import { SESSIONS } from './golden-sessions.js';
import { audit, HOSTILE, session, withText } from './hostile-texts.js';
import { it } from '../support/in-turn.js';

const stored = (name: string): Report =>
  JSON.parse(
    readFileSync(join(import.meta.dirname, '../../fixtures/reports/sessions', `${name}.json`), 'utf8'),
  ) as Report;

const REPORTS: readonly (readonly [string, Report])[] = [
  ['session', session],
  ['audit', audit],
  ...SESSIONS.map((name) => [name, stored(name)] as const),
];

describe('the HTML report', () => {
  it('names where a rule of a profile was judged: ports of addresses, and a domain without one', () => {
    const report = stored('profile');
    const { profile } = report;
    const [rule] = profile?.rules ?? [];
    if (profile === undefined || rule === undefined) throw new Error('the stored report has no rules');
    const { port: _, ...domain } = rule;
    const rules = [
      { ...rule, host: '2001:db8::1', port: 993 },
      { ...domain, host: 'example.test' },
    ];
    const { text } = parsedPage(renderReport({ ...report, profile: { ...profile, rules } }, 'html'));
    expect(text).to.include('[2001:db8::1]:993, example.test');
  });

  for (const [name, report] of REPORTS) {
    const source = renderReport(report, 'html');
    const page = parsedPage(source);

    it(`shows every result of ${name}, with an id of its own`, () => {
      const results = page.elements.filter((each) => attributeOf(each, 'class') === 'result');
      expect(results).to.have.length(report.results.length);
      const ids = page.elements.flatMap((each) => attributeOf(each, 'id') ?? []);
      expect(new Set(ids).size).to.equal(ids.length);
      for (const { because } of report.results.slice(0, 40)) expect(page.text).to.include(because.slice(0, 40));
    });

    it(`says three sentences of ${name} first`, () => {
      const [first, second, third] = plainWords(report);
      expect([first, second, third].map((words) => page.text.indexOf(words))).to.satisfy(
        ([a = -1, b = -1, c = -1]: number[]) => a > 0 && a < b && b < c && c < page.text.indexOf('Results'),
      );
      for (const sentence of [first, second, third]) expect(sentence).to.match(/^\S.*\.$/s);
    });

    it(`${name} is the same each time, and loads nothing`, () => {
      expect(renderReport(report, 'html')).to.equal(source);
      const loading = page.elements.filter(
        (each) =>
          attributeOf(each, 'src') !== undefined ||
          ['iframe', 'object', 'embed', 'img', 'base', 'form'].includes(each.tagName) ||
          (each.tagName === 'link' && attributeOf(each, 'href') !== 'data:,'),
      );
      expect(loading.map(({ tagName }) => tagName)).to.deep.equal([]);
      expect(source).to.not.match(/https?:\/\/(?!www\.w3\.org)[^\s<"]*\.(js|css|png|woff2?)/);
    });

    it(`${name} has a policy that allows its own script and style only, and neither handlers nor style attributes`, () => {
      const policy = page.elements.find((each) => attributeOf(each, 'http-equiv') === 'Content-Security-Policy');
      const content = policy === undefined ? '' : (attributeOf(policy, 'content') ?? '');
      expect(content)
        .to.match(/^default-src 'none'; /)
        .and.not.include('unsafe');
      for (const tag of ['script', 'style']) {
        const run = page.elements.filter(
          (each) => each.tagName === tag && attributeOf(each, 'type') !== 'application/octet-stream',
        );
        expect(run).to.have.length(1);
        for (const each of run)
          expect(content).to.include(`'sha256-${createHash('sha256').update(textIn(each, true)).digest('base64')}'`);
      }
      for (const { tagName, attrs } of page.elements)
        for (const attribute of attrs) expect(attribute.name, tagName).to.not.match(/^(on|style$)/);
    });
  }

  for (const text of HOSTILE)
    it(`keeps ${JSON.stringify(text.slice(0, 30))} as text`, () => {
      const plain = parsedPage(renderReport(withText('harmless words'), 'html'));
      for (const report of [withText(text), withSaid(text), { ...withText(text), kind: 'audit' as const }]) {
        const page = parsedPage(renderReport(report, 'html'));
        const kinds = new Set(page.elements.map(({ tagName }) => tagName));
        for (const tag of ['img', 'iframe', 'a', 'object'].filter((each) => each !== 'a'))
          expect(kinds).to.not.include(tag);
        const scripts = page.elements.filter(({ tagName }) => tagName === 'script');
        expect(scripts).to.have.length(plain.elements.filter(({ tagName }) => tagName === 'script').length);
        expect(page.source).to.not.match(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
        expect(page.source.length).to.be.below(500_000);
      }
    });

  it('shows what peers said beside what a careful client does, with the first byte that differs', () => {
    const page = parsedPage(renderReport(session, 'html'));
    const marks = page.elements.filter((each) => attributeOf(each, 'class') === 'differs');
    expect(marks.length).to.be.above(3);
    expect(page.elements.filter((each) => attributeOf(each, 'class') === 'leak').length).to.be.above(3);
    expect(page.text)
      .to.include('waxseal’s own test client in the same case')
      .and.include('First difference after the attack began');
  });

  it('says from where an audit was made, by whom, when, and what it did not look at', () => {
    const { text } = parsedPage(
      renderReport({ ...audit, from: ['192.0.2.7'], authorizedBy: 'our lab <b>', faults: ['a fault'] }, 'html'),
    );
    for (const words of ['192.0.2.7', 'our lab <b>', '2026-11-26 00:10:17 UTC', 'not observed: a fault', 'Not tested'])
      expect(text).to.include(words);
    expect(parsedPage(renderReport(audit, 'html')).text).to.include('not noted in this report');
  });

  it('names who accepted a result, and until when', () => {
    const [first, ...more] = session.results;
    if (first === undefined) throw new Error('the golden session has results');
    const known = { reason: 'old printer', owner: 'ops@example.org', until: '2027-01-31', state: 'expected' } as const;
    const { text } = parsedPage(renderReport({ ...session, results: [{ ...first, known }, ...more] }, 'html'));
    for (const words of ['old printer', 'ops@example.org', '2027-01-31', 'in force']) expect(text).to.include(words);
  });
});

/** A client that says it, in clear and inside TLS, and a server that answers with it. */
const withSaid = (text: string): Report => {
  const report = withText('harmless words');
  const visits = report.visits.map((document) => {
    const { visit, ...rest } = document as { visit: { connections: { entries: { kind: string }[] }[] } };
    return {
      ...rest,
      visit: {
        ...visit,
        connections: visit.connections.map((connection) => ({
          ...connection,
          entries: connection.entries.map((entry) => (entry.kind === 'bytes' ? { ...entry, data: text } : entry)),
        })),
      },
    };
  });
  return { ...report, visits };
};

describe('the SVG drawing', () => {
  for (const [name, report] of REPORTS)
    it(`is XML with nothing that runs or is loaded (${name})`, () => {
      const { elements } = parsedSvg(renderReport(report, 'svg'));
      expect(elements).to.include('svg');
      for (const element of ['script', 'image', 'foreignObject', 'a', 'use']) expect(elements).to.not.include(element);
    });

  for (const text of HOSTILE)
    it(`keeps ${JSON.stringify(text.slice(0, 30))} as text`, () => {
      for (const report of [withText(text), withSaid(text)]) {
        const { elements } = parsedSvg(renderReport(report, 'svg'));
        for (const name of ['script', 'img', 'image', 'b']) expect(elements).to.not.include(name);
      }
    });
});

describe('html``', () => {
  const rows: readonly (readonly [string, Markup, string])[] = [
    ['text', html`<b>${'<i>&"\'`'}</b>`, '<b>&#60;i&#62;&#38;&#34;&#39;&#96;</b>'],
    ['markup', html`<b>${html`<i>x</i>`}</b>`, '<b><i>x</i></b>'],
    ['nothing', html`<b>${undefined}${false}${[]}</b>`, '<b></b>'],
    ['lists', html`<b>${['<', html`<br />`, 7]}</b>`, '<b>&#60;<br />7</b>'],
    ['what reorders or hides', html`${'\u202ea\u0000\ud800'}`, '\\u{202e}a\\u{0}\\u{d800}'],
  ];
  for (const [name, made, expected] of rows)
    it(`writes ${name}`, () => {
      expect(made.toString()).to.equal(expected);
    });

  it('takes nobody’s word that a text is markup', () => {
    expect(() => new Markup('<script>', Symbol('markup') as never)).to.throw(TypeError);
    const forged = { toString: () => '<script>' } as unknown as string;
    expect(() => html`${forged}`.toString()).to.throw();
  });
});

describe('three sentences', () => {
  const [first] = session.results;
  if (first === undefined) throw new Error('the golden session has results');
  const { known: _, ...clean } = first;
  const of = (...results: readonly Partial<Report['results'][number]>[]): Report => ({
    ...session,
    subject: { command: ['/usr/bin/client', '{url}'] },
    faults: [],
    results: results.map((more) => ({ ...clean, ...more })),
  });
  const rows: readonly (readonly [string, Report, 'good' | 'bad' | 'open', RegExp])[] = [
    ['all safe', of({ status: 'safe' }), 'good', /^client kept every secret/],
    ['one unsafe', of({ status: 'safe' }, { status: 'unsafe' }), 'bad', /^client failed 1 of 2 cases/],
    [
      'one unsafe that is accepted',
      of({ status: 'unsafe', known: { reason: 'x', state: 'expected' } }),
      'good',
      /^client kept/,
    ],
    ['one inconclusive', of({ status: 'safe' }, { status: 'inconclusive' }), 'open', /could not be judged/],
    ['nothing applies', of({ status: 'not-applicable' }), 'open', /^Nothing was tested/],
    ['nothing at all', of(), 'open', /^Nothing was tested/],
    ['a failed self-test', { ...of({ status: 'safe' }), selfTest: 'failed' }, 'open', /./],
  ];
  for (const [name, report, outcome, words] of rows)
    it(`of a report with ${name}`, () => {
      expect(outcomeOf(report)).to.equal(outcome);
      expect(plainWords(report)[0]).to.match(words);
    });
});
