import protocols from '../protocols/index.js';
import type { ProtocolName } from '../protocols/protocol.js';

/** Bytes that are one whole QUIT or LOGOUT: said where an answer was still due they are no secret, and believe nothing. */
export const isFarewell = (protocol: ProtocolName, bytes: Buffer): boolean => {
  const read = protocols[protocol].readCommand(bytes, 0);
  return (
    read?.length === bytes.length &&
    read.value.kind === 'command' &&
    read.value.moment === 'quit' &&
    read.value.args.length === 0
  );
};
