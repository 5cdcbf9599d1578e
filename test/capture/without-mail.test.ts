import { expect } from 'chai';
import { pcapng } from '../../src/capture/capture-writer.js';
import { judgeCaptures } from '../../src/document/judge-captures.js';
import { packets, type Script } from './captured.js';

const WEB: Script = ['C: GET / HTTP/1.1', 'C: ', 'S: HTTP/1.1 200 OK', 'S: ', 'S.', 'C.'];

describe('a capture without mail', () => {
  for (const [what, frames, note] of [
    ['that has no packets', [], /^some\.pcapng: 0 packets, 0 TCP connections, no mail$/],
    [
      'that has other connections only',
      packets(WEB, 80, 10_000),
      /^some\.pcapng: \d+ packets, 1 TCP connection, no mail$/,
    ],
  ] as const)
    it(`${what} is said to have none`, async () => {
      const file = pcapng(frames);
      const { results, notes } = await judgeCaptures([
        {
          name: 'some.pcapng',

          async *bytes() {
            yield file;
          },
        },
      ]);
      expect(results).to.deep.equal([]);
      expect(notes).to.have.length(1);
      expect(notes[0]).to.match(note);
    });
});
