import { isPlaintextMechanism } from '../protocols/sasl.js';
import type { Reply } from '../protocols/protocol.js';
import type { Call } from './call.js';
import type { HeardReply } from './call-answers.js';
import { countedLines } from './counted-lines.js';
import { spokenDialogue } from './dialogue.js';
import { said, type DialogueFacts, type ShortReply } from './dialogue-facts.js';
import { isOpportunistic } from './listener.js';
import { defineProbe, type ProbeContext } from './probe.js';
import { acquaintedCall } from './threshold.js';

/** What IMAP’s own command is called where mechanisms are named. */
export const LOGIN_COMMAND = 'LOGIN command';
/** Ends the name of a mechanism whose first line held the password. */
export const WITH_RESPONSE = ' with an initial response';

/** What became of one attempt to log in outside TLS, with canaries that no server knows. */
export type PlaintextLogin =
  /** `not-offered`: there is no login on this port; `left-out`: there may be one, but the audit may not try. */
  | { readonly tried: false; readonly why: 'not-offered' | 'left-out'; readonly reason: string }
  | {
      readonly tried: true;
      readonly mechanism: string;
      /** `challenged`: the server asked for the secret; `judged`: it looked at the credentials; `refused`: before any of it; `unclear`: its words do not tell which. */
      readonly outcome: 'challenged' | 'judged' | 'refused' | 'unclear' | 'silent' | 'ended';
      readonly answer?: ShortReply;
      /** POP3: USER was accepted in clear; whether the name was still known inside TLS. */
      readonly userKept?: boolean | 'not-needed' | 'not-compared';
    };

/** One login attempt in clear; stops at the first sign of acceptance, and never sends a password that was not asked for. */
export const plaintextLogin = defineProbe<PlaintextLogin>({
  id: 'plaintext-login',
  scope: 'listener',
  cost: 1,
  phase: 'login',
  intrusiveness: 'standard',
  run: async (context) => {
    const facts = await spokenDialogue(context);
    // A login that no list names may be taken all the same: Postfix hides it from smtpd_sasl_exceptions_networks.
    if (!hasLogins(facts) && isOpportunistic(context.listener) && context.depth !== 'full')
      return {
        tried: false,
        why: 'not-offered',
        reason: 'no login is offered on this port, in clear or inside TLS',
      };
    const spent = context.spendLogin();
    if (spent !== undefined) return { tried: false, why: 'left-out', reason: spent };
    const call = await acquaintedCall(context);
    const account = { user: context.word(), password: context.word(), token: context.word() };
    const [usual, ...others] = mechanismsFor(context, facts);
    let mechanism = usual;
    let { final, how, replies } = await call.ask(context.protocol.say.login(call.tag(), mechanism, account));
    let hadResponse = false;
    const counts = final === undefined ? [] : [countedLines(said(final))];
    // A refusal before a secret was looked at is about this mechanism: another way in may stand open on the same connection.
    for (const other of others) {
      if (final === undefined || outcomeOf(final, mechanism) !== 'refused') break;
      if (counts.some(({ whateverMechanism }) => whateverMechanism === true)) break;
      const next = await call.ask(context.protocol.say.login(call.tag(), other, account));
      counts.push(next.final === undefined ? { lines: 1 } : countedLines(said(next.final)));
      if (next.final === undefined || outcomeOf(next.final, other) === 'refused') continue;
      [mechanism, final, how, replies] = [other, next.final, next.how, next.replies];
    }
    // Some servers know PLAIN only with its response in the same line, and refuse the bare command for its form.
    if (final !== undefined && mechanism === 'PLAIN' && isAboutForm(final)) {
      const response = Buffer.from(`\0${account.user}\0${account.password}`).toString('base64');
      ({ final, how, replies } = await call.ask(context.protocol.say.login(call.tag(), mechanism, account, response)));
      if (final !== undefined) counts.push(countedLines(said(final)));
      hadResponse = true;
    }
    if (counts.length > 0 && counts.every(({ lines }) => lines === 0)) context.giveBackLogin();
    if (final === undefined && how === 'ended')
      return hungUp(context, { mechanism, farewell: replies.at(-1), others, account });
    if (final === undefined) return { tried: true, mechanism, outcome: 'silent' };
    const outcome = outcomeOf(final, mechanism, hadResponse);
    const answer = said(final);
    if (hadResponse) mechanism = `${mechanism}${WITH_RESPONSE}`;
    if (final.kind === 'continuation') await call.ask(context.protocol.say.cancel());
    if (mechanism === 'USER/PASS' && final.status === 'ok') {
      const userKept = await userKeptOver(context, call, facts);
      return { tried: true, mechanism, outcome, answer, ...(userKept !== undefined && { userKept }) };
    }
    call.quit();
    return { tried: true, mechanism, outcome, answer };
  },
});

/** The same where a login is listed in clear; where none is, the list says it all, and nothing need be tried. */
export const offeredLogin = defineProbe<PlaintextLogin>({
  id: 'offered-login',
  scope: 'listener',
  cost: 0,
  phase: 'login',
  intrusiveness: 'standard',
  run: async (context) => {
    const { outside } = await spokenDialogue(context);
    return outside?.logins.every((mechanism) => mechanism === 'APOP') === true
      ? { tried: false, why: 'not-offered', reason: 'no login is offered before TLS' }
      : context.facts(plaintextLogin);
  },
});

interface HangUp {
  readonly mechanism: string;
  /** What the server said before it hung up. */
  readonly farewell: HeardReply | undefined;
  readonly others: readonly string[];
  readonly account: { readonly user: string; readonly password: string; readonly token: string };
}

/** A server hung up on a login. Where it had the password already, it may have looked at it: a mechanism that waits to be asked shows more. */
const hungUp = async (
  context: ProbeContext,
  { mechanism, farewell, others, account }: HangUp,
): Promise<PlaintextLogin> => {
  const answer = farewell && said(farewell);
  const known = { tried: true, mechanism, ...(answer && { answer }) } as const;
  if (answer !== undefined && isAboutPrivacy(answer)) return { ...known, outcome: 'refused' };
  if (mechanism !== LOGIN_COMMAND) return { ...known, outcome: 'ended' };
  const [other] = others;
  const call = other === undefined || context.spendLogin() !== undefined ? undefined : await acquaintedCall(context);
  if (other === undefined || call === undefined) return { ...known, outcome: 'unclear' };
  const { final } = await call.ask(context.protocol.say.login(call.tag(), other, account));
  if (final?.kind !== 'continuation') return { ...known, outcome: 'unclear' };
  context.giveBackLogin();
  await call.ask(context.protocol.say.cancel());
  call.quit();
  return { tried: true, mechanism: other, outcome: 'challenged', answer: said(final) };
};

/** Mechanisms whose acceptance in clear would give away a password at once, the likeliest first: offered in clear, then inside TLS. */
const mechanismsFor = (
  { protocol }: ProbeContext,
  { outside, inside }: DialogueFacts,
): readonly [string, ...string[]] => {
  const [usual, other] = protocol.inspection.plaintextLogins;
  const ranked = [outside, inside].flatMap((offer) => {
    const offered = offer?.logins.filter(isPlaintextMechanism) ?? [];
    return offered.includes(usual) ? [usual, ...offered] : offered;
  });
  const [first = usual, ...more] = ranked;
  return [
    first,
    ...new Set([...more, usual, other].filter((each) => each !== first && (each === usual || each === other))),
  ];
};

/** Where no list was given, a login may be there all the same. */
const hasLogins = ({ outside, inside, handshake }: DialogueFacts): boolean =>
  (outside?.logins.length ?? 0) > 0 ||
  handshake?.completed !== true ||
  inside === undefined ||
  inside.logins.length > 0;

const isAboutPrivacy = ({ code, lines }: ShortReply): boolean =>
  PRIVACY.test(`${code ?? ''} ${lines.map(({ text }) => text).join(' ')}`);

/** A login fails for now, which says nothing about TLS (RFC 4954 §6, RFC 5530 §3, RFC 3206 §3). */
const isOutOfOrder = ({ code = '', lines }: Reply): boolean =>
  OUT_OF_ORDER.test(code) && !PRIVACY.test(lines.join(' ').replace(/unavailable/gi, ''));

/** A refusal of how a command was written, which says nothing of the login itself. */
const isAboutForm = (reply: Reply): boolean =>
  outcomeOf(reply, 'PLAIN') === 'refused' &&
  !PRIVACY.test(reply.lines.join(' ')) &&
  FORM.test(`${reply.code ?? ''} ${reply.lines.join(' ')}`);

/** `hadResponse`: the line that was answered held the password, as that of the LOGIN command always does. */
const outcomeOf = (
  reply: Reply,
  mechanism: string,
  hadResponse = false,
): 'challenged' | 'judged' | 'refused' | 'unclear' => {
  if (reply.kind === 'continuation' || (mechanism === 'USER/PASS' && reply.status === 'ok')) return 'challenged';
  if (reply.status === 'ok') return 'judged';
  if (isOutOfOrder(reply)) return 'unclear';
  if (PRIVACY.test(`${reply.code ?? ''} ${reply.lines.join(' ')}`)) return 'refused';
  if (JUDGED.test(reply.code ?? '')) return 'judged';
  // Where the password was sent, a NO without a reason of its own is about that (RFC 9051 §6.2.3).
  const isAboutThat =
    (hadResponse || mechanism === LOGIN_COMMAND) &&
    reply.status === 'no' &&
    (reply.code === undefined || reply.code.toUpperCase().startsWith('ALERT'));
  if (!isAboutThat) return 'refused';
  return FAILED.test(reply.lines.join(' ')) ? 'judged' : 'unclear';
};

/** A name that was given in clear must be forgotten when TLS starts (RFC 2595 §4). */
const userKeptOver = async (
  context: ProbeContext,
  call: Call,
  facts: DialogueFacts,
): Promise<Extract<PlaintextLogin, { tried: true }>['userKept']> => {
  if (facts.handshake?.completed !== true) return undefined;
  const answer = await answerToPass(context, call);
  if (answer === undefined) return undefined;
  if (!isJudgement(answer)) return false;
  // Some servers try any PASS.
  if (context.spendLogin(false) !== undefined) return 'not-compared';
  // What was found does not depend on this: a limit that is reached here costs the comparison only.
  const another = await acquaintedCall(context).catch(() => undefined);
  const nameless = another && (await answerToPass(context, another));
  if (nameless === undefined || !isJudgement(nameless)) context.giveBackLogin();
  if (nameless === undefined) return 'not-compared';
  // Cyrus: `-ERR [AUTH] Must give USER command`, beside `-ERR [AUTH] Invalid login`.
  return isJudgement(nameless) && wordsOf(nameless) === wordsOf(answer) ? 'not-needed' : true;
};

/** The answer to PASS inside TLS without USER there; undefined where TLS does not begin or nothing is answered. */
const answerToPass = async (context: ProbeContext, call: Call): Promise<Reply | undefined> => {
  const { final } = await call.ask(context.protocol.say.upgrade(call.tag()));
  if (final?.status !== 'ok') return undefined;
  const { peer } = await call.secure();
  if (!peer.completed) return undefined;
  const answer = await call.ask(
    context.protocol.say.login(call.tag(), 'PASS', { user: '', password: context.word(), token: '' }),
  );
  call.quit();
  return answer.final;
};

/** PASS was tried as a login. */
const isJudgement = ({ code = '', status }: Reply): boolean => JUDGED.test(code) || status === 'ok';
/** Without words that have digits: numbers and names of sessions differ each time. */
const wordsOf = ({ lines }: Reply): string => lines.join(' ').replace(/\S*\d\S*/g, '#');

const OUT_OF_ORDER = /^(?:4\d\d|UNAVAILABLE|SYS\/TEMP)\b/i;
// 535: RFC 4954 §6; the codes: RFC 5530 §3, RFC 3206 §4.
const JUDGED = /^(?:535|AUTHENTICATIONFAILED|AUTHORIZATIONFAILED|EXPIRED|AUTH)$/i;
// Cyrus: `NO Login only available under a layer`. Dovecot's POP3: `-ERR [AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.`
const PRIVACY =
  /disallow|not allowed|not permitted|disabled|not supported|unsupported|unavailable|secur|encrypt|privacy|plain ?text|clear ?text|\bTLS\b|\bSSL\b|STARTTLS|STLS|\blayer\b/i;
// 501: RFC 5321 §4.2.2. Perdition: `NO "Incorrect argument count, expected AUTHENTICATE "PLAIN" <challenge>, mate"`.
const FORM = /^501\b|argument|syntax|parameter|initial[- ]response|malformed|\bexpect|missing|\busage\b/i;
/** What servers say of a name or password that is wrong. */
const FAILED =
  /fail|invalid|incorrect|wrong|\bbad\b|denied|reject|unknown|no such|password|credential|mismatch|not match/i;
