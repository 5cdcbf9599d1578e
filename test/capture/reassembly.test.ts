import { expect } from 'chai';
import { pcapng, type WrittenPacket } from '../../src/capture/capture-writer.js';
import { connectionsIn, findingsIn, packets, told, type Script } from './captured.js';
import fc from '../support/properties.js';

const SCRIPT: Script = [
  'S: * OK [CAPABILITY IMAP4rev1] ready',
  'C: a2 LOGIN alice hunter22',
  'S: a2 OK in',
  'C: a3 LOGOUT',
  'S: * BYE',
  'S: a3 OK bye',
  'C.',
  'S.',
];
const ALL = packets(SCRIPT);
/** The segment with the login: behind the handshake (3), the greeting (2). */
const LOGIN = 5;
const UNSAFE = ['secrets-in-clear unsafe'];

/** Bytes of Ethernet and IPv4 headers. */
const [ETHERNET, IP] = [14, 20];

const without = (...indexes: number[]): WrittenPacket[] => ALL.filter((_, index) => !indexes.includes(index));
const swapped = (a: number, b: number): WrittenPacket[] => {
  const copy = [...ALL];
  [copy[a], copy[b]] = [ALL[b] ?? copy[a], ALL[a] ?? copy[b]] as [WrittenPacket, WrittenPacket];
  return copy;
};
const changed = (index: number, change: (frame: Buffer) => Buffer): WrittenPacket[] =>
  ALL.map((packet, at) => (at === index ? { ...packet, frame: change(Buffer.from(packet.frame)) } : packet));
const insert = (index: number, ...more: WrittenPacket[]): WrittenPacket[] => [
  ...ALL.slice(0, index),
  ...more,
  ...ALL.slice(index),
];
const packet = (index: number): WrittenPacket => ALL[index] ?? { at: 0, frame: Buffer.alloc(0) };
/** The same segment, with other text in it. */
const forged = (index: number, from: string, to: string): WrittenPacket => ({
  ...packet(index),
  frame: Buffer.from(packet(index).frame.toString('latin1').replace(from, to), 'latin1'),
});
/** The packet in two pieces. */
const fragments = (index: number): WrittenPacket[] => {
  const { at, frame } = packet(index);
  const header = frame.subarray(0, ETHERNET + IP);
  const body = frame.subarray(ETHERNET + IP);
  const piece = (from: number, to: number, flags: number): WrittenPacket => {
    const head = Buffer.from(header);
    head.writeUInt16BE(IP + Math.min(to, body.length) - from, ETHERNET + 2);
    head.writeUInt16BE(4711, ETHERNET + 4);
    head.writeUInt16BE(flags | (from / 8), ETHERNET + 6);
    return { at, frame: Buffer.concat([head, body.subarray(from, to)]) };
  };
  return [piece(0, 24, 0x2000), piece(24, 1000, 0)];
};

const ROWS: readonly {
  readonly name: string;
  readonly packets: readonly WrittenPacket[];
  readonly comesTo: readonly string[];
}[] = [
  { name: 'as it was sent', packets: ALL, comesTo: UNSAFE },
  { name: 'two segments out of order', packets: swapped(LOGIN, LOGIN + 1), comesTo: UNSAFE },
  { name: 'a segment twice', packets: insert(LOGIN, packet(LOGIN)), comesTo: UNSAFE },
  { name: 'the whole capture twice over', packets: ALL.flatMap((each) => [each, each]), comesTo: UNSAFE },
  { name: 'a keep-alive with another octet', packets: ALL, comesTo: UNSAFE },
  {
    name: 'in two IP fragments',
    packets: [...ALL.slice(0, LOGIN), ...fragments(LOGIN), ...ALL.slice(LOGIN + 1)],
    comesTo: UNSAFE,
  },
  {
    name: 'in two IP fragments, the later first',
    packets: [...ALL.slice(0, LOGIN), ...fragments(LOGIN).reverse(), ...ALL.slice(LOGIN + 1)],
    comesTo: UNSAFE,
  },
  {
    name: 'one IP fragment lost',
    packets: [...ALL.slice(0, LOGIN), ...fragments(LOGIN).slice(1), ...ALL.slice(LOGIN + 1)],
    comesTo: ['secrets-in-clear inconclusive'],
  },
  { name: 'the login lost', packets: without(LOGIN), comesTo: ['secrets-in-clear inconclusive'] },
  { name: 'the login’s answer lost', packets: without(LOGIN + 2), comesTo: UNSAFE },
  { name: 'the last words lost', packets: without(ALL.length - 5), comesTo: UNSAFE },
  { name: 'the handshake lost, the login taken', packets: ALL.slice(3), comesTo: UNSAFE },
  { name: 'only the end captured', packets: ALL.slice(LOGIN + 3), comesTo: ['secrets-in-clear inconclusive'] },
  { name: 'the end lost', packets: ALL.slice(0, -4), comesTo: UNSAFE },
  {
    name: 'a second version of the login, which the first hides',
    packets: insert(LOGIN + 1, forged(LOGIN, 'LOGIN alice', 'NOOP  alice')),
    comesTo: UNSAFE,
  },
  {
    name: 'a second version of a harmless command, which may be what the server read',
    packets: insert(LOGIN, forged(LOGIN, 'LOGIN alice hunter22', 'NOOP 0000000000000000')),
    comesTo: ['secrets-in-clear inconclusive'],
  },
  {
    name: 'cut off by the sniffer (snap length)',
    packets: changed(LOGIN, (frame) => frame.subarray(0, ETHERNET + IP + 20 + 4)),
    comesTo: ['secrets-in-clear inconclusive'],
  },
  {
    name: 'in a VLAN, in another',
    packets: ALL.map(({ at, frame }) => ({
      at,
      frame: Buffer.concat([
        frame.subarray(0, 12),
        Buffer.from([0x88, 0xa8, 0, 1, 0x81, 0x00, 0, 7]),
        frame.subarray(12),
      ]),
    })),
    comesTo: UNSAFE,
  },
];

describe('TCP in captures', () => {
  for (const { name, packets: all, comesTo } of ROWS)
    it(name, () => {
      expect(told(findingsIn(all))).to.deep.equal(comesTo);
    });

  it('any chunking of the file gives the same', () => {
    const file = pcapng(ALL);
    const whole = JSON.stringify(connectionsIn(file));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), (piece) => {
        expect(JSON.stringify(connectionsIn(file, { piece }))).to.equal(whole);
      }),
      { numRuns: 20 },
    );
  });

  it('a hole is told, never passed over: whatever segment is missing, the verdict is not safe', () => {
    const harmless = packets(SCRIPT.map((line) => (line === 'C: a2 LOGIN alice hunter22' ? 'C: a2 NOOP' : line)));
    expect(told(findingsIn(harmless))).to.deep.equal(['secrets-in-clear safe']);
    const carrying = harmless.flatMap(({ frame }, index) => (frame.length > ETHERNET + IP + 20 ? [index] : []));
    expect(carrying.length).to.be.greaterThan(4);
    for (const index of [0, ...carrying])
      expect(told(findingsIn(harmless.filter((_, at) => at !== index))), `packet ${String(index)}`).to.deep.equal([
        'secrets-in-clear inconclusive',
      ]);
  });
});
