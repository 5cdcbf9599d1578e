import type { Command, LiteralWait, MailInCommand, Moment, Read, Response, SecretSpan } from '../protocol.js';
import { saslSecretClass } from '../sasl.js';
import { firstLine } from '../text.js';
import { announcement, LONGEST_LINE, MOST_LITERALS, readArguments, type Token } from './syntax.js';

/** Reads one command with its literals (RFC 9051 §2.2.1, §4.3); beyond bounds it never completes, and the dialogue calls it oversize. */
export const readCommand = (buffer: Buffer, invited: number): Read<Command | LiteralWait> | undefined => {
  let lineStart = 0;
  let synchronising = 0;
  for (let literals = 0; literals <= MOST_LITERALS; literals += 1) {
    const next = lineEnd(buffer, lineStart);
    if (next === undefined) return undefined;
    const announced = announcement(buffer, lineStart, next);
    const begun =
      announced === undefined ? undefined : head(buffer.toString('latin1', 0, Math.min(next, LONGEST_HEAD)));
    if (announced === undefined || begun?.tag === undefined || begun.verb === '') {
      return { value: parseCommand(Buffer.from(buffer.subarray(0, next))), length: next };
    }
    if (announced.synchronising) {
      synchronising += 1;
      if (synchronising > invited) {
        const { tag, verb } = begun;
        const raw = Buffer.from(buffer.subarray(0, next));
        return {
          value: {
            kind: 'literal-wait',
            moment: momentOf(verb),
            tag,
            verb,
            ...(verb === 'LOGIN' && { mechanism: LOGIN_COMMAND }),
            size: announced.size,
            raw,
          },
          length: next,
        };
      }
    }
    lineStart = next + announced.size;
    if (lineStart > buffer.length) return undefined;
  }
  return undefined;
};

/** The literal of APPEND that is coming (RFC 9051 §6.3.12); those before it have come whole. */
export const mailInCommand = (buffer: Buffer, invited: number): MailInCommand | undefined => {
  let lineStart = 0;
  let synchronising = 0;
  for (let literals = 0; literals <= MOST_LITERALS; literals += 1) {
    const next = lineEnd(buffer, lineStart);
    const announced = next === undefined ? undefined : announcement(buffer, lineStart, next);
    if (next === undefined || announced === undefined) return undefined;
    if (announced.synchronising) synchronising += 1;
    if (synchronising > invited) return undefined;
    if (next + announced.size > buffer.length) {
      const text = buffer.toString('latin1', 0, next);
      if (head(text.slice(0, LONGEST_HEAD)).verb !== 'APPEND') return undefined;
      const empty = `${text.slice(0, text.lastIndexOf('{'))}{0+}\r\n`;
      return { start: next, size: announced.size, head: Buffer.from(empty, 'latin1') };
    }
    lineStart = next + announced.size;
  }
  return undefined;
};

/** A line after `+`: a SASL response (`*` cancels, RFC 9051 §6.2.2), or IDLE's DONE (RFC 2177). */
export const readResponse = (buffer: Buffer, to: Command, step: number): Read<Response> | undefined => {
  const line = firstLine(buffer);
  if (line === undefined) return undefined;
  const raw = Buffer.from(buffer.subarray(0, line.next));
  if (to.continues !== 'sasl') {
    // A client that forgets DONE may well send a login instead.
    const secrets = parseCommand(raw).secrets;
    return { value: { kind: 'response', moment: 'other', mechanism: '', step, raw, secrets }, length: line.next };
  }
  const mechanism = to.mechanism ?? '';
  const secret: SecretSpan = {
    start: 0,
    end: line.text.length,
    class: saslSecretClass(mechanism, step, to.args.length > 1),
    mechanism,
  };
  const secrets = line.text === '*' || line.text === '' ? [] : [secret];
  return { value: { kind: 'response', moment: 'login', mechanism, step, raw, secrets }, length: line.next };
};

/** The arguments of a command, with lists resolved. */
export const commandArguments = (command: Command): ReturnType<typeof readArguments> => {
  const text = command.raw.toString('latin1');
  return readArguments(text, head(text.slice(0, LONGEST_HEAD)).length, textEnd(text));
};

const parseCommand = (raw: Buffer): Command => {
  const text = raw.toString('latin1');
  const end = textEnd(text);
  const { tag, verb, length } = head(text.slice(0, Math.min(end, LONGEST_HEAD)));
  const moment = momentOf(verb);
  // A line beyond all reason is not taken apart: its whole rest is one argument.
  const tooLong = end > LONGEST_LINE && text.indexOf('\n') > LONGEST_LINE;
  const { tokens, malformed } = tooLong ? { tokens: [], malformed: true } : readArguments(text, length, end);
  const args = tooLong
    ? [text.slice(length, end)]
    : tokens.map((token) => (token.kind === 'list' ? `(${token.text})` : token.text));
  const base = { kind: 'command', moment, verb, ...(tag !== undefined && { tag }), args, raw } as const;
  const rest = { start: firstOther(text, length), end };
  switch (verb) {
    case 'LOGIN':
      return { ...base, mechanism: LOGIN_COMMAND, secrets: loginSecrets(tokens, malformed, rest) };
    case 'AUTHENTICATE': {
      const mechanism = (tokens[0]?.text ?? '').toUpperCase();
      return { ...base, mechanism, secrets: initialResponse(tokens, mechanism, end), continues: 'sasl' };
    }
    case 'APPEND':
      return {
        ...base,
        secrets: literals(tokens.slice(1)).map(({ start, end: stop }) => ({ start, end: stop, class: 'mail' })),
      };
    case 'IDLE':
      return { ...base, secrets: [], continues: 'line' };
    default:
      return { ...base, secrets: verb === '' ? strayResponse(text, end) : [] };
  }
};

const loginSecrets = (
  tokens: readonly Token[],
  malformed: boolean,
  rest: { readonly start: number; readonly end: number },
): SecretSpan[] => {
  const [user, password] = tokens;
  if (malformed || user === undefined)
    return rest.start < rest.end ? [{ ...rest, class: 'password', mechanism: LOGIN_COMMAND }] : [];
  const name: SecretSpan = { start: user.start, end: user.end, class: 'user', mechanism: LOGIN_COMMAND };
  if (password === undefined) return [name];
  // An unquoted password may hold spaces: everything up to the end belongs to it.
  const end = tokens.length > 2 ? rest.end : password.end;
  return [name, { start: password.start, end, class: 'password', mechanism: LOGIN_COMMAND }];
};

const initialResponse = (tokens: readonly Token[], mechanism: string, end: number): SecretSpan[] => {
  const first = tokens[1];
  if (first === undefined || (tokens.length === 2 && (first.text === '=' || first.text === ''))) return [];
  return [
    {
      start: first.start,
      end: tokens.length > 2 ? end : first.end,
      class: saslSecretClass(mechanism, 0, true),
      mechanism,
    },
  ];
};

const literals = (tokens: readonly Token[]): Token[] =>
  tokens.flatMap((token) => (token.kind === 'literal' ? [token] : literals(token.items)));

// A SASL response that nobody asked for, as of a client that did not wait for the refusal of its AUTHENTICATE.
const strayResponse = (text: string, end: number): SecretSpan[] =>
  end >= 16 && end % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text.slice(0, end))
    ? [{ start: 0, end, class: 'authenticator' }]
    : [];

interface Head {
  readonly tag: string | undefined;
  readonly verb: string;
  /** Offset of what follows the verb. */
  readonly length: number;
}

const head = (text: string): Head => {
  const found = /^([^\0-\x20(){%*"\\+\x7f-\xff]+)(?: +([A-Za-z][A-Za-z0-9._-]{0,63})(?=[ \r\n]|$))?/.exec(text);
  return { tag: found?.[1], verb: (found?.[2] ?? '').toUpperCase(), length: found?.[0].length ?? 0 };
};

const lineEnd = (buffer: Buffer, start: number): number | undefined => {
  // The dialogue remembers where it looked in a first line; after literals the look is bounded here.
  const found = start === 0 ? buffer.indexOf(LF) : buffer.subarray(start, start + LONGEST_LINE).indexOf(LF);
  return found === -1 ? undefined : start + found + 1;
};

const textEnd = (text: string): number => text.length - (text.endsWith('\r\n') ? 2 : text.endsWith('\n') ? 1 : 0);

const firstOther = (text: string, from: number): number => {
  let at = from;
  while (text.charAt(at) === ' ') at += 1;
  return at;
};

const momentOf = (verb: string): Moment => MOMENTS[verb] ?? (MAILBOX.has(verb) ? 'mailbox' : 'other');

/** How IMAP's own login command is called among SASL mechanisms. */
export const LOGIN_COMMAND = 'LOGIN command';

const LF = 0x0a;
const LONGEST_HEAD = 1024;

const MOMENTS: Readonly<Record<string, Moment>> = {
  CAPABILITY: 'capabilities',
  ID: 'identify',
  STARTTLS: 'starttls',
  LOGIN: 'login',
  AUTHENTICATE: 'login',
  APPEND: 'message',
  LOGOUT: 'quit',
};

/** Commands about mailboxes and what is in them. */
export const MAILBOX: ReadonlySet<string> = new Set(
  (
    'SELECT EXAMINE LIST LSUB XLIST STATUS CREATE DELETE RENAME SUBSCRIBE UNSUBSCRIBE NAMESPACE IDLE FETCH UID SEARCH SORT THREAD STORE COPY MOVE ' +
    'EXPUNGE CHECK CLOSE UNSELECT GETACL SETACL MYRIGHTS GETQUOTA GETQUOTAROOT GETMETADATA SETMETADATA NOTIFY'
  ).split(' '),
);
