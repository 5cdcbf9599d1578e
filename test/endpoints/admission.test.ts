import { duplexPair } from 'node:stream';
import { expect } from 'chai';
import { Admission } from '../../src/endpoints/admission.js';
import type { Connection } from '../../src/endpoints/listener.js';
import { Transcript } from '../../src/wire/transcript.js';
import { TURNS } from '../../src/wire/turns.js';
import { Wire } from '../../src/wire/wire.js';

/** What a transcript holds, with the time in milliseconds. */
type Heard = readonly [at: number, what: 'client' | 'server' | 'TLS' | 'note'];

const connection = (
  ordinal: number,
  openedAt: number,
  heard: readonly Heard[],
  remoteAddress = '127.0.0.1',
): Connection => {
  let now = openedAt;
  const [raw] = duplexPair();
  const wire = new Wire(raw, 'server', new Transcript(() => now));
  for (const [at, what] of heard) {
    now = at;
    if (what === 'TLS') wire.transcript.boundary({ completed: true, pending: [], trusted: true });
    else if (what === 'note') wire.transcript.note({ what: 'farewell', by: 'us' });
    else wire.transcript.bytes(what, Buffer.from('x'), false);
  }
  return { ordinal, wire, remotePort: 1, remoteAddress, openedAt };
};

const rows: readonly [
  title: string,
  connections: readonly (readonly [openedAt: number, ...heard: readonly Heard[]])[],
  leaving: number | undefined,
][] = [
  [
    'none where all are at work',
    [
      [99_000, [99_500, 'client']],
      [99_000, [99_600, 'client']],
    ],
    undefined,
  ],
  ['the first one on which nobody spoke', [[99_000, [99_500, 'client']], [99_900], [99_950]], 2],
  [
    'one on which only the server spoke',
    [
      [99_000, [99_500, 'client']],
      [99_900, [99_950, 'server']],
    ],
    2,
  ],
  [
    'one on which nothing but a note is',
    [
      [99_000, [99_500, 'client']],
      [99_900, [99_950, 'note']],
    ],
    2,
  ],
  ['the silent rather than the longest silent', [[90_000, [90_500, 'client']], [99_900]], 2],
  [
    'the one that is silent longest',
    [
      [97_000, [98_900, 'client']],
      [97_000, [98_100, 'client']],
      [97_000, [98_500, 'client']],
    ],
    2,
  ],
  [
    'the first of two that are silent as long',
    [
      [97_000, [98_100, 'client']],
      [97_000, [98_100, 'client']],
    ],
    1,
  ],
  ['none that is silent for a second', [[99_000, [99_000, 'client']]], undefined],
  ['one that is silent for longer than a second', [[98_000, [98_999, 'client']]], 1],
  ['none whose client began TLS just now', [[98_000, [98_100, 'client'], [99_500, 'TLS']]], undefined],
  [
    'by the last word, not by the first',
    [
      [97_000, [97_100, 'client'], [99_900, 'client']],
      [98_000, [98_900, 'client']],
    ],
    2,
  ],
  [
    'not by words of the server',
    [
      [97_000, [97_100, 'client'], [99_900, 'server']],
      [98_000, [98_900, 'client']],
    ],
    1,
  ],
  [
    'the oldest where all are at work and it is there for long',
    [
      [89_999, [99_500, 'client']],
      [80_000, [99_400, 'client']],
    ],
    1,
  ],
  [
    'none where the oldest is not there for long',
    [
      [90_000, [99_500, 'client']],
      [80_000, [99_400, 'client']],
    ],
    undefined,
  ],
];

describe('admission of one more connection', () => {
  for (const [title, connections, leaving] of rows) {
    it(`ends ${title}`, () => {
      const admission = new Admission(connections.length, true);
      const all = connections.map(([openedAt, ...heard], index) => connection(index + 1, openedAt, heard));
      for (const each of all) admission.enter(each);
      expect(admission.hasRoom(100_000, '127.0.0.1')).to.equal(leaving !== undefined);
      const ended = all.filter(({ wire }) => wire.ended);
      expect(ended.map(({ ordinal }) => ordinal)).to.deep.equal(leaving === undefined ? [] : [leaving]);
      expect(ended.map(({ wire }) => wire.transcript.entries.at(-2))).to.deep.equal(
        ended.map(({ wire }) => ({
          kind: 'note',
          at: wire.transcript.now(),
          what: 'overload',
          by: 'us',
          of: 'connections',
        })),
      );
      expect([admission.open, admission.refused]).to.deep.equal([all.length - ended.length, 1]);
    });
  }

  for (const [title, taken, leaving] of [
    ['ends the one that took most of our time, where all are at work', [41, 50, 45], 2],
    ['ends the first of two that took as much', [41, 41, 30], 1],
    ['ends none that took less than a client needs', [40, 40, 39], undefined],
  ] as const)
    it(title, () => {
      const admission = new Admission(taken.length, true);
      const all = taken.map((ms, index) => {
        const each = connection(index + 1, 99_000, [[99_500, 'client']]);
        Object.defineProperty(each.wire, 'taken', { value: ms });
        return each;
      });
      for (const each of all) admission.enter(each);
      expect(admission.hasRoom(100_000, '127.0.0.1')).to.equal(leaving !== undefined);
      expect(all.filter(({ wire }) => wire.ended).map(({ ordinal }) => ordinal)).to.deep.equal(
        leaving === undefined ? [] : [leaving],
      );
    });

  it('knows an address by those of its connections that are still open', () => {
    const admission = new Admission(3, true);
    const all = ['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2'].map((address, index) =>
      connection(index + 1, 99_000, [[99_500, 'client']], address),
    );
    const [first, ...others] = all;
    for (const each of all.slice(0, 3)) admission.enter(each);
    if (first !== undefined) admission.leave(first);
    admission.enter(all[3] ?? connection(9, 0, []));
    expect(admission.hasRoom(100_000, '192.0.2.3')).to.equal(true);
    expect(others.filter(({ wire }) => wire.ended).map(({ ordinal }) => ordinal)).to.deep.equal([2]);
  });

  for (const [title, from, leaving] of [
    ['ends one of the address from which most come', '192.0.2.3', 2],
    ['ends none where most come from its own address', '192.0.2.2', undefined],
  ] as const)
    it(title, () => {
      const admission = new Admission(3, true);
      const at = [100_000, 'client'] as const;
      const all = ['192.0.2.1', '192.0.2.2', '192.0.2.2'].map((address, index) =>
        connection(index + 1, 99_000, [at], address),
      );
      for (const each of all) admission.enter(each);
      admission.hasRoom(100_000, from);
      const ended = all.filter(({ wire }) => wire.ended);
      expect(ended.map(({ ordinal }) => ordinal)).to.deep.equal(leaving === undefined ? [] : [leaving]);
    });

  it('ends one on which nobody spoke, also right after the start', () => {
    const admission = new Admission(2, true);
    const all = [connection(1, 100, [[150, 'client']]), connection(2, 200, [])];
    for (const each of all) admission.enter(each);
    expect(admission.hasRoom(300, '127.0.0.1')).to.equal(true);
    expect(all.map(({ wire }) => wire.ended)).to.deep.equal([false, true]);
  });

  for (const [title, from, at, leaving] of [
    ['of a crowd the silent one, not the oldest', '192.0.2.3', ['192.0.2.1', '192.0.2.2', '192.0.2.1'], 3],
    ['its own silent one where no address has more', '192.0.2.2', ['192.0.2.1', '192.0.2.3', '192.0.2.2'], 3],
  ] as const)
    it(`ends ${title}`, () => {
      const admission = new Admission(3, true);
      const all = at.map((address, index) =>
        connection(index + 1, 99_000, index === leaving - 1 ? [] : [[99_900, 'client']], address),
      );
      for (const each of all) admission.enter(each);
      expect(admission.hasRoom(100_000, from)).to.equal(true);
      expect(all.filter(({ wire }) => wire.ended).map(({ ordinal }) => ordinal)).to.deep.equal([leaving]);
    });

  for (const evicts of [undefined, false]) {
    it(`ends none where it may not (${String(evicts)})`, () => {
      const admission = new Admission(1, evicts);
      const silent = connection(1, 0, []);
      admission.enter(silent);
      expect(admission.hasRoom(100_000, '127.0.0.1')).to.equal(false);
      expect([silent.wire.ended, admission.open, admission.refused]).to.deep.equal([false, 1, 1]);
    });
  }

  it('has room as long as there are fewer than the most', () => {
    const admission = new Admission(2);
    const [first, second] = [connection(1, 0, []), connection(2, 0, [])];
    expect(admission.hasRoom(0, '127.0.0.1')).to.equal(true);
    admission.enter(first);
    expect(admission.hasRoom(0, '127.0.0.1')).to.equal(true);
    admission.enter(second);
    expect([admission.hasRoom(0, '127.0.0.1'), admission.hasRoom(0, '127.0.0.1'), admission.refused]).to.deep.equal([
      false,
      false,
      2,
    ]);
    admission.leave(first);
    expect([admission.hasRoom(0, '127.0.0.1'), admission.open, admission.refused]).to.deep.equal([true, 1, 2]);
  });

  for (const [title, from, leaving] of [
    ['of an address that has as many as any', '192.0.2.1', undefined],
    ['of an address that has fewer', '192.0.2.3', 1],
  ] as const)
    it(`while too much waits, one more ${title}: ${leaving === undefined ? 'turned away' : 'another one goes'}`, () => {
      const admission = new Admission(2, true);
      const all = ['192.0.2.1', '192.0.2.2'].map((address, index) => connection(index + 1, 99_000, [], address));
      for (const each of all) admission.enter(each);
      let left = 300;
      for (let work = left; work > 0; work -= 1) TURNS.runBehind(() => (left -= 1));
      try {
        expect(TURNS.isOverloaded).to.equal(true);
        expect(admission.hasRoom(100_000, from)).to.equal(leaving !== undefined);
      } finally {
        TURNS.catchUp(Infinity);
      }
      expect(left).to.equal(0);
      expect(all.filter(({ wire }) => wire.ended).map(({ ordinal }) => ordinal)).to.deep.equal(
        leaving === undefined ? [] : [leaving],
      );
    });
});
