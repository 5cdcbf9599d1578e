/** A TLS record begins here, as far as its header tells. */
export const looksSealed = (bytes: Buffer): boolean => {
  const [type = 0, major = 0, minor = 0] = bytes;
  return (
    bytes.length >= 5 &&
    type >= 20 &&
    type <= 23 &&
    major === 3 &&
    minor <= 4 &&
    bytes.readUInt16BE(3) <= 2 ** 14 + 2048
  );
};

/** Offset of the record with a ServerHello, or an alert; what cannot be the beginning of one is before it. */
export const startOfAnswer = (bytes: Buffer): number => {
  for (let at = 0; at < bytes.length; at += 1) {
    const [type, major = 3, minor = 0, high = 0, , message = SERVER_HELLO] = bytes.subarray(at, at + ANSWER_HEADER);
    if (major !== 3 || minor > 4 || high > 0x48) continue;
    if ((type === 22 && message === SERVER_HELLO) || (type === 21 && high === 0)) return at;
  }
  return bytes.length;
};

const SERVER_HELLO = 2;
/** Octets of a record that tell what it begins with. */
export const ANSWER_HEADER = 6;
