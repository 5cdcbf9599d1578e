import type { Read, Reply, ReplyContext } from '../protocol.js';
import { firstLine } from '../text.js';
import { isMultiline, isRetrieval } from './commands.js';

/**
 * One reply (RFC 1939 §3): a line, and after `+OK` to a listing all lines up to the single dot, which depends on the
 * outstanding command alone. Mail that RETR or TOP bring stays in `raw`, it is no line of the reply.
 */
export const readReply = (buffer: Buffer, context: ReplyContext): Read<Reply> | undefined => {
  const line = firstLine(buffer);
  if (line === undefined) return undefined;
  const { outstanding } = context;
  const word = /^(?:\+OK|-ERR|\+)(?= |$)/.exec(line.text)?.[0];
  if (word === '+' && !context.first && outstanding?.continues === 'sasl') {
    return read(buffer, line.next, {
      kind: 'continuation',
      status: 'continue',
      lines: [line.text],
      challenge: line.text.slice(2),
    });
  }
  const status = word === '+OK' ? 'ok' : word === '-ERR' ? 'no' : 'unknown';
  const code = /^(?:\+OK|-ERR) \[([^\]]*)\]/.exec(line.text)?.[1];
  const head = { kind: context.first ? 'greeting' : 'final', status, ...(code !== undefined && { code }) } as const;
  if (context.first || status !== 'ok' || outstanding === undefined || !isMultiline(outstanding)) {
    return read(buffer, line.next, { ...head, lines: [line.text] });
  }
  const end = listingEnd(buffer, line.next, context.progress?.at ?? 0);
  if (end === undefined) {
    if (context.progress !== undefined) context.progress.at = buffer.length;
    return undefined;
  }
  const lines = isRetrieval(outstanding) ? [line.text] : [line.text, ...linesOf(buffer.subarray(line.next, end.start))];
  return read(buffer, end.next, { ...head, lines });
};

/** A listing holds no status line: where one stands, the first line answered something else. */
export const canAnswer = ({ lines }: Reply): boolean =>
  !lines.slice(1).some((line) => /^(?:\+OK|-ERR)(?: |$)/.test(line));

const read = (buffer: Buffer, length: number, reply: Omit<Reply, 'raw'>): Read<Reply> => ({
  value: { ...reply, raw: Buffer.from(buffer.subarray(0, length)) },
  length,
});

/** The line with a single dot: its first byte and what follows it. Mail may hold bare line feeds, so that CRLF is asked for wherever the server's first line has it. */
const listingEnd = (
  buffer: Buffer,
  from: number,
  searched: number,
): { readonly start: number; readonly next: number } | undefined => {
  const dot = buffer[from - 2] === CR ? '\r\n.\r\n' : '\n.\n';
  const eol = (dot.length - 1) / 2;
  const at = buffer.indexOf(dot, Math.max(from - eol, searched - dot.length), 'latin1');
  return at === -1 ? undefined : { start: at + eol, next: at + dot.length };
};

const linesOf = (listing: Buffer): string[] => {
  const lines = listing.toString('latin1').split(/\r?\n/);
  lines.pop();
  return lines;
};

const CR = 0x0d;
