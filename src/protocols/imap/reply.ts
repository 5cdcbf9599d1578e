import type { Read, Reply, ReplyContext } from '../protocol.js';
import { announcement, LONGEST_LINE, MOST_LITERALS } from './syntax.js';

/** Reads one reply with its literals (RFC 9051 §7). Untagged data has the status `unknown`; so has a line that is no reply. */
export const readReply = (buffer: Buffer, context: ReplyContext): Read<Reply> | undefined => {
  const length = replyLength(buffer, 0);
  if (length === undefined) return undefined;
  const raw = Buffer.from(buffer.subarray(0, length));
  const lines = raw
    .toString('latin1')
    .replace(/\r?\n$/, '')
    .split(/\r?\n/);
  const reply = classify(lines[0] ?? '', context);
  return { value: { ...reply, ...(context.first && { kind: 'greeting' }), lines, raw }, length };
};

/** Length of the reply that begins at `start`, or undefined if it is not complete. */
export const replyLength = (buffer: Buffer, start: number): number | undefined => {
  let end = lineEnd(buffer, start, buffer.length);
  if (end === undefined) return undefined;
  if (!mayHoldLiterals(buffer, start)) return end - start;
  let lineStart = start;
  for (let literals = 0; literals < MOST_LITERALS; literals += 1) {
    const announced = announcement(buffer, lineStart, end);
    if (announced === undefined) break;
    lineStart = end + announced.size;
    if (lineStart > buffer.length) return undefined;
    end = lineEnd(buffer, lineStart, lineStart + LONGEST_LINE);
    if (end === undefined) return undefined;
  }
  return end - start;
};

type Classified = Omit<Reply, 'lines' | 'raw'>;

const classify = (line: string, context: ReplyContext): Classified => {
  if (/^\+(?: |$)/.test(line)) {
    const challenge = context.outstanding?.continues === 'sasl' ? { challenge: line.slice(2) } : {};
    return { kind: 'continuation', status: 'continue', ...challenge };
  }
  const words = /^(\*|[^\0-\x20(){%*"\\+\x7f-\xff]+)(?: +([^ ]*)(?: (.*))?)?$/s.exec(line);
  const [, first, word = '', text = ''] = words ?? [];
  const status = STATUSES[word.toUpperCase()];
  const code = status === undefined ? undefined : /^\[([^\]]*)\]/.exec(text)?.[1];
  const coded = code === undefined ? {} : { code };
  if (first === '*') return { kind: 'untagged', status: status ?? 'unknown', ...coded };
  // Without a tag it would end whichever command is the oldest.
  if (first === undefined || (word === '' && first !== context.outstanding?.tag))
    return { kind: 'untagged', status: 'unknown' };
  const tagged = status === undefined || context.first || !FINAL.has(status) ? 'unknown' : status;
  return { kind: 'final', status: tagged, tag: first, ...coded };
};

// Human-readable text may end in `{5}` and mean nothing by it.
const mayHoldLiterals = (buffer: Buffer, start: number): boolean =>
  /^\* +(?!(?:OK|NO|BAD|BYE|PREAUTH|CAPABILITY)(?:[ \r\n]|$))/i.test(buffer.toString('latin1', start, start + 32));

const lineEnd = (buffer: Buffer, start: number, limit: number): number | undefined => {
  const found = buffer.subarray(start, limit).indexOf(LF);
  return found === -1 ? undefined : start + found + 1;
};

const LF = 0x0a;

const STATUSES: Readonly<Record<string, Reply['status']>> = {
  OK: 'ok',
  NO: 'no',
  BAD: 'bad',
  BYE: 'bye',
  PREAUTH: 'preauth',
};
const FINAL: ReadonlySet<Reply['status']> = new Set(['ok', 'no', 'bad']);
