import type { Command, Moment, Read, SecretSpan } from '../protocol.js';
import { saslSecretClass } from '../sasl.js';
import { firstLine, wordsOf } from '../text.js';

/** One command line (RFC 1939 §3); the argument of PASS is all that follows one space, further spaces included. */
export const readCommand = (buffer: Buffer): Read<Command> | undefined => {
  const line = firstLine(buffer);
  if (line === undefined) return undefined;
  const words = wordsOf(line.text);
  const [first, second, third] = words;
  const verb = first?.text.toUpperCase() ?? '';
  const raw = Buffer.from(buffer.subarray(0, line.next));
  const base = {
    kind: 'command',
    moment: momentOf(verb, words.length),
    verb,
    args: words.slice(1).map((word) => word.text),
    raw,
    secrets: [],
  } as const;
  const whole = line.text.length;
  const last = words.at(-1)?.end ?? whole;
  const read = (more: Partial<Command>): Read<Command> => ({ value: { ...base, ...more }, length: line.next });

  if (verb === 'USER' || verb === 'PASS') {
    const start = Math.min(whole, (first?.end ?? 0) + 1);
    const secret: SecretSpan = {
      start,
      end: whole,
      class: verb === 'USER' ? 'user' : 'password',
      mechanism: 'USER/PASS',
    };
    return read({
      args: start < whole ? [line.text.slice(start)] : [],
      secrets: spans(secret),
      mechanism: 'USER/PASS',
    });
  }
  if (verb === 'APOP') {
    const user: SecretSpan = {
      start: second?.start ?? whole,
      end: second?.end ?? whole,
      class: 'user',
      mechanism: 'APOP',
    };
    const digest: SecretSpan = { start: third?.start ?? whole, end: last, class: 'authenticator', mechanism: 'APOP' };
    return read({ secrets: spans(user, digest), mechanism: 'APOP' });
  }
  if (verb === 'AUTH' && second !== undefined) {
    const mechanism = second.text.toUpperCase();
    const initial: SecretSpan = {
      start: third?.start ?? whole,
      end: last,
      class: saslSecretClass(mechanism, 0, true),
      mechanism,
    };
    return read({ secrets: spans(initial), mechanism, continues: 'sasl' });
  }
  return read({});
};

/** Whether a positive reply to the command ends with a line that holds a single dot. */
export const isMultiline = (command: Command): boolean =>
  command.verb === 'CAPA' || isRetrieval(command) || (command.args.length === 0 && LISTINGS.has(command.verb));

/** Whether a positive reply to the command carries mail. */
export const isRetrieval = (command: Command): boolean => command.verb === 'RETR' || command.verb === 'TOP';

const spans = (...secrets: readonly SecretSpan[]): SecretSpan[] =>
  secrets.filter((secret) => secret.start < secret.end);

// AUTH without a mechanism lists them, as CAPA does (older than RFC 2449; some clients still ask so).
const momentOf = (verb: string, words: number): Moment =>
  verb === 'AUTH' && words === 1 ? 'capabilities' : (MOMENTS[verb] ?? 'other');

const LISTINGS: ReadonlySet<string> = new Set(['LIST', 'UIDL', 'AUTH']);

const MOMENTS: Readonly<Record<string, Moment>> = {
  CAPA: 'capabilities',
  STLS: 'starttls',
  USER: 'login',
  PASS: 'login',
  APOP: 'login',
  AUTH: 'login',
  STAT: 'mailbox',
  LIST: 'mailbox',
  UIDL: 'mailbox',
  LAST: 'mailbox',
  DELE: 'mailbox',
  RSET: 'mailbox',
  RETR: 'message',
  TOP: 'message',
  QUIT: 'quit',
};
