/** The bytes (latin1) that letters of base32 (RFC 4648 §6, of either case) stand for; bits that fill no byte are left out. */
export const fromBase32 = (letters: string): string => {
  const bytes = Buffer.alloc(Math.floor((letters.length * 5) / 8));
  let [bits, held, at] = [0, 0, 0];
  for (let index = 0; index < letters.length; index += 1) {
    const code = letters.charCodeAt(index);
    // Digits 2 to 7 come after the letters.
    held = ((held << 5) | (code < 0x40 ? code - 0x18 : (code & 0x1f) - 1)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = held >> bits;
  }
  return bytes.toString('latin1');
};

/** The same letters without padding, in capitals. */
export const toBase32 = (bytes: Uint8Array): string => {
  let [text, held, bits] = ['', 0, 0];
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET.charAt((held >> (bits - 5)) & 0x1f);
  }
  return bits === 0 ? text : text + ALPHABET.charAt((held << (5 - bits)) & 0x1f);
};

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
