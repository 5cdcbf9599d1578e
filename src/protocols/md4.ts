/** MD4 (RFC 1320), which NTLM is made of and the TLS library no longer has. */
export const md4 = (message: Uint8Array): Buffer => {
  const blocks = Buffer.alloc(((message.length + 8) >> 6) * 64 + 64);
  blocks.set(message);
  blocks[message.length] = 0x80;
  blocks.writeUInt32LE((message.length << 3) >>> 0, blocks.length - 8);
  blocks.writeUInt32LE(message.length >>> 29, blocks.length - 4);
  let state: readonly [number, number, number, number] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  for (let block = 0; block < blocks.length; block += 64) {
    let [a, b, c, d] = state;
    for (const { mix, constant, order, shifts } of ROUNDS)
      for (const [step, word] of order.entries()) {
        const sum = (a + mix(b, c, d) + blocks.readUInt32LE(block + word * 4) + constant) >>> 0;
        const shift = shifts[step % 4] ?? 0;
        [a, b, c, d] = [d, ((sum << shift) | (sum >>> (32 - shift))) >>> 0, b, c];
      }
    state = [add(state[0], a), add(state[1], b), add(state[2], c), add(state[3], d)];
  }
  const digest = Buffer.alloc(16);
  for (const [index, word] of state.entries()) digest.writeUInt32LE(word, index * 4);
  return digest;
};

const add = (a: number, b: number): number => (a + b) >>> 0;

const ROUNDS: readonly {
  readonly mix: (b: number, c: number, d: number) => number;
  readonly constant: number;
  readonly order: readonly number[];
  readonly shifts: readonly number[];
}[] = [
  {
    mix: (b, c, d) => ((b & c) | (~b & d)) >>> 0,
    constant: 0,
    order: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    shifts: [3, 7, 11, 19],
  },
  {
    mix: (b, c, d) => ((b & c) | (b & d) | (c & d)) >>> 0,
    constant: 0x5a827999,
    order: [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
    shifts: [3, 5, 9, 13],
  },
  {
    mix: (b, c, d) => (b ^ c ^ d) >>> 0,
    constant: 0x6ed9eba1,
    order: [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
    shifts: [3, 9, 11, 15],
  },
];
