/** Writes fixtures/reports: one session, made of the recordings, in every format; to be run when a renderer changes on purpose. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import formats from '../src/report/formats/index.js';
import { renderReport } from '../src/report/render.js';
import { caseOf } from '../src/document/judge.js';
import { judgeVisit } from '../src/document/judge-visit.js';
import { visitOf } from '../src/document/recording.js';
import type { Report } from '../src/document/report-model.js';
import { reportOf } from '../src/document/report.js';
import { resultOf } from '../src/document/result.js';
import { GOLDEN_FORMS, SESSIONS, WITHOUT_GOLDEN, goldenText } from '../test/report/golden-sessions.js';
import { parseRecording } from '../src/verdict/recording.js';

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
    visit,
    reproduce: ['waxseal', 'test', '--protocol', one.protocol, '--tls', one.tls, '--', 'client', "it's", '{url}'],
  });
});
const report = {
  ...reportOf({
    kind: 'test',
    startedAt: '2026-01-01T12:00:00.000Z',
    finishedAt: '2026-01-01T12:00:05.000Z',
    seed: 'golden',
    place: 'loopback',
    selfTest: 'passed',
    subject: { command: ['several', 'clients'] },
    results,
    known: [...known],
    isPartial: true,
    diagnosis: ['IMAP with implicit TLS: the client made no connection; a hostile \u001b[31mname\u202e is escaped'],
    faults: ['a listener could not be opened'],
    visits: documents,
  }),
  tool: { name: 'waxseal' as const, version: '0.1.0' },
};
const folder = join(root, 'fixtures/reports');
mkdirSync(folder, { recursive: true });
// The audit was recorded once, of `waxseal serve`; of its connections those are kept that prove something.
const audit = JSON.parse(readFileSync(join(folder, 'audit.json'), 'utf8')) as Report;
for (const [name, document] of [
  ['session', report],
  ['audit', audit],
] as const) {
  for (const { id, extension } of formats.filter(({ id }) => !WITHOUT_GOLDEN.has(id)))
    writeFileSync(join(folder, `${name}.${extension}`), renderReport(document, id));
  for (const width of [80, 120])
    writeFileSync(
      join(folder, `${name}.terminal-${String(width)}.txt`),
      renderReport(document, 'text', { width, cut: true, color: true }),
    );
}

for (const name of SESSIONS) {
  const path = join(folder, 'sessions', name);
  const session = JSON.parse(readFileSync(`${path}.json`, 'utf8')) as Report;
  for (const form of GOLDEN_FORMS) writeFileSync(`${path}.${form.name}.txt`, goldenText(session, form));
}
