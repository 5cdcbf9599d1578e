import type { Command, Read, Response, SecretSpan } from './protocol.js';
import { saslSecretClass } from './sasl.js';
import { firstLine } from './text.js';

/**
 * A client's line in answer to a challenge, where lines stand for themselves: base64, or `*` to cancel (RFC 4954 §4, RFC 5034 §4).
 * `step` is 1 for the first line after the command; undefined while the line has no end.
 */
export const readSaslLine = (buffer: Buffer, to: Command, step: number): Read<Response> | undefined => {
  const line = firstLine(buffer);
  if (line === undefined) return undefined;
  const mechanism = to.mechanism ?? '';
  const secret: SecretSpan = {
    start: 0,
    end: line.text.length,
    class: saslSecretClass(mechanism, step, to.args.length > 1),
    mechanism,
  };
  const raw = Buffer.from(buffer.subarray(0, line.next));
  const secrets = line.text === '*' || line.text === '' ? [] : [secret];
  return { value: { kind: 'response', moment: 'login', mechanism, step, raw, secrets }, length: line.next };
};
