// Our own reader, though @peculiar/asn1-schema is in the tree: a parser by schema throws at the first type that it does
// not expect, and then a certificate with one odd name, which is what a hostile server sends, would have no facts at all.
// This one gives what can be read and passes over the rest; the writer is what its few users need besides.

/** One DER element: its tag octet, its contents, and the whole encoding. */
export interface DerElement {
  readonly tag: number;
  readonly contents: Buffer;
  readonly encoding: Buffer;
}

/** DER tag octets that certificates use (X.690). */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  t61String: 0x14,
  ia5String: 0x16,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Encodes one element: tag, length, and the contents end to end. */
export const element = (tag: number, ...contents: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthOctets(body.length), body]);
};

/** Encodes a SEQUENCE. */
export const sequence = (...contents: readonly Uint8Array[]): Buffer => element(TAG.sequence, ...contents);

/** Encodes a non-negative INTEGER below 2^31. */
export const integer = (value: number): Buffer => {
  const octets = [value & 0xff];
  for (let rest = value >>> 8; rest > 0; rest >>>= 8) octets.unshift(rest & 0xff);
  if ((octets[0] ?? 0) >= 0x80) octets.unshift(0);
  return element(TAG.integer, Buffer.from(octets));
};

/** Encodes an OBJECT IDENTIFIER from its dotted form. */
export const objectIdentifier = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(TAG.oid, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
};

/** The elements that lie end to end in `bytes`; undefined when they are not well-formed DER. Lengths above 2^31 are refused. */
export const elements = (bytes: Buffer): DerElement[] | undefined => {
  const found: DerElement[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const tag = bytes[offset];
    const first = bytes[offset + 1];
    if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return undefined;
    const octets = first < 0x80 ? 0 : first & 0x7f;
    if (first === 0x80 || octets > 4 || offset + 2 + octets > bytes.length) return undefined;
    const length = octets === 0 ? first : bytes.readUIntBE(offset + 2, octets);
    const start = offset + 2 + octets;
    if (start + length > bytes.length) return undefined;
    found.push({
      tag,
      contents: bytes.subarray(start, start + length),
      encoding: bytes.subarray(offset, start + length),
    });
    offset = start + length;
  }
  return found;
};

/** The dotted form of an OBJECT IDENTIFIER's contents. */
export const dotted = (contents: Buffer): string => {
  const arcs: number[] = [];
  let arc = 0;
  for (const octet of contents) {
    arc = arc * 128 + (octet & 0x7f);
    if (octet < 0x80) {
      arcs.push(arc);
      arc = 0;
    }
  }
  const [first = 0, ...rest] = arcs;
  const root = Math.min(Math.floor(first / 40), 2);
  return [root, first - root * 40, ...rest].join('.');
};

const lengthOctets = (length: number): Buffer => {
  if (length < 0x80) return Buffer.from([length]);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Buffer.from([0x80 | octets.length, ...octets]);
};

const base128 = (value: number): number[] => {
  const octets = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) octets.unshift((rest & 0x7f) | 0x80);
  return octets;
};
