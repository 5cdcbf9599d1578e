import { expect } from 'chai';
import { caseId, casesOf } from '../../src/cases/case.js';
import { judge } from '../../src/document/judge.js';
import { recordingOf } from '../../src/document/recording.js';
import { resultOf } from '../../src/document/result.js';
import scenarios from '../../src/scenarios/index.js';
import { gaveUpOrHung, LONGEST_PATIENCE } from '../../src/scenarios/patience.js';
import type { TranscriptEntry } from '../../src/wire/entry.js';
import { scripted } from '../verdict/scripted.js';

/** Entries of a connection on which the server falls silent, up to the client's end at `end` ms. */
const silence = (end: number, ...more: TranscriptEntry[]): TranscriptEntry[] => [
  { kind: 'bytes', at: 1, from: 'server', inside: false, data: '220 ready\r\n' },
  { kind: 'bytes', at: 2, from: 'client', inside: false, data: 'EHLO x\r\n' },
  { kind: 'bytes', at: 3, from: 'server', inside: false, data: '250-x\r\n250 STARTTLS\r\n' },
  { kind: 'bytes', at: 4, from: 'client', inside: false, data: 'STARTTLS\r\n' },
  { kind: 'note', at: 5, what: 'ignored', by: 'scenario' },
  ...more,
  { kind: 'end', at: end, from: 'client', how: 'fin', by: 'client' },
];

describe('a client of a server that falls silent', () => {
  const LIMIT = LONGEST_PATIENCE + 10;
  const rows: readonly (readonly [
    what: string,
    entries: TranscriptEntry[],
    how: 'ended' | 'stopped',
    ms: number,
    status: string,
  ])[] = [
    ['gives up', silence(20_000), 'ended', 20_010, 'safe'],
    ['waits until it is stopped', silence(LIMIT), 'stopped', LIMIT, 'unsafe'],
    ['is stopped early, as by Ctrl-C', silence(30_000), 'stopped', 30_000, 'inconclusive'],
    ['leaves, and runs on', silence(20_000), 'stopped', LIMIT, 'inconclusive'],
  ];
  for (const [what, entries, how, ms, status] of rows) {
    it(`${what}: ${status}`, () => {
      const visit = scripted('smtp', []);
      const [connection] = scripted('smtp', [['S: 220 ready', 'C: QUIT', 'C.']]).connections;
      if (connection === undefined) throw new Error('no connection');
      const judgement = gaveUpOrHung({
        ...visit,
        connections: [{ ...connection, entries }],
        client: { how, stdout: '', stderr: '', duration: ms },
      });
      expect(judgement.status, judgement.because).to.equal(status);
      if (status === 'unsafe') expect(judgement).to.deep.include({ leaked: ['availability'], severity: 'medium' });
    });
  }
});

describe('a client that was still waiting when the case ended', () => {
  const all = casesOf(scenarios, 'smtp', 'starttls', 'server');
  const rows: readonly (readonly [one: string, decidedBy: string])[] = [
    ['starttls-answered-wrongly/250', 'starttls-unanswered/for-seconds'],
    ['starttls-unanswered/for-seconds', 'starttls-unanswered/for-minutes'],
    ['server-falls-silent/greeting-for-seconds', 'server-falls-silent/greeting'],
    ['server-falls-silent/handshake-for-seconds', 'server-falls-silent/handshake'],
  ];
  for (const [id, decidedBy] of rows) {
    it(`${id} names the case that waits longer, in the report and where a recording is judged`, () => {
      const one = all.find((each) => caseId(each) === id);
      if (one === undefined) throw new Error(`no case ${id}`);
      const variant = one.variant?.name;
      const waiting = {
        ...scripted('smtp', [['S: 220 ready', 'C: QUIT', 'C.']]),
        scenario: one.scenario.id,
        ...(variant !== undefined && { variant }),
      };
      const [connection] = waiting.connections;
      if (connection === undefined) throw new Error('no connection');
      const entries = silence(20_000, { kind: 'note', at: 4005, what: 'idle', by: 'us', ms: 4000 });
      const visit = { ...waiting, connections: [{ ...connection, entries }] };
      const judgement = judge(recordingOf(visit, []));
      expect(judgement).to.deep.include({ status: 'not-applicable', decidedBy });
      expect(resultOf(one, judgement, { reproduce: [] })).to.deep.include({ status: 'not-applicable', decidedBy });
      expect(all.map(caseId)).to.include(decidedBy);
    });
  }
});
