import protocols from '../protocols/index.js';
import type { MailInCommand } from '../protocols/contract/grammar.js';
import type { ProtocolName } from '../protocols/protocol.js';

/** The mail that had begun to come inside an unfinished command, whether or not the server had asked for it; undefined where not an octet of it came. */
export const mailCutOff = (protocol: ProtocolName, bytes: Buffer): MailInCommand | undefined => {
  const mail = protocols[protocol].mailInCommand?.(bytes, Infinity);
  return mail !== undefined && bytes.length > mail.start ? mail : undefined;
};
