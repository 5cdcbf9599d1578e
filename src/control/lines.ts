import { jsonText } from '../report/escape.js';
import { printable } from '../wire/printable.js';
import type { Caller } from './caller.js';
import { ControlError } from './messages.js';

/** A stream of commands, a JSON object a line, and where answers go. */
export interface LineStream {
  readonly input: NodeJS.ReadableStream;
  readonly write: (line: string) => void;
}

/** Answers commands until the input ends; commands are carried out side by side, so that answers may overtake each other. */
export const answerLines = async ({ input, write }: LineStream, caller: Caller): Promise<void> => {
  const under = new Set<Promise<void>>();
  const answer = async (text: string): Promise<void> => {
    let id: string | number | undefined;
    try {
      const { id: given, command, ...fields } = parsed(text);
      if (typeof given === 'string' || typeof given === 'number') id = given;
      if (typeof command !== 'string')
        throw new ControlError(
          'bad-request',
          'the field "command" is missing, or no text; expected a line such as {"id":1,"command":"hello"}',
        );
      write(jsonText({ ...(id !== undefined && { id }), ok: true, answer: await caller.call(command, fields) }));
    } catch (error) {
      write(jsonText({ ...(id !== undefined && { id }), ok: false, error: errorOf(error) }));
    }
  };
  const begin = (text: string): void => {
    const one = answer(text).finally(() => under.delete(one));
    under.add(one);
  };
  try {
    for await (const line of linesOf(input)) {
      if (line instanceof ControlError) write(jsonText({ ok: false, error: errorOf(line) }));
      else if (line.trim() !== '') begin(line);
    }
  } catch {
    // The caller went away in the middle of a line.
  }
  await caller.leave();
  await Promise.all(under);
};

/** An error as callers are told of it. */
export const errorOf = (error: unknown): { readonly code: string; readonly message: string } =>
  error instanceof ControlError
    ? { code: error.code, message: error.message }
    : { code: 'internal', message: `a bug in waxseal: ${printable(String(error)).slice(0, 300)}` };

/** A JSON object; throws `ControlError`. */
export const parsed = (text: string): Readonly<Record<string, unknown>> => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ControlError(
      'bad-json',
      `this is not JSON: ${printable(error instanceof Error ? error.message.slice(0, 120) : 'unreadable')}`,
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ControlError('bad-json', 'expected a JSON object, such as {"id":1,"command":"hello"}');
  return value as Readonly<Record<string, unknown>>;
};

/** Lines of bounded length; of one that is too long, the error, once. */
async function* linesOf(input: NodeJS.ReadableStream): AsyncGenerator<string | ControlError> {
  let held: Buffer[] = [];
  let size = 0;
  let isSkipping = false;
  for await (const chunk of input) {
    let rest = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    for (let end = rest.indexOf(LF); end !== -1; end = rest.indexOf(LF)) {
      if (!isSkipping && size + end <= LONGEST_LINE)
        yield Buffer.concat([...held, rest.subarray(0, end)]).toString('utf8');
      else if (!isSkipping) yield tooLong();
      held = [];
      size = 0;
      isSkipping = false;
      rest = rest.subarray(end + 1);
    }
    size += rest.length;
    if (isSkipping) continue;
    if (size > LONGEST_LINE) {
      held = [];
      isSkipping = true;
      yield tooLong();
    } else if (rest.length > 0) held.push(rest);
  }
  if (size > 0 && !isSkipping) yield Buffer.concat(held).toString('utf8');
}

const tooLong = (): ControlError =>
  new ControlError('line-too-long', `a line is longer than ${String(LONGEST_LINE)} bytes; it was skipped`);

const LF = 10;
/** Bytes. */
export const LONGEST_LINE = 1 << 20;
