import { expect } from 'chai';
import { Transcript } from '../../src/wire/transcript.js';
import { Wire } from '../../src/wire/wire.js';
import { duplexPair, type Duplex } from 'node:stream';
import { isThorough } from '../support/representative.js';
import { it } from '../support/in-turn.js';

const SIZE = 3 * 1024 * 1000;

const repeated = (pattern: Buffer, size: number): Buffer => Buffer.alloc(size, pattern);

const pseudoRandom = (size: number): Buffer => {
  const bytes = Buffer.alloc(size);
  let state = 1;
  for (let at = 0; at < size; at += 1) {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    bytes[at] = state >> 16;
  }
  return bytes;
};

const HELLO = Buffer.from([0x0a, 22, 3, 1, 0, 1, 1]);

const PATTERNS: readonly (readonly [what: string, bytes: (size: number) => Buffer])[] = [
  ['lines that begin like a ClientHello', (size) => repeated(HELLO, size)],
  ['empty lines', (size) => repeated(Buffer.from('\n'), size)],
  ['first bytes of records', (size) => repeated(Buffer.from([22]), size)],
  ['headers of long records', (size) => repeated(Buffer.from([22, 3, 1, 0xff, 0xff]), size)],
  ['records of one byte', (size) => repeated(Buffer.from([23, 3, 3, 0, 1, 0]), size)],
  ['one line without an end', (size) => repeated(Buffer.from('a'), size)],
  ['random bytes', pseudoRandom],
];

/** Feeds a wire in segments, reading as a conversation does; the number of bytes read, and what was kept. */
const fed = async (bytes: Buffer, segment: number): Promise<{ read: number; transcript: Transcript }> => {
  const [raw, peer]: readonly [Duplex, Duplex] = duplexPair();
  const transcript = new Transcript(() => 0);
  const wire = new Wire(raw, 'server', transcript);
  const sent = (async (): Promise<void> => {
    for (let at = 0; at < bytes.length; at += segment)
      await new Promise<void>((resolve) => peer.write(bytes.subarray(at, at + segment), () => resolve()));
    peer.end();
  })();
  let read = 0;
  for (;;) {
    const event = await wire.read(30_000);
    if (event === undefined || event.kind === 'end') break;
    if ('bytes' in event) read += event.bytes.length;
  }
  await sent;
  wire.destroy();
  return { read, transcript };
};

describe('megabytes of anything', function () {
  this.timeout(60_000);

  for (const [what, bytes] of PATTERNS)
    for (const [segment, size] of [
      [SIZE / 10, SIZE / 10],
      [64 * 1024, isThorough() ? SIZE : SIZE / 3],
      [7, 100_000],
      [1, 100_000],
    ] as const) {
      it(`${what}, ${String(segment)} bytes a segment: all is read, and little is kept`, async () => {
        const { read, transcript } = await fed(bytes(size), segment);
        expect(read).to.equal(size);
        expect(transcript.entries.length).to.be.below(40_000);
        expect(
          transcript.entries.reduce((sum, entry) => sum + ('data' in entry ? entry.data.length : 0), 0),
        ).to.be.at.most(512 * 1024);
      });
    }
});

describe('what is kept of very short lines', () => {
  const rows: readonly (readonly [what: string, from: 'client' | 'server', line: string, most: number])[] = [
    ['empty lines of a client', 'client', '\n', (512 * 1024) / 96],
    ['short commands', 'client', 'NOOP\r\n', (512 * 1024) / 96],
    ['lines of a mail', 'client', `${'x'.repeat(94)}\r\n`, (512 * 1024) / 96],
    ['empty lines of a server', 'server', '\n', (512 * 1024) / 24],
  ];
  for (const [what, from, line, most] of rows)
    for (const atOnce of [1, 1000]) {
      it(`${what}, ${String(atOnce)} at once: no more than can be understood in a moment`, () => {
        const transcript = new Transcript(() => 0);
        let sent = 0;
        for (; sent < 2 * most; sent += atOnce) transcript.bytes(from, Buffer.from(line.repeat(atOnce)), false);
        const kept = transcript.entries.map((entry) => ('data' in entry ? entry.data : '')).join('');
        expect(transcript.truncated).to.equal(true);
        expect(kept.length / line.length).to.be.at.most(most);
        // Entries count too; otherwise the room is used.
        if (atOnce > 1) expect(kept.length / line.length).to.be.above(0.9 * most);
        expect(line.repeat(sent).startsWith(kept)).to.equal(true);
      });
    }
});
