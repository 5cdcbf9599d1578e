import type {
  Body,
  Command,
  CommandGrammar,
  Moment,
  Offer,
  OfferChange,
  OfferGrammar,
  Read,
  Reply,
  ReplyContext,
  ReplyGrammar,
  SecretSpan,
} from '../protocol.js';
import { canAnswer } from './codes.js';
import { saslSecretClass } from '../sasl.js';
import { readSaslLine } from '../sasl-line.js';
import { firstLine, latin1, wordsOf, type Word } from '../text.js';

/** One command line (RFC 5321 §2.4: verbs in any case; a bare LF is taken as a line end too). */
export const readCommand = (buffer: Buffer): Read<Command> | undefined => {
  const line = firstLine(buffer);
  if (line === undefined) return undefined;
  const raw = Buffer.from(buffer.subarray(0, line.next));
  const words = wordsOf(line.text);
  const verb = words[0]?.text.toUpperCase() ?? '';
  const args = words.slice(1).map((word) => word.text);
  const base = { kind: 'command', moment: MOMENTS[verb] ?? 'other', verb, args, raw, secrets: [] } as const;
  const value = (): Command => {
    if (verb === 'AUTH') {
      const mechanism = (args[0] ?? '').toUpperCase();
      return {
        ...base,
        mechanism,
        secrets: spanFrom(words[2], words, { class: saslSecretClass(mechanism, 0, true), mechanism }),
        continues: 'sasl',
      };
    }
    if (verb === 'DATA') return { ...base, continues: 'body' };
    if (verb === 'BDAT') return { ...base, ...chunk(args[0]) };
    return ENVELOPE.has(verb) ? { ...base, secrets: spanFrom(address(words), words, { class: 'mail' }) } : base;
  };
  return { value: value(), length: line.next };
};

/** Message content up to the line with a single dot (RFC 5321 §4.1.1.4). */
export const readBody = (buffer: Buffer, searchFrom: number): Read<Body> | undefined => {
  let length: number;
  if (searchFrom === 0 && buffer.subarray(0, 3).toString('latin1') === '.\r\n') length = 3;
  else {
    const end = buffer.indexOf('\r\n.\r\n', Math.max(0, searchFrom - 4), 'latin1');
    if (end === -1) return undefined;
    length = end + 5;
  }
  const raw = Buffer.from(buffer.subarray(0, length));
  return {
    value: { kind: 'body', moment: 'message', raw, secrets: [{ start: 0, end: length, class: 'mail' }] },
    length,
  };
};

/** A reply of one or more lines; the code of the last line counts. Lines without a code are `unknown`. */
export const readReply = (buffer: Buffer, context: ReplyContext): Read<Reply> | undefined => {
  const progress = context.progress ?? { at: 0, lines: [] };
  const { lines } = progress;
  for (;;) {
    const line = firstLine(buffer, progress.at);
    if (line === undefined) return undefined;
    lines.push(line.text);
    progress.at = line.next;
    if (!/^\d{3}-/.test(line.text) || progress.at > LONGEST_REPLY) break;
  }
  const { at } = progress;
  const last = lines.at(-1) ?? '';
  const code = /^\d{3}(?= |$)/.exec(last)?.[0];
  const status = statusOf(code);
  const raw = Buffer.from(buffer.subarray(0, at));
  // A command that nothing can follow is answered by a 3xx for good.
  const goesOn =
    status === 'continue' && (context.outstanding === undefined || context.outstanding.continues !== undefined);
  const kind = context.first ? 'greeting' : goesOn ? 'continuation' : 'final';
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
    logins: [
      ...new Set(
        keywords.filter(isAuth).flatMap((keyword) => keyword.slice(5).toUpperCase().split(/[ =]+/).filter(Boolean)),
      ),
    ],
    loginDisabled: false,
    extensions: keywords.filter(
      (keyword) => keyword !== '' && keyword.toUpperCase() !== 'STARTTLS' && !isAuth(keyword),
    ),
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

/** From a word to the last one: where one argument is due, all that stands there. */
const spanFrom = (
  first: Word | undefined,
  words: readonly Word[],
  about: Pick<SecretSpan, 'class' | 'mechanism'>,
): SecretSpan[] => (first === undefined ? [] : [{ start: first.start, end: words.at(-1)?.end ?? first.end, ...about }]);

/** What follows `FROM:` and `TO:`, with a space between or without (RFC 5321 wants none). */
const address = (words: readonly Word[]): Word | undefined => {
  const [, first, second] = words;
  const start = (first?.start ?? 0) + (/^(?:FROM|TO):/i.exec(first?.text ?? '')?.[0].length ?? 0);
  return first !== undefined && start < first.end ? { ...first, start } : second;
};

const statusOf = (code: string | undefined): Reply['status'] => {
  if (code === undefined) return 'unknown';
  if (code === '421') return 'bye';
  if (code.startsWith('2')) return 'ok';
  if (code.startsWith('3')) return 'continue';
  if (code.startsWith('4')) return 'no';
  return code.startsWith('5') ? (code === '500' || code === '501' || code === '502' ? 'bad' : 'no') : 'unknown';
};

const isAuth = (keyword: string): boolean => /^AUTH[ =]/i.test(keyword);

/** The size that BDAT announces (RFC 3030 §2); without one no body follows. */
const chunk = (size: string | undefined): Pick<Command, 'followedBy'> =>
  size !== undefined && /^\d{1,12}$/.test(size) ? { followedBy: Number(size) } : {};

/** How SMTP and LMTP are read. */
export const grammar: CommandGrammar & ReplyGrammar & OfferGrammar = {
  longestCommand: 64 * 1024,
  tagged: false,
  // A client that says HELO once more asks for nothing.
  aimlessVerbs: new Set(['QUIT', 'HELO', 'NOOP', 'RSET']),
  resetVerbs: new Set(['RSET']),
  readCommand,
  readResponse: readSaslLine,
  readBody: (buffer, _to, searchFrom) => readBody(buffer, searchFrom),
  speaksFirstAfterUpgrade: false,
  readReply,
  canAnswer,
  // RFC 3207 §4: 220 and nothing else.
  isGoAhead: ({ kind, code }) => kind === 'final' && code === '220',
  greetingCarriesOffer: false,
  // HELO is answered with a 250, too, which lists nothing.
  listVerbs: new Set(['EHLO', 'LHLO']),
  noListIsEmptyList: true,
  offer,
  rewriteOffer,
};

/** Where endless replies are cut, in bytes. */
const LONGEST_REPLY = 1024 * 1024;

/** Commands that carry addresses. */
export const ENVELOPE: ReadonlySet<string> = new Set(['MAIL', 'RCPT', 'VRFY', 'EXPN', 'SEND', 'SOML', 'SAML']);

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
