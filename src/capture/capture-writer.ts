/** One thing that happens on a connection that is to be written as packets. */
export type WrittenStep =
  | { readonly kind: 'bytes'; readonly from: 'client' | 'server'; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'end'; readonly from: 'client' | 'server'; readonly at: number; readonly how: 'fin' | 'reset' };

/** A connection to be written. */
export interface WrittenConnection {
  readonly client: { readonly address: string; readonly port: number };
  readonly server: { readonly address: string; readonly port: number };
  /** Milliseconds since 1970; the times of the steps count from here. */
  readonly openedAt: number;
  readonly steps: readonly WrittenStep[];
}

/** A packet with its time, in milliseconds since 1970. */
export interface WrittenPacket {
  readonly at: number;
  readonly frame: Buffer;
}

/**
 * The packets that a connection would have made on an Ethernet: its beginning, segments with right numbers and checksums that are
 * acknowledged, its end. IPv4 addresses only.
 */
export const packetsOf = ({ client, server, openedAt, steps }: WrittenConnection): WrittenPacket[] => {
  const packets: WrittenPacket[] = [];
  const ends = { client, server };
  const next: Record<'client' | 'server', number> = { ...FIRST };
  const send = (at: number, from: 'client' | 'server', flags: number, payload: Buffer = NOTHING): void => {
    const to = other(from);
    const acknowledges = (flags & FLAG.ack) === 0 ? 0 : next[to];
    const segment = tcp({ from: ends[from], to: ends[to], sequence: next[from], acknowledges, flags, payload });
    packets.push({ at: openedAt + at, frame: ethernet(from, ipv4(ends[from].address, ends[to].address, segment)) });
    next[from] = (next[from] + payload.length + ((flags & (FLAG.syn | FLAG.fin)) === 0 ? 0 : 1)) >>> 0;
  };
  send(0, 'client', FLAG.syn);
  send(0, 'server', FLAG.syn | FLAG.ack);
  send(0, 'client', FLAG.ack);
  let isReset = false;
  for (const step of steps) {
    if (isReset) break;
    if (step.kind === 'bytes')
      for (let at = 0; at < step.bytes.length; at += LARGEST_SEGMENT) {
        send(step.at, step.from, FLAG.ack | FLAG.push, step.bytes.subarray(at, at + LARGEST_SEGMENT));
        send(step.at, other(step.from), FLAG.ack);
      }
    else if (step.how === 'reset') {
      send(step.at, step.from, FLAG.reset | FLAG.ack);
      isReset = true;
    } else {
      send(step.at, step.from, FLAG.fin | FLAG.ack);
      send(step.at, other(step.from), FLAG.ack);
    }
  }
  return packets;
};

/** A pcapng file: one Ethernet interface, the keys (in the format of SSLKEYLOGFILE) before the packets that they open, and the packets. */
export const pcapng = (packets: readonly WrittenPacket[], keylog = '', comment = ''): Buffer => {
  const note = comment === '' ? NOTHING : option(1, Buffer.from(comment, 'utf8'));
  const section = Buffer.alloc(16);
  section.writeUInt32LE(0x1a2b_3c4d, 0);
  section.writeUInt16LE(1, 4);
  section.fill(0xff, 8);
  const description = Buffer.alloc(8);
  description.writeUInt16LE(LINK_ETHERNET, 0);
  const secrets = Buffer.alloc(8);
  secrets.writeUInt32LE(0x544c_534b, 0);
  secrets.writeUInt32LE(Buffer.byteLength(keylog), 4);
  return Buffer.concat([
    block(0x0a0d_0d0a, Buffer.concat([section, note, ...(comment === '' ? [] : [END_OF_OPTIONS])])),
    block(1, Buffer.concat([description, option(2, Buffer.from('waxseal')), END_OF_OPTIONS])),
    ...(keylog === '' ? [] : [block(10, Buffer.concat([secrets, padded(Buffer.from(keylog))]))]),
    ...packets.map(({ at, frame }) => {
      const head = Buffer.alloc(20);
      const microseconds = Math.round(at * 1000);
      head.writeUInt32LE(Math.floor(microseconds / 2 ** 32), 4);
      head.writeUInt32LE(microseconds % 2 ** 32, 8);
      head.writeUInt32LE(frame.length, 12);
      head.writeUInt32LE(frame.length, 16);
      return block(6, Buffer.concat([head, padded(frame)]));
    }),
  ]);
};

const block = (type: number, body: Buffer): Buffer => {
  const length = body.length + 12;
  const whole = Buffer.alloc(length);
  whole.writeUInt32LE(type, 0);
  whole.writeUInt32LE(length, 4);
  body.copy(whole, 8);
  whole.writeUInt32LE(length, length - 4);
  return whole;
};

const option = (code: number, value: Buffer): Buffer => {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(code, 0);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, padded(value)]);
};

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);

interface TcpParts {
  readonly from: WrittenConnection['client'];
  readonly to: WrittenConnection['client'];
  readonly sequence: number;
  readonly acknowledges: number;
  readonly flags: number;
  readonly payload: Buffer;
}

const tcp = ({ from, to, sequence, acknowledges, flags, payload }: TcpParts): Buffer => {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(from.port, 0);
  header.writeUInt16BE(to.port, 2);
  header.writeUInt32BE(sequence, 4);
  header.writeUInt32BE(acknowledges, 8);
  header[12] = (header.length / 4) << 4;
  header[13] = flags;
  header.writeUInt16BE(WINDOW, 14);
  const segment = Buffer.concat([header, payload]);
  const pseudo = Buffer.concat([addressOf(from.address), addressOf(to.address), Buffer.from([0, TCP, 0, 0])]);
  pseudo.writeUInt16BE(segment.length, 10);
  segment.writeUInt16BE(checksum(Buffer.concat([pseudo, segment])), 16);
  return segment;
};

const ipv4 = (from: string, to: string, segment: Buffer): Buffer => {
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(header.length + segment.length, 2);
  header.writeUInt16BE(0x4000, 6);
  header[8] = 64;
  header[9] = TCP;
  addressOf(from).copy(header, 12);
  addressOf(to).copy(header, 16);
  header.writeUInt16BE(checksum(header), 10);
  return Buffer.concat([header, segment]);
};

const ethernet = (from: 'client' | 'server', packet: Buffer): Buffer =>
  Buffer.concat([MAC[other(from)], MAC[from], Buffer.from([0x08, 0x00]), packet]);

const other = (from: 'client' | 'server'): 'client' | 'server' => (from === 'client' ? 'server' : 'client');

const addressOf = (address: string): Buffer => Buffer.from(address.split('.').map(Number));

/** RFC 1071. */
const checksum = (bytes: Buffer): number => {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) + (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
};

const FLAG = { fin: 1, syn: 2, reset: 4, push: 8, ack: 16 } as const;
/** Locally administered. */
const MAC = {
  client: Buffer.from([0x02, 0, 0, 0, 0, 0x01]),
  server: Buffer.from([0x02, 0, 0, 0, 0, 0x02]),
} as const;
/** Initial sequence numbers. */
const FIRST = { client: 1000, server: 500_000 } as const;
const NOTHING = Buffer.alloc(0);
const END_OF_OPTIONS = Buffer.alloc(4);
const LINK_ETHERNET = 1;
const LARGEST_SEGMENT = 1460;
const WINDOW = 64_240;
const TCP = 6;
