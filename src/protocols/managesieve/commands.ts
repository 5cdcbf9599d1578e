import type { Command, Moment, Read, Response, SecretSpan } from '../protocol.js';
import { saslSecretClass } from '../sasl.js';
import { readLine, textOf, type SieveWord } from './strings.js';

/**
 * One command with its literals (RFC 5804 §1.2, §2). Clients never wait before a literal, `{n}` of old drafts is
 * taken like `{n+}`. A line that begins with a string is no command; only a SASL response looks like that.
 */
export const readCommand = (buffer: Buffer): Read<Command> | undefined => {
  const line = readLine(buffer, 0, LONGEST_LITERAL);
  if (line === undefined) return undefined;
  const raw = Buffer.from(buffer.subarray(0, line.next));
  const [first, ...rest] = line.words;
  const verb = first?.kind === 'atom' ? textOf(buffer, first).toUpperCase() : '';
  const words = verb === '' ? line.words : rest;
  const args = words.map((word) => textOf(buffer, word));
  const base = { kind: 'command', moment: MOMENTS[verb] ?? 'other', verb, args, raw, secrets: [] } as const;
  const value = (): Command => {
    if (verb === 'AUTHENTICATE') {
      const mechanism = args[0]?.toUpperCase() ?? '';
      const initial = secretsOf(words.slice(1), { class: saslSecretClass(mechanism, 0, true), mechanism });
      return { ...base, mechanism, secrets: initial, continues: 'sasl' };
    }
    if (verb === 'PUTSCRIPT') return { ...base, secrets: secretsOf(words.slice(1), { class: 'mail' }) };
    if (verb === 'CHECKSCRIPT') return { ...base, secrets: secretsOf(words, { class: 'mail' }) };
    return verb === '' ? { ...base, secrets: secretsOf(words, { class: 'authenticator' }) } : base;
  };
  return { value: value(), length: line.next };
};

/** A string alone on its line: base64, or `*` to cancel (RFC 5804 §2.1). */
export const readResponse = (buffer: Buffer, to: Command, step: number): Read<Response> | undefined => {
  const line = readLine(buffer, 0, LONGEST_LITERAL);
  if (line === undefined) return undefined;
  const mechanism = to.mechanism ?? '';
  const raw = Buffer.from(buffer.subarray(0, line.next));
  const [word] = line.words;
  const cancelled = line.words.length === 1 && word !== undefined && textOf(buffer, word) === '*';
  const about = { class: saslSecretClass(mechanism, step, to.args.length > 1), mechanism };
  return {
    value: {
      kind: 'response',
      moment: 'login',
      mechanism,
      step,
      raw,
      secrets: cancelled ? [] : secretsOf(line.words, about),
    },
    length: line.next,
  };
};

/** The text of a response without its quotes or announcement: base64 or `*`. */
export const responseText = (raw: Buffer): string => {
  const word = readLine(raw, 0, LONGEST_LITERAL)?.words[0];
  return word === undefined ? '' : textOf(raw, word);
};

/** All that stands where one string is expected, without its quotes or announcement. */
const secretsOf = (words: readonly SieveWord[], about: Pick<SecretSpan, 'class' | 'mechanism'>): SecretSpan[] => {
  const start = words[0]?.start ?? 0;
  const end = words.at(-1)?.end ?? 0;
  return start < end ? [{ start, end, ...about }] : [];
};

const LONGEST_LITERAL = 1e12;

const MOMENTS: Readonly<Record<string, Moment>> = {
  CAPABILITY: 'capabilities',
  STARTTLS: 'starttls',
  AUTHENTICATE: 'login',
  LISTSCRIPTS: 'mailbox',
  HAVESPACE: 'mailbox',
  SETACTIVE: 'mailbox',
  DELETESCRIPT: 'mailbox',
  RENAMESCRIPT: 'mailbox',
  PUTSCRIPT: 'message',
  CHECKSCRIPT: 'message',
  GETSCRIPT: 'message',
  LOGOUT: 'quit',
};
