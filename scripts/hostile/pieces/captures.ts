import { capturedVisit } from '../../../src/capture/captured-visit.js';
import { Capture } from '../../../src/capture/capture.js';
import { packetsOf, pcapng, type WrittenStep } from '../../../src/capture/capture-writer.js';
import { judgeConnection } from '../../../src/capture/judge-connection.js';
import { isFault } from '../../../src/fault.js';
import protocols from '../../../src/protocols/index.js';
import { KeyLog } from '../../../src/tls/key-log.js';
import { scripts } from '../mutation.js';
import type { Piece } from '../piece.js';
import type { Random } from '../random.js';
import { Trials } from '../trials.js';

/** Captures of real dialogues, damaged at random: every one is judged or refused in one line, in bounded time and memory. */
const captures: Piece = {
  id: 'captures',
  title: 'Captures: damaged files',
  run: async (options) => {
    const trials = new Trials('captures', options);
    await trials.row(
      'bytes',
      { long: 10_000, short: 2000, share: 0.5, atOnce: 1, patience: 60_000 },
      async (random) => {
        judged(damaged(random, file(random)));
      },
    );
    await trials.row(
      'packets',
      { long: 10_000, short: 2000, share: 0.5, atOnce: 1, patience: 60_000 },
      async (random) => {
        judged(file(random, true));
      },
    );
    return { rows: trials.rows };
  },
};

export default captures;

const ALL = scripts();

/** A few dialogues as a capture, with its packets in disorder where asked for. */
const file = (random: Random, isDisordered = false): Buffer => {
  const packets = Array.from({ length: 1 + random.int(3) }, (_, index) => {
    const { protocol } = random.pick(ALL);
    const [port] = protocols[protocol].ports;
    const steps: WrittenStep[] = ALL.filter((each) => each.protocol === protocol).flatMap(({ from, lines }) =>
      lines.slice(0, 30).map((line, at) => ({ kind: 'bytes', from, at, bytes: Buffer.from(line, 'latin1') })),
    );
    const sorted = steps.toSorted((a, b) => a.at - b.at);
    const ends: WrittenStep[] = [
      { kind: 'end', from: 'client', at: 99, how: 'fin' },
      { kind: 'end', from: 'server', at: 99, how: random.oneIn(3) ? 'reset' : 'fin' },
    ];
    return packetsOf({
      client: { address: '192.0.2.1', port: 40_000 + index },
      server: { address: '192.0.2.10', port: port?.port ?? 25 },
      openedAt: Date.UTC(2026, 0, 1),
      steps: [...sorted, ...ends],
    });
  }).flat();
  if (!isDisordered) return pcapng(packets);
  const changed = packets.flatMap((packet) => {
    if (random.oneIn(20)) return [];
    if (random.oneIn(20)) return [packet, packet];
    if (!random.oneIn(10)) return [packet];
    const frame = Buffer.from(packet.frame);
    frame[random.int(frame.length)] = random.int(256);
    return [{ ...packet, frame: random.oneIn(5) ? frame.subarray(0, random.int(frame.length)) : frame }];
  });
  for (let swaps = random.int(20); swaps > 0; swaps -= 1) {
    const [a, b] = [random.int(changed.length), random.int(changed.length)];
    const [one, other] = [changed[a], changed[b]];
    if (one !== undefined && other !== undefined) [changed[a], changed[b]] = [other, one];
  }
  return pcapng(changed);
};

/** Octets changed, cut out, doubled, or lengths made absurd. */
const damaged = (random: Random, bytes: Buffer): Buffer => {
  let all = Buffer.from(bytes);
  for (let changes = 1 + random.int(8); changes > 0; changes -= 1) {
    const at = random.int(Math.max(1, all.length - 4));
    if (random.oneIn(4)) all = Buffer.concat([all.subarray(0, at), all.subarray(at + random.int(40))]);
    else if (random.oneIn(4))
      all = Buffer.concat([all.subarray(0, at), random.bytes(random.int(40)), all.subarray(at)]);
    else if (random.oneIn(3)) all.writeUInt32LE(random.pick([0, 1, 12, 0xffff, 0x7fff_ffff, 0xffff_ffff]), at);
    else all[at] = random.int(256);
  }
  return all;
};

/** Judges a capture; throws where anything but one line of refusal comes of it. */
const judged = (bytes: Buffer): void => {
  let number = 0;
  const capture = new Capture({
    name: 'damaged.pcapng',
    keys: new KeyLog(),
    connection: (each) => {
      number += 1;
      for (const { judgement } of judgeConnection(each, capturedVisit(each, number)))
        if (judgement.because === '' || judgement.because.includes('\n'))
          throw new Error('a finding without a sentence');
    },
  });
  try {
    for (let at = 0; at < bytes.length; at += PIECE) capture.push(bytes.subarray(at, at + PIECE));
    capture.end();
  } catch (error) {
    capture.conclude();
    if (!isFault(error) || error.code !== 'CORRUPT_RECORDING' || error.message.includes('\n')) throw error;
  }
};

const PIECE = 4096;
