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

/** Lines that end a login which the server did not go on with, a goodbye, or both: said where an answer was due they believe nothing. */
export const isRetreat = (protocol: ProtocolName, bytes: Buffer): boolean => {
  const rest = bytes.toString('latin1').replace(CANCELLED, '');
  return rest === '' || isFarewell(protocol, Buffer.from(rest, 'latin1'));
};

/** RFC 4954 §4, RFC 5034 §4, RFC 9051 §6.2.2; as a string in ManageSieve (RFC 5804 §2.1). */
const CANCELLED = /^(?:\*|"\*")\r?\n/;
