import { createHash } from 'node:crypto';

/** Secrets and names unique to one visit; each is `[a-z][a-z0-9]{19}`, the same in every encoding that clients use for text. */
export interface Canaries {
  readonly user: string;
  readonly password: string;
  readonly token: string;
  /** Local part of the sender's address. */
  readonly from: string;
  /** Local part of the recipient's address. */
  readonly to: string;
  /** In the subject, body and Message-ID of the message to send. */
  readonly message: string;
  /** In the message that the mailbox holds. */
  readonly mailbox: string;
  /** A capability that only injected data carries. */
  readonly capability: string;
  /** Randomness of challenges. */
  readonly nonce: string;
}

/** The canaries of one visit, derived from the session's seed, so that a seed reproduces a session. */
export const canariesOf = (seed: string, visit: number): Canaries => {
  const word = (name: string): string => {
    const digest = createHash('sha256')
      .update(`${seed}\0${String(visit)}\0${name}`)
      .digest();
    const letters = [...digest.subarray(0, 20)].map((byte, index) =>
      index === 0 ? LETTERS[byte % 26] : ALPHABET[byte % 36],
    );
    return letters.join('');
  };
  return {
    user: word('user'),
    password: word('password'),
    token: word('token'),
    from: word('from'),
    to: word('to'),
    message: word('message'),
    mailbox: word('mailbox'),
    capability: word('capability'),
    nonce: word('nonce'),
  };
};

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const ALPHABET = `${LETTERS}0123456789`;
