import { expect } from 'chai';
import type { TranscriptEntry } from '../../src/wire/entry.js';
import { isTampered } from '../../src/wire/tampered.js';
import { EventQueue } from '../../src/wire/event-queue.js';
import { helloAfterLine, RecordFilter } from '../../src/wire/record-filter.js';
import { Transcript } from '../../src/wire/transcript.js';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('a transcript', () => {
  it('keeps its limit in each direction, with a few bytes for each entry, and counts the rest', () => {
    const transcript = new Transcript(() => 1.23456, { limit: 40 });
    transcript.bytes('client', bytes('12345'), false);
    expect(transcript.truncated).to.equal(false);
    transcript.bytes('client', bytes('67890'), true, { tampered: true });
    expect(transcript.truncated).to.equal(true);
    transcript.bytes('server', bytes('abc'), false);
    transcript.bytes('client', bytes('x'), false);
    transcript.bytes('client', bytes('yz'), false);
    const entry = { kind: 'bytes', at: 1.23 };
    expect(transcript.entries).to.deep.equal([
      { ...entry, from: 'client', inside: false, data: '12345' },
      { ...entry, from: 'client', inside: true, data: '678', tampered: true, dropped: 2 },
      { ...entry, from: 'server', inside: false, data: 'abc' },
      { ...entry, from: 'client', inside: false, data: '', dropped: 3 },
    ]);
  });

  it('one byte that is not kept makes it incomplete', () => {
    const transcript = new Transcript(() => 0, { limit: 3 });
    transcript.bytes('client', bytes('abc'), false);
    expect(transcript.truncated).to.equal(false);
    const other = new Transcript(() => 0, { limit: 3 });
    other.bytes('client', bytes('abcd'), false);
    expect(other.truncated).to.equal(true);
  });

  it('what nobody can read is no loss', () => {
    const transcript = new Transcript(() => 0, { limit: 3 });
    transcript.bytes('client', bytes('\x16\x03\x01\x00'), false, { record: true });
    expect(transcript.truncated).to.equal(false);
    expect(transcript.entries[0]).to.include({ record: true, data: '\x16\x03\x01', dropped: 1 });
  });

  it('what is dropped is counted for its own direction, behind an entry of nothing else', () => {
    const transcript = new Transcript(() => 0, { limit: 0 });
    transcript.bytes('client', bytes('a'), false);
    transcript.bytes('server', bytes('b'), false);
    transcript.note({ what: 'hung-up', by: 'us' });
    transcript.bytes('server', bytes('c'), false);
    transcript.bytes('server', bytes('d'), false);
    expect(
      transcript.entries.map((entry) =>
        'from' in entry && 'dropped' in entry ? `${entry.from} ${String(entry.dropped)}` : entry.kind,
      ),
    ).to.deep.equal(['client 1', 'server 1', 'note', 'server 2']);
  });

  it('shows every byte, kept or not, with the entry that it belongs to', () => {
    const shown: string[] = [];
    const transcript = new Transcript(() => 0, {
      limit: 33,
      onBytes: (from, seen, inside, entry) => shown.push(`${from} ${String(seen)} ${String(inside)} ${String(entry)}`),
    });
    transcript.note({ what: 'hung-up', by: 'us' });
    for (const text of ['ab', 'cd', 'ef']) transcript.bytes('client', bytes(text), true);
    expect(shown).to.deep.equal(['client ab true 1', 'client cd true 2', 'client ef true 2']);
  });

  it('tells when the client did something last: it spoke, or began TLS', () => {
    let now = 1;
    const transcript = new Transcript(() => now);
    const heard: (number | undefined)[] = [];
    for (const happens of [
      () => transcript.bytes('server', bytes('a'), false),
      () => transcript.bytes('client', bytes('a'), false),
      () => transcript.boundary({ completed: true, pending: [], trusted: true }),
      () => transcript.note({ what: 'farewell', by: 'us' }),
      () => transcript.end('server', 'fin', 'us'),
    ]) {
      happens();
      heard.push(transcript.heardAt);
      now += 1;
    }
    expect(heard).to.deep.equal([undefined, 2, 3, 3, 3]);
  });
});

describe('what a scenario did', () => {
  const at = 0;
  const rows: readonly (readonly [entry: TranscriptEntry, tampered: boolean])[] = [
    [{ kind: 'bytes', at, from: 'server', inside: false, data: '', tampered: true }, true],
    [{ kind: 'bytes', at, from: 'server', inside: false, data: '' }, false],
    [{ kind: 'note', at, what: 'hung-up', by: 'scenario' }, true],
    [{ kind: 'note', at, what: 'hung-up', by: 'us' }, false],
    [{ kind: 'end', at, from: 'server', how: 'fin', by: 'scenario' }, false],
    [{ kind: 'outside', at, from: 'server' }, false],
  ];
  for (const [entry, tampered] of rows) {
    it(`${JSON.stringify(entry)}: ${tampered ? 'the scenario’s' : 'not'}`, () => {
      expect(isTampered(entry)).to.equal(tampered);
    });
  }
});

describe('a queue of events', () => {
  const event = (size: number) => ({ kind: 'bytes', bytes: Buffer.alloc(size), inside: false }) as const;

  it('is too long beyond 128 KiB, what each event takes included, until enough is taken', () => {
    const queue = new EventQueue();
    queue.push(event(128 * 1024 - 64));
    expect(queue.isTooLong).to.equal(false);
    queue.push(event(0));
    expect(queue.isTooLong).to.equal(true);
    queue.shift();
    expect(queue.isTooLong).to.equal(false);
  });

  it('gives what was not taken yet, once', () => {
    const queue = new EventQueue();
    for (const size of [1, 2, 3]) queue.push(event(size));
    expect(queue.shift()).to.deep.equal(event(1));
    expect(queue.takeAll()).to.deep.equal([event(2), event(3)]);
    expect([queue.takeAll(), queue.shift()]).to.deep.equal([[], undefined]);
    for (let time = 0; time < 3; time += 1) queue.push(event(1024 * 1024));
    queue.takeAll();
    expect(queue.isTooLong).to.equal(false);
  });
});

describe('what may be a TLS record', () => {
  const rows: readonly (readonly [head: readonly number[], record: boolean])[] = [
    [[19, 3, 1], false],
    [[20, 3, 1], true],
    [[23, 3, 1], true],
    [[24, 3, 1], false],
    [[22, 2, 1], false],
    [[22, 4, 1], false],
    [[22, 3, 0], true],
    [[22, 3, 4], true],
    [[22, 3, 5], false],
  ];
  for (const [head, record] of rows) {
    it(`${head.join(' ')}: ${record ? 'a record' : 'text'}`, () => {
      const whole = Buffer.from([...head, 0, 2, 7, 7, 65]);
      const { records, text } = new RecordFilter().push(whole);
      expect([records.length, text.toString()]).to.deep.equal(record ? [7, 'A'] : [0, whole.toString()]);
    });
  }

  it('a header that is not complete is held back, and begins anew once it is taken away', () => {
    const filter = new RecordFilter();
    expect(filter.push(Buffer.from([22, 3, 1, 0])).text).to.have.length(0);
    expect(filter.takeHeld()).to.deep.equal(Buffer.from([22, 3, 1, 0]));
    expect(filter.push(bytes('A')).text.toString()).to.equal('A');
    const { records } = filter.push(Buffer.from([22, 3, 1, 0, 9, 1]));
    expect(records).to.have.length(6);
    filter.takeHeld();
    expect(filter.push(bytes('A')).text.toString()).to.equal('A');
  });

  const hellos: readonly (readonly [text: readonly number[], at: number])[] = [
    [[65, 10, 22, 3, 1, 0, 9, 1], 2],
    [[65, 10, 22], 2],
    [[65, 10, 22, 3, 1, 0, 9, 2], 8],
    [[65, 10, 22, 2, 1, 0, 9, 1], 8],
    [[65, 10, 22, 3, 5, 0, 9, 1], 8],
    [[65, 10, 10, 22, 3, 3, 0, 9, 1], 3],
    [[65, 10, 66, 10, 22, 3, 3, 0, 9, 1], 4],
    [[65, 22, 3, 1, 0, 9, 1], 7],
  ];
  for (const [text, at] of hellos) {
    it(`a ClientHello at the start of a line: ${text.join(' ')}: ${String(at)}`, () => {
      expect(helloAfterLine(Buffer.from(text))).to.equal(at);
    });
  }
});

describe('the room that is left', () => {
  const rows: readonly (readonly [
    what: string,
    limit: number,
    said: readonly string[],
    kept: string,
    truncated: boolean,
  ])[] = [
    ['takes one more short line, and no part of the next', 100, ['\n\n\n'], '\n\n', true],
    ['counts what is no whole line yet by its bytes', 100, ['abc', 'def'], 'abcdef', false],
    ['takes what fits of a long piece, and nothing more', 40, ['a'.repeat(60), 'b'], 'a'.repeat(40), true],
    [
      'counts a short line that hardly fits by its bytes',
      80,
      ['NOOP\r\n', 'b'.repeat(50)],
      `NOOP\r\n${'b'.repeat(42)}`,
      true,
    ],
    ['counts 32 bytes for each entry', 40, ['a', 'bcdefghi'], 'abcdefgh', true],
  ];
  for (const [what, limit, said, kept, truncated] of rows) {
    it(what, () => {
      const transcript = new Transcript(() => 0, { limit });
      for (const text of said) transcript.bytes('client', Buffer.from(text), false);
      expect(transcript.entries.map((entry) => ('data' in entry ? entry.data : '')).join('')).to.equal(kept);
      expect(transcript.truncated).to.equal(truncated);
    });
  }
});
