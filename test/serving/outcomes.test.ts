import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { caseOf } from '../../src/document/judge.js';
import { visitOf } from '../../src/document/recording.js';
import { seenVisit } from '../../src/document/seen.js';
import type { SeenConnection } from '../../src/serving/telling.js';
import { Outcomes } from '../../src/serving/outcomes.js';
import { parseRecording } from '../../src/verdict/recording.js';
import type { Visit } from '../../src/verdict/visit.js';

const masking = { secrets: 'mask', key: Buffer.alloc(32) } as const;
const recorded = (name: string): Visit =>
  visitOf(
    parseRecording(readFileSync(new URL(`../../fixtures/recordings/${name}.json`, import.meta.url), 'utf8'), 'x'),
  );
const visit = recorded('imapflow-tries');
const careful = recorded('curl-control-smtp');

describe('outcomes of a proxy', () => {
  for (const [title, peers, count] of [
    ['of two machines are two, though the clients have one name', ['192.0.2.1:1', '192.0.2.2:1'], 2],
    ['of one machine are one', ['192.0.2.1:1', '192.0.2.1:2'], 1],
    ['of this machine are one, by IPv4 and IPv6', ['127.0.0.1:1', '[::1]:2'], 1],
  ] as const) {
    it(title, () => {
      const outcomes = new Outcomes(masking);
      for (const [index, peer] of peers.entries()) outcomes.add(seen(visit, index + 1, peer), visit);
      expect(outcomes.all()).to.have.length(count);
    });
  }

  it('are told at once, and are judged together afterwards where that takes long', async () => {
    const outcomes = new Outcomes(masking);
    const { connections, hits, ...rest } = careful;
    for (const number of [1, 2]) {
      const one: Visit = {
        ...rest,
        hits: hits.map((each) => ({ ...each, connection: each.connection + 10 * number })),
        connections: connections.map((each) => ({
          ...each,
          id: each.id + 10 * number,
          entries: each.entries.map((entry) =>
            entry.kind === 'bytes' && entry.from === 'server' && entry.inside
              ? { ...entry, data: `${entry.data}${`* OK ${'x'.repeat(100)}\r\n`.repeat(1000)}` }
              : entry,
          ),
        })),
      };
      outcomes.add(seen(one, number, '192.0.2.1:1'), one);
    }
    const [first] = outcomes.all();
    expect(first?.judgement.status).to.equal('inconclusive');
    expect(first?.judgement.because).to.contain('2 connections are not judged together yet');
    for (let turn = 0; turn < 10_000 && outcomes.all()[0]?.judgement.status === 'inconclusive'; turn += 1)
      await new Promise((resolve) => setImmediate(resolve));
    expect(outcomes.all()[0]?.judgement.status).to.equal('safe');
    expect(outcomes.all()[0]?.connections).to.equal(2);
  });
});

const seen = (visit: Visit, id: number, peer: string): SeenConnection => ({
  ...seenVisit(caseOf(visit), visit, { ...masking, known: new Set() }),
  id,
  isControl: false,
  isOpen: false,
  client: 'EHLO laptop',
  peer,
  at: '',
});
