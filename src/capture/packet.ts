/** An IP packet, whole. */
export interface IpPacket {
  readonly version: 4 | 6;
  readonly source: string;
  readonly destination: string;
  /** IANA number of what it carries; 6 is TCP. */
  readonly carries: number;
  readonly payload: Buffer;
  /** Bytes of the payload that were on the wire and were not captured. */
  readonly missing: number;
  /** Where it is one of several pieces of a packet. */
  readonly fragment?: { readonly id: string; readonly offset: number; readonly isLast: boolean };
}

/** A TCP segment. */
export interface Segment {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  /** Undefined where ACK is not set. */
  readonly acknowledges: number | undefined;
  readonly syn: boolean;
  readonly fin: boolean;
  readonly reset: boolean;
  readonly payload: Buffer;
  /** Bytes behind the payload that were on the wire and were not captured. */
  readonly missing: number;
}

/** The IP packet in a frame; undefined where it holds none, `unsupported` where the kind of link is not known. Never throws. */
export const ipPacketIn = (link: number, frame: Buffer): IpPacket | 'unsupported' | undefined => {
  switch (link) {
    case LINK.null:
    case LINK.loop: {
      // The address family, in the byte order of the host that captured, or (loop) of the network.
      if (frame.length < 4) return undefined;
      return ip(frame.subarray(4));
    }
    case LINK.ethernet:
      return afterType(frame, 12);
    case LINK.raw:
    case LINK.rawBsd:
    case LINK.rawOpenBsd:
    case LINK.ipv4:
    case LINK.ipv6:
      return ip(frame);
    case LINK.cooked:
      return afterType(frame, 14);
    case LINK.cooked2:
      return frame.length < 20 ? undefined : withType(frame.readUInt16BE(0), frame.subarray(20));
    default:
      return 'unsupported';
  }
};

/** LINKTYPE_ numbers (tcpdump.org/linktypes.html). */
const LINK = {
  null: 0,
  ethernet: 1,
  rawBsd: 12,
  rawOpenBsd: 14,
  raw: 101,
  loop: 108,
  cooked: 113,
  ipv4: 228,
  ipv6: 229,
  cooked2: 276,
} as const;

const afterType = (frame: Buffer, at: number): IpPacket | undefined =>
  frame.length < at + 2 ? undefined : withType(frame.readUInt16BE(at), frame.subarray(at + 2));

/** By EtherType, behind any tags of VLANs, and PPPoE as access lines have it. */
const withType = (first: number, rest: Buffer): IpPacket | undefined => {
  let [type, bytes] = [first, rest];
  for (let tags = 0; VLAN.has(type) && bytes.length >= 4 && tags < MOST_TAGS; tags += 1) {
    type = bytes.readUInt16BE(2);
    bytes = bytes.subarray(4);
  }
  if (type === PPPOE && bytes.length >= 8) return ip(bytes.subarray(8));
  return type === 0x0800 || type === 0x86dd ? ip(bytes) : undefined;
};

const VLAN: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100]);
const PPPOE = 0x8864;
const MOST_TAGS = 4;

const ip = (bytes: Buffer): IpPacket | undefined => {
  const version = (bytes[0] ?? 0) >> 4;
  if (version === 4) return ipv4(bytes);
  return version === 6 ? ipv6(bytes) : undefined;
};

const ipv4 = (bytes: Buffer): IpPacket | undefined => {
  const header = ((bytes[0] ?? 0) & 0x0f) * 4;
  if (header < 20 || bytes.length < header) return undefined;
  // 0 where the network card cuts the packet into segments: it is as long as what was captured.
  const said = bytes.readUInt16BE(2);
  const total = said === 0 ? bytes.length : said;
  if (total < header) return undefined;
  const flags = bytes.readUInt16BE(6);
  const offset = (flags & 0x1fff) * 8;
  const isLast = (flags & 0x2000) === 0;
  const source = ipv4Text(bytes.subarray(12, 16));
  const destination = ipv4Text(bytes.subarray(16, 20));
  const carries = bytes[9] ?? 0;
  return {
    version: 4,
    source,
    destination,
    carries,
    payload: bytes.subarray(header, total),
    missing: Math.max(0, total - bytes.length),
    ...((offset > 0 || !isLast) && {
      fragment: {
        id: `${source} ${destination} ${String(carries)} ${String(bytes.readUInt16BE(4))}`,
        offset,
        isLast,
      },
    }),
  };
};

const ipv6 = (bytes: Buffer): IpPacket | undefined => {
  if (bytes.length < IPV6_HEADER) return undefined;
  const said = bytes.readUInt16BE(4);
  const length = said === 0 ? bytes.length - IPV6_HEADER : said;
  const source = ipv6Text(bytes.subarray(8, 24));
  const destination = ipv6Text(bytes.subarray(24, 40));
  const missing = Math.max(0, IPV6_HEADER + length - bytes.length);
  let carries = bytes[6] ?? 0;
  let payload = bytes.subarray(IPV6_HEADER, IPV6_HEADER + length);
  let fragment: IpPacket['fragment'];
  for (let headers = 0; headers < MOST_HEADERS; headers += 1) {
    const isPiece = carries === 44;
    if (!isPiece && !EXTENSION_HEADERS.has(carries)) break;
    if (payload.length < 8) return undefined;
    const next = payload[0] ?? 0;
    // An authentication header counts in units of four octets.
    const size = isPiece ? 8 : carries === 51 ? ((payload[1] ?? 0) + 2) * 4 : ((payload[1] ?? 0) + 1) * 8;
    if (isPiece) {
      const field = payload.readUInt16BE(2);
      const id = `${source} ${destination} ${String(payload.readUInt32BE(4))}`;
      fragment = { id, offset: field & 0xfff8, isLast: (field & 1) === 0 };
    }
    carries = next;
    payload = payload.subarray(size);
    // Behind the header of a later piece stands no header.
    if (fragment !== undefined && fragment.offset > 0) break;
  }
  return { version: 6, source, destination, carries, payload, missing, ...(fragment && { fragment }) };
};

const IPV6_HEADER = 40;
/** Hop-by-hop, routing, authentication, destination options, mobility. */
const EXTENSION_HEADERS: ReadonlySet<number> = new Set([0, 43, 51, 60, 135]);
const MOST_HEADERS = 8;

const ipv4Text = (bytes: Buffer): string => [...bytes].join('.');

const ipv6Text = (bytes: Buffer): string => {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16)).join(':');
  // The longest run of zeros, as RFC 5952 §4.2 shortens it.
  const runs = [...groups.matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].map(([run]) => run);
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  if (longest === '') return groups;
  const at = groups.indexOf(longest);
  return `${groups.slice(0, at)}::${groups.slice(at + longest.length).replace(/^:/, '')}`;
};

/** The TCP segment in a packet; undefined where its header is not whole. Never throws. */
export const segmentIn = ({ source, destination, payload, missing }: IpPacket): Segment | undefined => {
  if (payload.length < TCP_HEADER) return undefined;
  const header = ((payload[12] ?? 0) >> 4) * 4;
  if (header < TCP_HEADER || header > payload.length) return undefined;
  const flags = payload[13] ?? 0;
  return {
    source,
    destination,
    sourcePort: payload.readUInt16BE(0),
    destinationPort: payload.readUInt16BE(2),
    sequence: payload.readUInt32BE(4),
    acknowledges: (flags & 0x10) === 0 ? undefined : payload.readUInt32BE(8),
    fin: (flags & 0x01) !== 0,
    syn: (flags & 0x02) !== 0,
    reset: (flags & 0x04) !== 0,
    payload: payload.subarray(header),
    missing,
  };
};

/** What an IP packet with TCP in it carries. */
export const TCP = 6;
const TCP_HEADER = 20;
