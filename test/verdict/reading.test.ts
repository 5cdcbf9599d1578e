import { expect } from 'chai';
import { PROTOCOL_NAMES } from '../../src/protocols/names.js';
import type { ProtocolName } from '../../src/protocols/protocol.js';
import { reading, type Reading } from '../../src/verdict/reading.js';
import type { ConnectionRecord } from '../../src/verdict/visit.js';
import type { TranscriptEntry } from '../../src/wire/entry.js';
import { dialogueOf } from '../support/dialogues.js';
import { entriesOf } from './visits.js';

const record = (protocol: ProtocolName, entries: readonly TranscriptEntry[]): ConnectionRecord => ({
  id: 1,
  endpoint: 'own',
  portRole: 'submission',
  port: 1,
  protocol,
  tls: 'starttls',
  leg: 'client',
  openedAt: 0,
  entries,
  truncated: false,
});

/** The same entries, every one of bytes cut into pieces of `size`. */
const cutInto = (entries: readonly TranscriptEntry[], size: number): TranscriptEntry[] =>
  entries.flatMap((entry): TranscriptEntry[] => {
    if (entry.kind !== 'bytes') return [entry];
    return Array.from({ length: Math.ceil(entry.data.length / size) }, (_, index) => ({
      ...entry,
      data: entry.data.slice(index * size, (index + 1) * size),
    }));
  });

const gist = ({ said, heard, rest, boundaries, askedUpgrade, upgradeFailed }: Reading): unknown => ({
  said: said.map(({ unit, inside, trusted, upgradeOnOffer, sawOffer }) => [
    unit.kind,
    unit.moment,
    unit.raw.toString('latin1'),
    inside,
    trusted,
    upgradeOnOffer,
    sawOffer,
  ]),
  heard: heard.map(({ reply, inside }) => [reply.kind, reply.status, reply.lines, inside]),
  rest: rest.map(({ bytes, inside, wasDue }) => [bytes.toString('latin1'), inside, wasDue]),
  boundaries: boundaries.length,
  askedUpgrade,
  upgradeFailed,
});

const words = ({ said }: Reading): string[] =>
  said.map(({ unit }) => (unit.kind === 'command' ? unit.verb : unit.kind));

describe('readings of transcripts', () => {
  for (const protocol of PROTOCOL_NAMES) {
    const entries = entriesOf(dialogueOf(protocol));
    for (const size of [1, 2, 5]) {
      it(`${protocol}: segments of ${size} bytes change nothing`, () => {
        expect(gist(reading(record(protocol, cutInto(entries, size))))).to.deep.equal(
          gist(reading(record(protocol, entries))),
        );
      });
    }

    it(`${protocol}: what came before the boundary is outside, what came after it is inside and trusted`, () => {
      const { said } = reading(record(protocol, entries));
      const upgrade = said.findIndex(({ unit }) => unit.moment === 'starttls');
      expect(said.slice(0, upgrade + 1).every(({ inside, trusted }) => !inside && !trusted)).to.equal(true);
      expect(said.slice(upgrade + 1).every(({ inside, trusted }) => inside && trusted)).to.equal(true);
      expect(said.length).to.be.greaterThan(upgrade + 2);
    });

    it(`${protocol}: every unit is found in the entry in which it begins`, () => {
      const cut = cutInto(entries, 3);
      for (const { unit, entry } of reading(record(protocol, cut)).said) {
        const first = cut[entry];
        const data = first?.kind === 'bytes' ? first.data : '';
        // Whichever piece the unit begins in, its first characters end that piece or fill it.
        const head = unit.raw.toString('latin1').slice(0, 3);
        expect(
          [0, 1, 2].some((skip) => data.slice(skip) !== '' && head.startsWith(data.slice(skip))),
          `${head} in ${data}`,
        ).to.equal(true);
      }
    });
  }

  it('mail and logins are units, not commands', () => {
    expect(words(reading(record('smtp', entriesOf(dialogueOf('smtp')))))).to.deep.equal([
      'EHLO',
      'STARTTLS',
      'EHLO',
      'AUTH',
      'response',
      'response',
      'MAIL',
      'RCPT',
      'DATA',
      'body',
      'QUIT',
    ]);
  });

  it('a session with a peer that deserves no trust is inside, and not trusted', () => {
    const { said } = reading(
      record('imap', entriesOf(['S: * OK', 'C: a1 STARTTLS', 'S: a1 OK', '--bad', 'C: a2 CAPABILITY'])),
    );
    expect(said.map(({ inside, trusted }) => [inside, trusted])).to.deep.equal([
      [false, false],
      [true, false],
    ]);
  });

  it('after close_notify it is outside again, and the upgrade is spent', () => {
    const entries = [
      ...entriesOf(['S: * OK [CAPABILITY IMAP4rev1 STARTTLS] ready', 'C: a1 STARTTLS', 'S: a1 OK', '--', 'C: a2 NOOP']),
      { kind: 'outside', at: 9, from: 'client' } as const,
      ...entriesOf(['C: a3 LOGIN u p']),
    ];
    const { said, upgradeFailed } = reading(record('imap', entries));
    expect(said.map(({ inside }) => inside)).to.deep.equal([false, true, false]);
    expect(said.at(-1)?.upgradeOnOffer).to.equal(false);
    expect(upgradeFailed).to.equal(true);
  });

  it('a handshake that failed leaves the connection outside', () => {
    const entries = [
      ...entriesOf(['S: 220', 'C: STARTTLS', 'S: 220']),
      { kind: 'boundary', at: 4, completed: false, pending: [], trusted: true } as const,
      ...entriesOf(['C: MAIL FROM:<a>']),
    ];
    const { said, upgradeFailed } = reading(record('smtp', entries));
    expect(said.at(-1)).to.include({ inside: false, trusted: false, upgradeOnOffer: false });
    expect(upgradeFailed).to.equal(true);
  });

  it('TLS records where plaintext was due are no words', () => {
    const entries: TranscriptEntry[] = [
      ...entriesOf(['S: 220']),
      { kind: 'bytes', at: 1, from: 'client', inside: false, data: '\x16\x03\x01\x00\x05\x01QUIT\r\n', record: true },
      ...entriesOf(['C: QUIT']),
    ];
    expect(words(reading(record('smtp', entries)))).to.deep.equal(['QUIT']);
  });

  for (const [title, protocol, script, tail, wasDue] of [
    ['a password without its line end', 'smtp', ['S: 220', 'C: AUTH LOGIN'], 'cGFzc3dvcmQ=', 'secret'],
    ['half a command', 'imap', ['S: * OK'], 'a1 LOG', 'command'],
    ['a literal that nobody invited', 'imap', ['S: * OK', 'C: a1 LOGIN {4}'], 'user', 'secret'],
    ['mail without its final dot', 'smtp', ['S: 220', 'C: DATA', 'S: 354 go'], 'Subject: s\r\n', 'secret'],
  ] as const) {
    it(`${title} is kept as the rest`, () => {
      const entries: TranscriptEntry[] = [
        ...entriesOf(script),
        { kind: 'bytes', at: 9, from: 'client', inside: false, data: tail },
      ];
      const { rest } = reading(record(protocol, entries));
      expect(rest.map(({ bytes, wasDue: due }) => [bytes.toString('latin1').endsWith(tail), due])).to.deep.equal([
        [true, wasDue],
      ]);
    });
  }

  it('garbage of any kind is read without fault', () => {
    const garbage = Array.from({ length: 512 }, (_, index) =>
      String.fromCharCode((index * 37 + (index >> 3)) % 256),
    ).join('');
    for (const protocol of PROTOCOL_NAMES) {
      for (const from of ['client', 'server'] as const) {
        const entries: TranscriptEntry[] = [
          { kind: 'bytes', at: 0, from, inside: false, data: garbage },
          { kind: 'outside', at: 1, from },
          { kind: 'end', at: 2, from, how: 'reset', by: from },
        ];
        expect(() => reading(record(protocol, cutInto(entries, 7)))).to.not.throw();
      }
    }
  });
});
