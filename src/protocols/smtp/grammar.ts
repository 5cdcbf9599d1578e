import type { Body, Command, Moment, Offer, OfferChange, Read, Reply, ReplyContext, Response, SecretSpan } from '../protocol.js';
import { saslSecretClass } from '../sasl.js';
import { firstLine, latin1 } from '../text.js';

/** One command line (RFC 5321 §2.4: verbs in any case; a bare LF is taken as a line end too). */
export const readCommand = (buffer: Buffer): Read<Command> | undefined => {
  const line = firstLine(buffer);
  if (line === undefined) return undefined;
  const raw = Buffer.from(buffer.subarray(0, line.next));
  const words = line.text.trim().split(/[ \t]+/);
  const verb = (words[0] ?? '').toUpperCase();
  const args = words.slice(1);
  const base = { kind: 'command', moment: momentOf(verb), verb, args, raw } as const;
  if (verb === 'AUTH') return { value: authCommand(base, line.text), length: line.next };
  if (verb === 'DATA') return { value: { ...base, secrets: [], continues: 'body' }, length: line.next };
  if (verb === 'BDAT') return { value: { ...base, secrets: [], followedBy: chunkSize(args[0]) }, length: line.next };
  if (ENVELOPE.has(verb)) return { value: { ...base, secrets: [argumentSpan(line.text, 'mail')] }, length: line.next };
  return { value: { ...base, secrets: [] }, length: line.next };
};

/** A line after 334: base64, or `*` to cancel (RFC 4954 §4). */
export const readResponse = (buffer: Buffer, to: Command, step: number): Read<Response> | undefined => {
  const line = firstLine(buffer);
  if (line === undefined) return undefined;
  const mechanism = to.mechanism ?? '';
  const secret: SecretSpan = { start: 0, end: line.text.length, class: saslSecretClass(mechanism, step, to.args.length > 1), mechanism };
  const raw = Buffer.from(buffer.subarray(0, line.next));
  return { value: { kind: 'response', moment: 'login', mechanism, step, raw, secrets: line.text === '*' ? [] : [secret] }, length: line.next };
};

/** Message content up to the line with a single dot (RFC 5321 §4.1.1.4). */
export const readBody = (buffer: Buffer, searchFrom: number): Read<Body> | undefined => {
  let length: number;
  if (buffer.subarray(0, 3).toString('latin1') === '.\r\n') length = 3;
  else {
    const end = buffer.indexOf('\r\n.\r\n', Math.max(0, searchFrom - 4), 'latin1');
    if (end === -1) return undefined;
    length = end + 5;
  }
  const raw = Buffer.from(buffer.subarray(0, length));
  return { value: { kind: 'body', moment: 'message', raw, secrets: [{ start: 0, end: length, class: 'mail' }] }, length };
};

/** A reply of one or more lines; the code of the last line counts. Lines without a code are `unknown`. */
export const readReply = (buffer: Buffer, context: ReplyContext): Read<Reply> | undefined => {
  const lines: string[] = [];
  let at = 0;
  for (;;) {
    const line = firstLine(buffer, at);
    if (line === undefined) return undefined;
    lines.push(line.text);
    at = line.next;
    if (!/^\d{3}-/.test(line.text)) break;
  }
  const last = lines.at(-1) ?? '';
  const code = /^\d{3}(?= |$)/.exec(last)?.[0];
  const status = statusOf(code);
  const raw = Buffer.from(buffer.subarray(0, at));
  const kind = context.first ? 'greeting' : status === 'continue' ? 'continuation' : 'final';
  const challenge = code === '334' ? { challenge: last.slice(4) } : {};
  return { value: { kind, status, ...(code !== undefined && { code }), lines, ...challenge, raw }, length: at };
};

/** The offer in a reply to EHLO: keywords from the second line on (RFC 5321 §4.1.1.1), in any case. */
export const offer = (replies: readonly Reply[]): Offer | undefined => {
  const reply = replies.findLast((each) => each.code === '250');
  if (reply === undefined) return undefined;
  const keywords = reply.lines.slice(1).map((line) => line.slice(4).trim());
  return {
    upgrade: keywords.some((keyword) => keyword.toUpperCase() === 'STARTTLS'),
    logins: [...new Set(keywords.filter(isAuth).flatMap((keyword) => keyword.slice(5).toUpperCase().split(/[ =]+/).filter(Boolean)))],
    loginDisabled: false,
    extensions: keywords.filter((keyword) => keyword !== '' && keyword.toUpperCase() !== 'STARTTLS' && !isAuth(keyword)),
  };
};

/** Edits the keywords of an EHLO reply; other replies stay as they are. */
export const rewriteOffer = (reply: Buffer, change: OfferChange): Buffer => {
  const lines = reply.toString('latin1').split('\r\n').slice(0, -1);
  if (lines.length < 2 || lines.some((line) => !/^250[- ]/.test(line))) return reply;
  const [name = '', ...keywords] = lines.map((line) => line.slice(4));
  let kept = keywords;
  if (change.upgrade !== undefined) kept = kept.filter((keyword) => keyword.trim().toUpperCase() !== 'STARTTLS');
  if (change.logins !== undefined) kept = kept.filter((keyword) => !isAuth(keyword));
  const added = [
    ...(change.upgrade === true ? ['STARTTLS'] : []),
    ...(change.logins !== undefined && change.logins.length > 0 ? [`AUTH ${change.logins.join(' ')}`] : []),
    ...(change.addExtensions ?? []),
  ];
  return multiline('250', [name, ...kept, ...added]);
};

/** A reply with `-` on all lines but the last. */
export const multiline = (code: string, lines: readonly string[]): Buffer =>
  latin1(lines.map((line, index) => `${code}${index === lines.length - 1 ? ' ' : '-'}${line}\r\n`).join(''));

const authCommand = (base: Omit<Command, 'secrets'>, text: string): Command => {
  const mechanism = (base.args[0] ?? '').toUpperCase();
  const initial = base.args[1];
  const start = initial === undefined ? -1 : text.lastIndexOf(initial);
  const secrets: SecretSpan[] =
    initial === undefined ? [] : [{ start, end: text.trimEnd().length, class: saslSecretClass(mechanism, 0, true), mechanism }];
  return { ...base, mechanism, secrets, continues: 'sasl' };
};

const argumentSpan = (text: string, kind: SecretSpan['class']): SecretSpan => ({
  start: Math.min(text.length, text.includes(':') ? text.indexOf(':') + 1 : text.length),
  end: text.length,
  class: kind,
});

const momentOf = (verb: string): Moment => MOMENTS[verb] ?? 'other';

const statusOf = (code: string | undefined): Reply['status'] => {
  if (code === undefined) return 'unknown';
  if (code === '421') return 'bye';
  if (code.startsWith('2')) return 'ok';
  if (code.startsWith('3')) return 'continue';
  if (code.startsWith('4')) return 'no';
  return code.startsWith('5') ? (code === '500' || code === '501' || code === '502' ? 'bad' : 'no') : 'unknown';
};

const isAuth = (keyword: string): boolean => /^AUTH[ =]/i.test(keyword);

const chunkSize = (text: string | undefined): number => (text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : 0);

const ENVELOPE: ReadonlySet<string> = new Set(['MAIL', 'RCPT', 'VRFY', 'EXPN', 'SEND', 'SOML', 'SAML']);

const MOMENTS: Readonly<Record<string, Moment>> = {
  EHLO: 'capabilities',
  HELO: 'capabilities',
  LHLO: 'capabilities',
  STARTTLS: 'starttls',
  AUTH: 'login',
  MAIL: 'message',
  RCPT: 'message',
  DATA: 'message',
  BDAT: 'message',
  QUIT: 'quit',
};
