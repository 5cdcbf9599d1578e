import { Ajv } from 'ajv';
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import formats from '../../src/report/formats/index.js';
import { renderReport, type RenderOptions } from '../../src/report/render.js';
import type { Report } from '../../src/document/report-model.js';
import type { Visit } from '../../src/verdict/visit.js';
import { WITHOUT_GOLDEN } from './golden-sessions.js';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const report = JSON.parse(read('fixtures/reports/session.json')) as Report;
const visits = new Map(
  report.visits.map((document) => (document as { visit: Visit }).visit).map((visit) => [visit.number, visit]),
);
const text = (options: RenderOptions = {}, of = report): string => renderReport(of, 'text', { visits, ...options });

describe('the golden reports', () => {
  for (const [name, document] of [
    ['session', report],
    ['audit', JSON.parse(read('fixtures/reports/audit.json')) as Report],
  ] as const) {
    for (const { id, extension } of formats.filter(({ id }) => !WITHOUT_GOLDEN.has(id)))
      it(`${name} in ${id}, as in fixtures/reports/${name}.${extension}; scripts/golden-report.ts writes it`, () => {
        expect(renderReport(document, id)).to.equal(read(`fixtures/reports/${name}.${extension}`));
      });

    for (const width of [80, 120])
      it(`${name} on a terminal of ${String(width)} columns`, () => {
        expect(renderReport(document, 'text', { width, cut: true, color: true })).to.equal(
          read(`fixtures/reports/${name}.terminal-${String(width)}.txt`),
        );
      });
  }

  it('is what the shipped schemas say', () => {
    const ajv = new Ajv({ allErrors: true, strict: false });
    const ofReport = ajv.compile(JSON.parse(read('docs/reference/report.schema.json')) as object);
    const ofRecording = ajv.compile(JSON.parse(read('docs/reference/recording.schema.json')) as object);
    expect(ofReport(report), ajv.errorsText(ofReport.errors)).to.be.true;
    for (const document of report.visits) expect(ofRecording(document), ajv.errorsText(ofRecording.errors)).to.be.true;
    expect(ofReport({ ...report, surplus: 1 })).to.be.false;
  });
});

describe('the text', () => {
  for (const width of [60, 80, 120])
    it(`fits into ${String(width)} columns of a terminal, but for commands, which can be copied`, () => {
      for (const line of text({ transcripts: 'all', passes: true, cut: true, width }).split('\n'))
        if (!/^ +again /.test(line)) expect(line.length, line).to.be.at.most(width);
    });

  it('cuts nothing where it is stored or piped, and breaks no word', () => {
    const whole = text({ transcripts: 'all', passes: true, width: 60 });
    expect(whole).to.not.include('…\n');
    const word = 'p'.repeat(200);
    expect(text({ width: 60 }, { ...report, faults: [`the folder /${word} is full`] })).to.include(`/${word}`);
  });

  it('prints no control character of a client that names itself, however well it did', () => {
    const named: Report = {
      ...report,
      results: report.results.map((each) => ({
        ...each,
        status: 'safe',
        client: 'ID \x16\x03\x01\u202e',
        peer: '127.0.0.1:1',
      })),
    };
    const shown = text({ passes: true }, named);
    expect(shown).to.include('ID \\u{16}\\u{3}\\u{1}\\u{202e}');
    expect(shown).not.to.match(/(?!\n)[\p{Cc}\p{Cf}]/u);
  });

  it('is the same with colours, but for them', () => {
    expect(text({ color: true })).to.match(/\x1b\[/);
    expect(text({ color: true }).replace(/\x1b\[\d+m/g, '')).to.equal(text());
  });

  it('says the worst first, every finding once with its cases, and the summary last', () => {
    const statuses = [...text().matchAll(/^(unsafe|downgradable|inconclusive|safe)\b/gm)].map(([status]) => status);
    const order = ['unsafe', 'downgradable', 'inconclusive', 'safe'];
    expect(statuses).to.deep.equal(statuses.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)));
    const findings = text().split(/^(?=unsafe|downgradable)/m);
    expect(findings.filter((each) => /^unsafe[^]+if TLS cannot be started/.test(each))).to.have.length(1);
    expect(text().trimEnd().split('\n').at(-1)).to.match(/^6 unsafe, 1 downgradable, 2 inconclusive, 5 safe/);
  });

  it('lists good cases on request only', () => {
    expect(text()).to.not.match(/^safe +starttls-not-offered/m);
    expect(text({ passes: true })).to.match(/^safe +starttls-not-offered \(IMAP, STARTTLS\) +\S/m);
  });

  it('shows clear text, the boundary and the leak at a glance', () => {
    const shown = text();
    expect(shown).to.match(/^ +▶ +\d+ {3}C: /m);
    expect(shown).to.match(/══ TLS 1\.3, certificate self-signed ═+/);
    expect(shown).to.match(/^ +▶ +\d+ ┃ C: /m);
    expect(shown).to.match(/^ +~ +\d+ {3}S: /m);
  });

  it('escapes what peers, recordings and files say', () => {
    const hostile = '\x1b]0;title\x07\u202e\r\n';
    const [first] = report.results;
    const base = visits.get(1);
    if (first === undefined || base === undefined) throw new Error('the golden session has results');
    const visit: Visit = {
      ...base,
      connections: [
        {
          id: 1,
          endpoint: 'own',
          portRole: 'imap',
          port: 1,
          protocol: 'imap',
          tls: 'starttls',
          leg: 'client',
          openedAt: 0,
          truncated: false,
          entries: [
            { kind: 'bytes', at: 1, from: 'client', inside: false, data: hostile },
            { kind: 'note', at: 2, what: 'remark', by: 'us', text: hostile },
            {
              kind: 'boundary',
              at: 3,
              completed: false,
              pending: [{ at: 3, data: hostile }],
              trusted: true,
              failure: hostile,
            },
            {
              kind: 'boundary',
              at: 4,
              completed: true,
              pending: [],
              trusted: false,
              certificate: hostile,
              version: hostile,
              alert: { from: 'client', name: hostile },
            },
          ],
        },
      ],
    };
    const bad: Report = {
      ...report,
      diagnosis: [hostile],
      faults: [hostile],
      authorizedBy: hostile,
      subject: { command: [hostile] },
      results: [
        {
          ...first,
          status: 'unsafe',
          because: hostile,
          reproduce: [hostile],
          visit: 1,
          evidence: [{ connection: 1, entry: 0, quote: hostile, why: hostile }],
        },
      ],
    };
    for (const line of text({ visits: new Map([[1, visit]]) }, bad).split('\n'))
      expect(line, JSON.stringify(line)).to.not.match(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  });

  it('is short where a connection was long, and keeps the proof', () => {
    const [first] = report.results.filter(({ status }) => status === 'unsafe');
    const base = visits.get(first?.visit ?? 1);
    if (first === undefined || base === undefined) throw new Error('the golden session has an unsafe result');
    const entries = Array.from({ length: 5000 }, (_, at) => ({
      kind: 'bytes' as const,
      at,
      from: 'client' as const,
      inside: false,
      data: `line ${String(at)}\r\n`,
    }));
    const [connection] = base.connections;
    if (connection === undefined) throw new Error('it has a connection');
    const long = text(
      { visits: new Map([[1, { ...base, connections: [{ ...connection, entries }] }]]) },
      {
        ...report,
        results: [
          { ...first, visit: 1, evidence: [{ connection: connection.id, entry: 2500, quote: '', why: 'this one' }] },
        ],
      },
    );
    expect(long.split('\n').length).to.be.below(100);
    expect(long).to.include('▶  2500   C: line 2500').and.include('this one');
  });
});
