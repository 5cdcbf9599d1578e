import protocols from '../protocols/index.js';
import type { Command, ProtocolName } from '../protocols/protocol.js';

/**
 * The command that had begun to come when the connection or the phase ended, as grammar would have read it: its last literal ends
 * where the bytes do, and a line end follows. `raw` and the spans are those of the bytes that came. Undefined for what is no command.
 */
export const unfinishedCommand = (protocol: ProtocolName, bytes: Buffer): Command | undefined => {
  if (bytes.length > LONGEST) return undefined;
  const text = bytes.toString('latin1');
  const announced = unfinishedLiteral(text);
  const read = protocols[protocol].readCommand(
    Buffer.from(announced === undefined ? `${text}\r\n` : `${shortened(text, announced)}\r\n`, 'latin1'),
    Infinity,
  )?.value;
  if (read?.kind !== 'command') return undefined;
  const secrets = read.secrets
    .map((secret) => ({ ...secret, end: Math.min(secret.end, bytes.length) }))
    .filter(({ start, end }) => start < end);
  return { ...read, raw: bytes, secrets };
};

/** The announcement of the literal that is not whole; what stands within a literal announces nothing. */
const unfinishedLiteral = (text: string): RegExpExecArray | undefined => {
  let end = 0;
  for (const announcement of text.matchAll(/\{(\d+)\+?\}\r?\n/g)) {
    if (announcement.index < end) continue;
    end = announcement.index + announcement[0].length + Number(announcement[1]);
    if (end > text.length) return announcement;
  }
  return undefined;
};

/** The same with a literal of as many bytes as came; digits stay as many, so that no offset changes. */
const shortened = (text: string, { 0: announcement, 1: size = '', index }: RegExpMatchArray): string => {
  const start = (index ?? 0) + announcement.length;
  const came = String(text.length - start).padStart(size.length, '0');
  return text.slice(0, index) + announcement.replace(size, came) + text.slice(start);
};

/** Bytes; no command is longer (a mail within one is looked for elsewhere). */
const LONGEST = 32 * 1024 * 1024;
