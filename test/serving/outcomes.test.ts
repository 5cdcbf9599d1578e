import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { caseOf } from '../../src/document/judge.js';
import { visitOf } from '../../src/document/recording.js';
import { seenVisit } from '../../src/document/seen.js';
import { Outcomes } from '../../src/serving/outcomes.js';
import { parseRecording } from '../../src/verdict/recording.js';

const masking = { secrets: 'mask', key: Buffer.alloc(32) } as const;
const visit = visitOf(
  parseRecording(readFileSync(new URL('../../fixtures/recordings/imapflow-tries.json', import.meta.url), 'utf8'), 'x'),
);

describe('outcomes of a proxy', () => {
  for (const [title, peers, count] of [
    ['of two machines are two, though the clients have one name', ['192.0.2.1:1', '192.0.2.2:1'], 2],
    ['of one machine are one', ['192.0.2.1:1', '192.0.2.1:2'], 1],
    ['of this machine are one, by IPv4 and IPv6', ['127.0.0.1:1', '[::1]:2'], 1],
  ] as const) {
    it(title, () => {
      const outcomes = new Outcomes(masking);
      const one = caseOf(visit);
      for (const [index, peer] of peers.entries())
        outcomes.add(
          {
            ...seenVisit(one, visit, { ...masking, known: new Set() }),
            id: index + 1,
            isControl: false,
            isOpen: false,
            client: 'EHLO laptop',
            peer,
            at: '',
          },
          visit,
        );
      expect(outcomes.all()).to.have.length(count);
    });
  }
});
