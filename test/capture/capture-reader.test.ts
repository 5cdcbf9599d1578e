import { expect } from 'chai';
import { pcapng, type WrittenPacket } from '../../src/capture/capture-writer.js';
import { isCapture } from '../../src/capture/capture-reader.js';
import { capturedVisit } from '../../src/capture/captured-visit.js';
import { judgeConnection } from '../../src/capture/judge-connection.js';
import { BEGAN, connectionsIn, packets, told } from './captured.js';

const ALL = packets([
  'S: * OK [CAPABILITY IMAP4rev1] ready',
  'C: a2 LOGIN alice hunter22',
  'S: a2 OK in',
  'C: a3 LOGOUT',
  'S: a3 OK bye',
  'C.',
  'S.',
]);

const ETHERNET = 14;

/** A classic capture. */
const classic = (
  all: readonly WrittenPacket[],
  { magic = 0xa1b2c3d4, isLittle = true, link = 1, perMs = 1000 } = {},
): Buffer => {
  const u32 = (...values: number[]): Buffer => {
    const bytes = Buffer.alloc(values.length * 4);
    for (const [index, value] of values.entries())
      if (isLittle) bytes.writeUInt32LE(value, index * 4);
      else bytes.writeUInt32BE(value, index * 4);
    return bytes;
  };
  const version = Buffer.alloc(4);
  if (isLittle) version.writeUInt16LE(2).toString();
  else version.writeUInt16BE(2).toString();
  return Buffer.concat([
    u32(magic),
    version,
    u32(0, 0, 65_535, link),
    ...all.flatMap(({ at, frame }) => [
      u32(Math.floor(at / 1000), Math.round((at % 1000) * perMs), frame.length, frame.length),
      frame,
    ]),
  ]);
};

const relinked = (head: Buffer): WrittenPacket[] =>
  ALL.map(({ at, frame }) => ({ at, frame: Buffer.concat([head, frame.subarray(ETHERNET)]) }));

/** The same in IPv6, with an extension header; nobody looks at checksums: cards leave them out. */
const overIpv6 = (): WrittenPacket[] =>
  ALL.map(({ at, frame }) => {
    const segment = frame.subarray(ETHERNET + 20);
    const address = (last: number): Buffer =>
      Buffer.from(`20010db80000000000000000000000${last.toString(16).padStart(2, '0')}`, 'hex');
    const header = Buffer.alloc(40);
    header[0] = 0x60;
    header.writeUInt16BE(segment.length + 8, 4);
    header[6] = 60;
    const [from, to] = [frame[ETHERNET + 15] ?? 0, frame[ETHERNET + 19] ?? 0];
    address(from).copy(header, 8);
    address(to).copy(header, 24);
    return { at, frame: Buffer.concat([header, Buffer.from([6, 0, 1, 4, 0, 0, 0, 0]), segment]) };
  });

const FILES: readonly { readonly name: string; readonly file: Buffer; readonly client?: string }[] = [
  { name: 'pcapng', file: pcapng(ALL) },
  { name: 'pcapng with a comment', file: pcapng(ALL, '', 'made for a test') },
  {
    name: 'two pcapng files, one behind the other',
    file: Buffer.concat([pcapng(ALL.slice(0, 6)), pcapng(ALL.slice(6))]),
  },
  { name: 'classic, little-endian', file: classic(ALL) },
  { name: 'classic, big-endian', file: classic(ALL, { isLittle: false }) },
  { name: 'classic, nanoseconds', file: classic(ALL, { magic: 0xa1b23c4d, perMs: 1_000_000 }) },
  {
    name: 'classic, nanoseconds, big-endian',
    file: classic(ALL, { magic: 0xa1b23c4d, perMs: 1_000_000, isLittle: false }),
  },
  { name: 'raw IP', file: classic(relinked(Buffer.alloc(0)), { link: 101 }) },
  { name: 'loopback (null)', file: classic(relinked(Buffer.from([2, 0, 0, 0])), { link: 0 }) },
  { name: 'loopback (loop)', file: classic(relinked(Buffer.from([0, 0, 0, 2])), { link: 108 }) },
  {
    name: 'Linux cooked',
    file: classic(relinked(Buffer.concat([Buffer.alloc(14), Buffer.from([8, 0])])), { link: 113 }),
  },
  {
    name: 'Linux cooked, version 2',
    file: classic(relinked(Buffer.concat([Buffer.from([8, 0]), Buffer.alloc(18)])), { link: 276 }),
  },
  { name: 'IPv6', file: classic(overIpv6(), { link: 101 }), client: '2001:db8::1' },
];

describe('Capture files', () => {
  for (const { name, file, client = '192.0.2.1' } of FILES)
    it(`${name}: the same connection, at the same time`, () => {
      expect(isCapture(file)).to.equal(true);
      const [connection, ...more] = connectionsIn(file);
      expect(more).to.deep.equal([]);
      expect(connection?.client).to.deep.equal({ address: client, port: 40_000 });
      expect(connection?.openedAt).to.equal(BEGAN);
      expect(
        connection === undefined ? [] : told(judgeConnection(connection, capturedVisit(connection, 1))),
      ).to.deep.equal(['secrets-in-clear unsafe']);
    });

  const file = pcapng(ALL);
  const REFUSED: readonly { readonly name: string; readonly file: Buffer; readonly because: RegExp }[] = [
    { name: 'an empty file', file: Buffer.alloc(0), because: /it is empty/ },
    { name: 'a text', file: Buffer.from('From: a@example.org\r\n'), because: /neither pcap nor pcapng/ },
    { name: 'a compressed one', file: Buffer.from([0x1f, 0x8b, 8, 0, 0, 0]), because: /run gunzip/ },
    { name: 'a cut off pcapng', file: file.subarray(0, -3), because: /ends in the middle of a packet/ },
    { name: 'a cut off pcap', file: classic(ALL).subarray(0, -3), because: /ends in the middle of a packet/ },
    { name: 'a kind of link that is not known', file: classic(ALL, { link: 147 }), because: /kind of link/ },
    {
      name: 'a packet that claims 4 GB',
      file: Buffer.concat([classic([]), Buffer.alloc(8), Buffer.from([0xff, 0xff, 0xff, 0xff]), Buffer.alloc(4)]),
      because: /claims 4294967295 bytes \(at byte 24\)/,
    },
    {
      name: 'a block that claims nothing',
      file: Buffer.concat([file, Buffer.from([6, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0])]),
      because: /a block claims 4 bytes/,
    },
  ];
  for (const { name, file: bytes, because } of REFUSED)
    it(`${name} is refused in one line`, () => {
      expect(() => connectionsIn(bytes))
        .to.throw(because)
        .with.property('message')
        .that.not.matches(/\n/);
    });
});
