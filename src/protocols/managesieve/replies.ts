import type { Read, Reply, ReplyContext } from '../protocol.js';
import { readLine, textOf, type SieveLine } from './strings.js';

/**
 * One reply (RFC 5804 §1.3, §4): lines that begin with strings, then `OK`, `NO` or `BYE`. A string alone on its line is
 * a challenge while AUTHENTICATE is outstanding. The capability block of the greeting is a reply too. A line that is
 * none of this ends the reply with status `unknown`.
 */
export const readReply = (buffer: Buffer, context: ReplyContext): Read<Reply> | undefined => {
  const progress = context.progress ?? { at: 0, lines: [] };
  for (;;) {
    const line = readLine(buffer, progress.at, LONGEST_LITERAL);
    if (line === undefined) return undefined;
    const text = buffer.toString('latin1', progress.at, line.end);
    const [first] = line.words;
    if (first?.kind === 'atom' || first === undefined || progress.lines.length >= MOST_LINES) {
      const ending = endingOf(buffer, line);
      const kind = context.first ? 'greeting' : 'final';
      return {
        value: { kind, ...ending, lines: [...progress.lines, text], raw: Buffer.from(buffer.subarray(0, line.next)) },
        length: line.next,
      };
    }
    const asked = !context.first && context.outstanding?.continues === 'sasl';
    if (asked && progress.lines.length === 0 && line.words.length === 1) {
      const raw = Buffer.from(buffer.subarray(0, line.next));
      return {
        value: { kind: 'continuation', status: 'continue', lines: [text], challenge: textOf(buffer, first), raw },
        length: line.next,
      };
    }
    progress.lines.push(text);
    progress.at = line.next;
  }
};

const endingOf = (buffer: Buffer, line: SieveLine): Pick<Reply, 'status' | 'code'> => {
  const [word, open, ...rest] = line.words;
  const status = word?.kind !== 'atom' ? undefined : STATUS[textOf(buffer, word).toUpperCase()];
  if (status === undefined) return { status: 'unknown' };
  if (open?.kind !== 'atom' || textOf(buffer, open) !== '(') return { status };
  const close = rest.findIndex((each) => each.kind === 'atom' && textOf(buffer, each) === ')');
  const code = rest.slice(0, close === -1 ? rest.length : close).map((each) => textOf(buffer, each));
  return { status, code: code.join(' ') };
};

const STATUS: Readonly<Record<string, Reply['status']>> = { OK: 'ok', NO: 'no', BYE: 'bye' };
const LONGEST_LITERAL = 32 * 1024 * 1024;
const MOST_LINES = 100_000;
