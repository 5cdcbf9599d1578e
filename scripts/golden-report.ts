/** Writes fixtures/reports: one session, made of the recordings, in every format; to be run when a renderer changes on purpose. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonReport } from '../src/report/json.js';
import { textReport } from '../src/report/text.js';
import { caseOf, judgeVisit } from '../src/document/judge.js';
import { visitOf } from '../src/document/recording.js';
import type { Report } from '../src/document/report-model.js';
import { resultOf, summaryOf } from '../src/document/result.js';
import { parseRecording } from '../src/wire/recording.js';

const root = join(import.meta.dirname, '..');
const recordings = join(root, 'fixtures/recordings');
const known = [
  {
    case: 'starttls-refused/454@smtp+starttls#server',
    status: 'unsafe',
    reason: 'the vendor was told',
    until: '2027-01-31',
  },
] as const;

const documents = readdirSync(recordings)
  .sort()
  .map((file, index) => {
    const document = parseRecording(readFileSync(join(recordings, file), 'utf8'), file);
    return { ...document, visit: { ...document.visit, number: index + 1 } };
  });
const results = documents.map((document) => {
  const visit = visitOf(document);
  const one = caseOf(visit);
  return resultOf(one, judgeVisit(one, visit), {
    known: [...known],
    today: '2026-01-01',
    visit,
    reproduce: ['waxseal', 'test', '--protocol', one.protocol, '--tls', one.tls, '--', 'client', "it's", '{url}'],
  });
});
const report: Report = {
  schema: 'urn:waxseal:report:1',
  tool: { name: 'waxseal', version: '0.1.0' },
  kind: 'test',
  startedAt: '2026-01-01T12:00:00.000Z',
  finishedAt: '2026-01-01T12:00:05.000Z',
  seed: 'golden',
  place: 'loopback',
  selfTest: 'passed',
  subject: { command: ['several', 'clients'] },
  results,
  diagnosis: ['imap with implicit: the client made no connection; a hostile \u001b[31mname\u202e is escaped'],
  faults: ['a listener could not be opened'],
  visits: documents,
  summary: summaryOf('test', results),
};
const folder = join(root, 'fixtures/reports');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'session.json'), jsonReport(report));
const visits = new Map(documents.map((document) => [document.visit.number, visitOf(document)]));
writeFileSync(join(folder, 'session.txt'), textReport(report, { color: false, transcripts: 'bad', visits }));
