import type { Command, Reply } from '../protocol.js';

/** Whether a reply can be the answer to a command, by its code (RFC 5321 §4.3.2, RFC 4954 §4, RFC 3207 §4). */
export const canAnswer = ({ code = '' }: Reply, { verb }: Command): boolean =>
  /^[45]/.test(code) || (CODES[verb]?.includes(code) ?? true);

const CODES: Readonly<Record<string, readonly string[]>> = {
  EHLO: ['250'],
  HELO: ['250'],
  LHLO: ['250'],
  STARTTLS: ['220'],
  AUTH: ['235', '334'],
  MAIL: ['250'],
  RCPT: ['250', '251', '252'],
  // The message's own answer is one to DATA as well.
  DATA: ['354', '250'],
  BDAT: ['250'],
  RSET: ['250'],
  NOOP: ['250'],
  QUIT: ['221'],
};
