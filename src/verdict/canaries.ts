import { hash } from 'node:crypto';

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
    const digest = hash('sha256', `${seed}\0${String(visit)}\0${name}`, 'buffer');
    let letters = LETTERS.charAt(digest.readUInt8(0) % 26);
    for (let index = 1; index < 20; index += 1) letters += ALPHABET.charAt(digest.readUInt8(index) % 36);
    return letters;
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
