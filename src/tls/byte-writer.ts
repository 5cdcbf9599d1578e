/** An unsigned integer of 1 to 3 octets, big-endian. */
export const number = (octets: 1 | 2 | 3, value: number): Buffer => {
  const bytes = Buffer.alloc(octets);
  bytes.writeUIntBE(value, 0, octets);
  return bytes;
};

/** Integers of `octets` octets each, one behind the other. */
export const numbers = (octets: 2 | 3, values: readonly number[]): Buffer =>
  Buffer.concat(values.map((value) => number(octets, value)));

/** Contents behind their length in `octets` octets (RFC 8446 §3.4). */
export const vector = (octets: 1 | 2 | 3, contents: Buffer): Buffer =>
  Buffer.concat([number(octets, contents.length), contents]);
