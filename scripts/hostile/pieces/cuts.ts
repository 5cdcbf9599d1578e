import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { readFileSync } from 'node:fs';
import type { Piece } from '../piece.js';
import type { Random } from '../random.js';
import { audited, PROTOCOLS, ProxySeat, ServeSeat, tested, throughProxy, type Speech, type Spoken } from '../seats.js';
import { ENDINGS, pause, type Ending } from '../speaking.js';
import { Trials } from '../trials.js';

/** In how many segments a dialogue is sent. */
const SEGMENTS = ['one', 'two', 'bytes'] as const;

/** One way to break a dialogue off. */
interface Cut {
  readonly protocol: Spoken;
  /** Bytes that are said. */
  readonly length: number;
  readonly ending: Ending;
  readonly segments: (typeof SEGMENTS)[number];
}

interface Line {
  readonly from: string;
  readonly bytes: Buffer;
}

/** A fixture's dialogue up to where TLS starts or, with `inside`, what follows it. */
const dialogue = (protocol: Spoken, isInside: boolean): Line[] => {
  const path = new URL(`../../../fixtures/dialogues/${protocol}.txt`, import.meta.url);
  const [outside = '', inside = ''] = readFileSync(path, 'utf8').split('\n--\n');
  return (isInside ? inside : outside)
    .trimEnd()
    .split('\n')
    .map((line) => ({ from: line.slice(0, 1), bytes: Buffer.from(`${line.slice(3)}\r\n`, 'latin1') }));
};

const said = (lines: readonly Line[], from: 'C' | 'S'): Buffer[] =>
  lines.filter((line) => line.from === from).map(({ bytes }) => bytes);

/** All ways to break off what one side says, shuffled so that the first of them are a sample. */
const cutsOf = (random: Random, from: 'C' | 'S'): Cut[] => {
  const all = PROTOCOLS.flatMap((protocol) => {
    const { length } = Buffer.concat(whole(protocol, from));
    return Array.from({ length: length + 1 }, (_, at) =>
      ENDINGS.flatMap((ending) => SEGMENTS.map((segments) => ({ protocol, length: at, ending, segments }))),
    ).flat();
  });
  for (let at = all.length - 1; at > 0; at -= 1) {
    const other = random.int(at + 1);
    const [a, b] = [all[at], all[other]];
    if (a !== undefined && b !== undefined) [all[at], all[other]] = [b, a];
  }
  return all;
};

/** Lines of both phases: without TLS a client that goes on all the same. */
const whole = (protocol: Spoken, from: 'C' | 'S'): Buffer[] => [
  ...said(dialogue(protocol, false), from),
  ...said(dialogue(protocol, true), from),
];

/** What is said up to the cut; a server's is in its turns. */
const speechOf = ({ protocol, length, ending, segments }: Cut, from: 'C' | 'S'): Speech => {
  let left = length;
  const turns = whole(protocol, from)
    .map((line) => {
      const part = line.subarray(0, left);
      left -= part.length;
      return part;
    })
    .filter((part) => part.length > 0);
  const all = Buffer.concat(turns);
  if (segments === 'bytes') return { ending, pieces: Array.from(all, (byte) => Buffer.from([byte])) };
  if (from === 'S') return { ending, pieces: turns };
  const half = Math.floor(all.length / 2);
  return { ending, pieces: segments === 'one' ? [all] : [all.subarray(0, half), all.subarray(half)] };
};

/** A real TLS client whose bytes are cut after so many: gives its port, 0 if it was reset. */
const torn = async (port: number, length: number, ending: Ending): Promise<void> => {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  socket.on('error', () => undefined);
  let left = length;
  const wire = new Duplex({
    read: () => undefined,
    write: (bytes: Buffer, _encoding, done) => {
      const part = bytes.subarray(0, left);
      left -= part.length;
      if (!socket.destroyed && part.length > 0) socket.write(part);
      if (left === 0 && ending === 'fin') socket.end();
      if (left === 0 && ending === 'reset') socket.resetAndDestroy();
      if (left === 0 && ending === 'garbage' && !socket.destroyed) socket.end(Buffer.alloc(100, 0xa5));
      done();
    },
  });
  socket.on('data', (bytes: Buffer) => wire.push(bytes)).once('close', () => wire.destroy());
  const tls = connectTls({ socket: wire, rejectUnauthorized: false }).on('error', () => undefined);
  tls.resume();
  tls.write('EHLO x\r\nA1 LOGIN u p\r\nQUIT\r\n');
  await Promise.race([new Promise((resolve) => socket.once('close', resolve)), pause(800)]);
  tls.destroy();
  socket.destroy();
};

/** Every dialogue, broken off after every byte, in every seat: by end, reset, silence and garbage, in one, two and single-byte segments. */
const cuts: Piece = {
  id: 'cuts',
  title: 'Cuts',
  run: async (options) => {
    const trials = new Trials('cuts', options);
    const [fromClient, fromServer] = (['C', 'S'] as const).map((from) => cutsOf(trials.random(from), from));
    if (fromClient === undefined || fromServer === undefined) throw new Error('no dialogues');
    const every = (all: readonly unknown[], most = all.length) => ({
      long: most,
      short: most,
      share: 1 / 6,
      atOnce: 24,
    });
    const at = (all: readonly Cut[], index: number): Cut => {
      const cut = all[index % all.length];
      if (cut === undefined) throw new Error('no cut');
      return cut;
    };
    {
      await using seat = await ServeSeat.open();
      await trials.row('serve, the client', every(fromClient), async (random, index) => {
        const cut = at(fromClient, index);
        await seat.converse(cut.protocol, random, speechOf(cut, 'C'));
      });
      await trials.row('serve, a TLS client', { ...every([], 4 * 1200), patience: 30_000 }, async (random, index) => {
        await torn(seat.implicit(random), Math.floor(index / 4), random.pick(ENDINGS));
      });
    }
    {
      await using seat = await ProxySeat.open();
      await trials.row('proxy, the client', every(fromClient), async (random, index) => {
        const cut = at(fromClient, index);
        await seat.converse(cut.protocol, random, speechOf(cut, 'C'));
      });
    }
    await trials.row('proxy, the server', { ...every(fromServer), atOnce: 8 }, async (random, index) => {
      const cut = at(fromServer, index);
      await throughProxy(cut.protocol, random, speechOf(cut, 'S'), whole(cut.protocol, 'C'));
    });
    await trials.row('audit', { ...every(fromServer), atOnce: 8, patience: 60_000 }, async (random, index) => {
      const cut = at(fromServer, index);
      await audited(cut.protocol, random, () => speechOf(cut, 'S'));
    });
    // Twenty cuts a visit.
    await trials.row(
      'test',
      { ...every(fromClient, Math.ceil(fromClient.length / 20)), atOnce: 4, patience: 60_000 },
      async (random, index) => {
        const { protocol } = at(fromClient, index * 20);
        const speeches = Array.from({ length: 20 }, (_, each) => ({ ...at(fromClient, index * 20 + each), protocol }));
        await tested(
          protocol,
          random.pick(['starttls-not-offered', 'starttls-refused', 'starttls-response-injection']),
          random,
          speeches.map((cut) => speechOf(cut, 'C')),
        );
      },
    );
    return { rows: trials.rows };
  },
};

export default cuts;
