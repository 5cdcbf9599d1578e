import type { ClientUnit, HonestAnswer, Unsolicited } from '../protocols/protocol.js';

export type { Unsolicited } from '../protocols/protocol.js';

/** Gives the honest answers: our own server in the server seat, the real one in the middle seat. */
export interface Answerer {
  greeting(): Promise<Buffer> | Buffer;
  /** TLS started in place with the client; returns what the server says unasked inside. */
  upgraded(): Promise<Buffer> | Buffer;
  startInside(): void;
  answer(unit: ClientUnit): Promise<PiecedAnswer> | PiecedAnswer;
  /** Takes the client for logged in; absent where that is not ours to say. */
  preauthenticate?(): void;
  /**
   * Goes over to the server's other door, if that can be had; what it says comes unsolicited. Absent where there is one door only:
   * it does as the other one would.
   */
  otherDoor?(): Promise<boolean>;
  /** Data that the server sends outside of any turn. */
  readonly unsolicited?: Unsolicited | undefined;
}

/** An answer whose end may not have arrived yet. */
export type PiecedAnswer = HonestAnswer;

/** All pieces of an answer in one; undefined if that is too much to hold. */
export const entire = async ({ bytes, more }: PiecedAnswer): Promise<Buffer | undefined> => {
  if (more === undefined) return bytes;
  const pieces = [bytes];
  let length = bytes.length;
  for await (const piece of more) {
    length += piece.length;
    if (length > LONGEST_HELD) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
};

/** Bytes. */
const LONGEST_HELD = 1024 * 1024;
