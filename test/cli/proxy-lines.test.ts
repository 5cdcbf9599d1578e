import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { lineOf, tableOf } from '../../src/cli/proxy-lines.js';
import { caseOf } from '../../src/document/judge.js';
import { visitOf } from '../../src/document/recording.js';
import type { ProxyOutcome } from '../../src/serving/outcomes.js';
import { parseRecording } from '../../src/verdict/recording.js';

const visit = visitOf(
  parseRecording(readFileSync(new URL('../../fixtures/recordings/imapflow-tries.json', import.meta.url), 'utf8'), 'x'),
);

const outcome = (client: string, peer: string): ProxyOutcome => ({
  one: caseOf(visit),
  client,
  peer,
  at: '2026-01-01T09:41:07.000Z',
  connections: 1,
  visit,
  masks: [],
  judgement: { status: 'safe', because: 'the reason', leaked: [], evidence: [] },
});

const clientsIn = (...outcomes: readonly ProxyOutcome[]): string[] =>
  tableOf(outcomes)
    .slice(1)
    .map((row) => row.split('  ')[0] ?? '');

describe('lines of waxseal proxy', () => {
  for (const [title, seen, told] of [
    [
      'name a client in full, also where it said less on a connection',
      [outcome('ID strict', '192.0.2.1:1'), outcome('ID strict, user alice', '192.0.2.1:2')],
      ['ID strict, user alice', 'ID strict, user alice'],
    ],
    [
      'do not guess which of two clients said less',
      [
        outcome('ID strict', '192.0.2.1:1'),
        outcome('ID strict, user alice', '192.0.2.1:2'),
        outcome('ID strict, user bob', '192.0.2.1:3'),
      ],
      ['ID strict', 'ID strict, user alice', 'ID strict, user bob'],
    ],
    [
      'take clients of two machines for two',
      [outcome('ID strict', '192.0.2.1:1'), outcome('ID strict, user alice', '192.0.2.2:2')],
      ['ID strict', 'ID strict, user alice'],
    ],
    ['name the command of --transparent', [outcome('', '127.0.0.1:0')], ['(unnamed) the command after --']],
    ['name a client that says nothing by its address', [outcome('', '192.0.2.1:5')], ['(unnamed) 192.0.2.1:5']],
  ] as const)
    it(title, () => {
      expect(clientsIn(...seen)).to.deep.equal(told);
    });

  it('tell at the end who was caught by which attack: a client that leaked on one of six connections is unsafe, the other one safe', () => {
    const stripped = (client: string, status: 'safe' | 'unsafe', connections: number): ProxyOutcome => {
      const seen = outcome(client, '192.0.2.1:1');
      return { ...seen, connections, judgement: { ...seen.judgement, status } };
    };
    expect(
      tableOf([stripped('EHLO one.test', 'safe', 6), stripped('EHLO two.test, user bob', 'unsafe', 6)]),
    ).to.deep.equal([
      'client                   attack                verdict  connections',
      'EHLO one.test            starttls-not-offered  safe     6',
      'EHLO two.test, user bob  starttls-not-offered  unsafe   6',
    ]);
  });

  it('say where a connection comes from', () => {
    const line = (peer: string): string => lineOf({ ...outcome('', peer), id: 2, isControl: true, isOpen: false });
    expect(line('127.0.0.1:0')).to.match(/^09:41:07 connection 2 from the command after -- \(not attacked\): safe/);
    expect(line('192.0.2.1:5')).to.match(/^09:41:07 connection 2 from 192\.0\.2\.1:5 \(/);
  });

  it('number what clients opened: legs to the real server are no connections of theirs', () => {
    const second = outcome('', '192.0.2.1:5');
    expect(second.visit.number).to.equal(2);
    expect(lineOf({ ...second, id: 3, isControl: true, isOpen: false })).to.include(' connection 2 from ');
  });
});
