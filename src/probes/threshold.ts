import { Fault } from '../fault.js';
import { isIPv6 } from 'node:net';
import type { Call } from './call.js';
import type { CommandAnswer } from './call-answers.js';
import { endpointText } from './listener.js';
import type { ProbeContext } from './probe.js';

/**
 * A fresh connection on which a ClientHello is due: after the go-ahead, or at once where TLS is implicit.
 * Throws a Fault if the server, which did so before, does not go along any more (throttled, overloaded, banned).
 */
export const callAtThreshold = async (context: ProbeContext): Promise<Call> => {
  if (context.listener.tls === 'implicit') return context.dial();
  // Behind one address there may be several servers, of which not all have TLS.
  for (let attempt = 1, waits = 0; ;) {
    const hello = { isLeftOut: false };
    // What others have learnt until the server greets counts.
    const call = await acquaintedCall(context, () => (hello.isLeftOut = mayUpgradeFirst(context)));
    const answer = await call.ask(context.protocol.say.upgrade(call.tag()));
    const { final, how } = hello.isLeftOut ? await secondAnswer(context, call, answer) : answer;
    if (final?.status === 'ok') {
      call.helloIsDue();
      return call;
    }
    call.close();
    // Who limits TLS, and says so, does it for a while; who is busy, or hangs up, does so on some connections.
    const isLimited = final !== undefined && namesLimit(final.lines);
    const isCut = final === undefined || isBusy(final.lines);
    if (isCut && !isLimited) context.acquaintance.cutsSome = true;
    const isOften = attempt >= (isCut ? MOST_CUTS : MOST_REFUSALS);
    if ((isLimited && attempt >= ENOUGH_LIMITED) || (isOften && final !== undefined && isCut)) {
      if (await context.backOff((waits += 1))) continue;
      throw new Fault('UNREACHABLE', noGoAhead(context, final.lines));
    }
    if (isOften)
      throw unwilling(
        context,
        `gives the go-ahead for TLS on some connections only (${final?.code ?? how} on this one)`,
      );
    attempt += 1;
  }
};

/**
 * Whether the upgrade command may be said without EHLO, which saves a round trip a connection: a server that wants EHLO first says so
 * on one connection, and is not asked for it again.
 */
const mayUpgradeFirst = ({ acquaintance, protocol }: ProbeContext): boolean => {
  if (protocol.helloVerb === undefined || acquaintance.upgradeFirst === 'tried') return false;
  if (acquaintance.upgradeFirst === 'taken') return true;
  acquaintance.upgradeFirst = 'tried';
  return true;
};

/** What the upgrade command is answered in the end: where EHLO has to come first, behind that. */
const secondAnswer = async (context: ProbeContext, call: Call, first: CommandAnswer): Promise<CommandAnswer> => {
  const { acquaintance, protocol } = context;
  if (first.how === 'answered') acquaintance.upgradeFirstAnswer ??= first;
  if (first.final?.status === 'ok') acquaintance.upgradeFirst = 'taken';
  if (first.how !== 'answered' || first.final?.status === 'ok') return first;
  acquaintance.upgradeFirst = 'tried';
  const listed = await askCapabilities(context, call);
  return listed.final?.status === 'ok' ? call.ask(protocol.say.upgrade(call.tag())) : listed;
};

/**
 * A fresh connection after the greeting and, where one has to come first, after EHLO (not where `isHelloLeftOut`); a server that says
 * that it is busy is asked again, within the audit's time.
 */
export const acquaintedCall = async (
  context: ProbeContext,
  isHelloLeftOut: () => boolean = () => false,
): Promise<Call> => {
  for (let attempt = 1; ; attempt += 1) {
    const { cutList } = context.acquaintance;
    if (cutList !== undefined) throw unwilling(context, cutList);
    const { call, refusal, isWordless } = await introduced(context, isHelloLeftOut);
    if (refusal === undefined) return call;
    call.close();
    if (isWordless === true) await context.outwait();
    else if (!(await context.backOff(attempt))) throw unwilling(context, `${refusal}; ${LIMITS}`);
  }
};

/** Whether a greeting or reply says to come back later (RFC 5321 §3.8, RFC 5530 §3, RFC 3206 §3). */
export const isBusy = (lines: readonly string[]): boolean =>
  /^4\d\d\b|\[(?:UNAVAILABLE|LIMIT|SYS\/TEMP|IN-USE|LOGIN-DELAY)|\bTRYLATER\b|too many (?:concurrent )?connections|connection limit|maximum (?:number of )?connections/i.test(
    lines.join(' '),
  );

/** Whether it also says that there was too much of something, not of what was said on this connection: it goes on for a while, whoever asks. */
export const namesLimit = (lines: readonly string[]): boolean =>
  isBusy(lines) &&
  !/\b(?:errors|commands|recipients|messages)\b/i.test(lines.join(' ')) &&
  /\btoo (?:many|much|fast|often)\b|limit|\brates?\b|\bbusy\b|\bload\b|overload|exceed|\[IN-USE/i.test(lines.join(' '));

/** What may be done about it. */
const LIMITS = 'it limits connections: allow more time with --max-time, or connect less often, as in --rate 5/min';

/** The words in clear with which the server turned one of these connections away for now, where TLS was due. */
export const busyWords = (calls: readonly Call[]): string | undefined =>
  calls.flatMap(({ wordsForHello = '' }) => (isBusy([wordsForHello]) ? [wordsForHello.trimEnd()] : []))[0];

/** TLS is refused for now, since there was too much of it: no answer to what was said before. `unlessCut` asks again. */
class PutOff extends Fault {}

/** Throws where an answer to the upgrade command names a limit. */
export const notPutOff = (context: ProbeContext, call: Call, answer: CommandAnswer): CommandAnswer => {
  const { final } = answer;
  if (final === undefined || final.status === 'ok' || !namesLimit(final.lines)) return answer;
  call.close();
  throw new PutOff('UNREACHABLE', noGoAhead(context, final.lines));
};

/** That no go-ahead is given for now, as the message of a Fault. */
export const noGoAhead = ({ listener }: ProbeContext, lines: readonly string[]): string =>
  `${endpointText(listener.host, listener.port)} gives no go-ahead for now (${lines.at(-1) ?? ''}); ${LIMITS}`;

/** Asks for the capability list, with EHLO under the first name that is accepted. Any other refusal is the caller's to judge. */
export const askCapabilities = async (context: ProbeContext, call: Call, timeout?: number): Promise<CommandAnswer> => {
  const { acquaintance, ehloNames, protocol } = context;
  const names = ehloNames
    .map((name) => name ?? addressLiteral(call.local.address))
    .filter((name) => !acquaintance.refusedNames.has(name));
  const candidates = acquaintance.ehlo === undefined ? names : [acquaintance.ehlo];
  let heard: CommandAnswer | undefined;
  for (const name of candidates) {
    heard = await call.ask(protocol.say.capabilities(call.tag(), name), timeout);
    if (heard.final?.status === 'ok') acquaintance.ehlo = name;
    noteList(context, call, heard, 'command');
    if (isNameRefused(heard)) acquaintance.refusedNames.add(name);
    // A name that cannot be looked up now is refused for now (Postfix: 450 4.7.1): another one may do.
    else if (!isRefusedForNow(heard)) return heard;
  }
  return heard ?? { how: 'silent', replies: [] };
};

/** Takes note of a list in clear, to be compared. */
const noteList = (
  { acquaintance, protocol, listener }: ProbeContext,
  call: Call,
  heard: CommandAnswer,
  from: 'greeting' | 'command',
): void => {
  const offer = call.inside || listener.tls === 'implicit' ? undefined : protocol.offer(heard.replies);
  if (offer === undefined) {
    if (from === 'greeting' && listener.tls === 'starttls') acquaintance.bareGreetings += 1;
    return;
  }
  const [line] = heard.replies.flatMap(({ said }) => said);
  acquaintance.lists.push({ from, starttls: offer.upgrade, ...(line && { line }) });
};

/** EHLO is known, but not with this name. 500 and 502 say that there is no EHLO at all (RFC 5321 §4.2.4); 421 and 4xx ask for patience. */
export const isNameRefused = ({ final }: CommandAnswer): boolean => /^5(?!0[023])\d\d$/.test(final?.code ?? '');

const isRefusedForNow = ({ final }: CommandAnswer): boolean => /^45\d$/.test(final?.code ?? '');

const introduced = async (
  context: ProbeContext,
  isHelloLeftOut: () => boolean,
): Promise<{ readonly call: Call; readonly refusal?: string; readonly isWordless?: boolean }> => {
  const call = await context.dial();
  const { greetedAfter = 0 } = context.acquaintance;
  // A server that took long once takes long again.
  const greeting = await call.greeting(Math.max(context.patience.greeting, greetedAfter * 2));
  const { status, code, lines = [] } = greeting.final ?? {};
  if (status !== 'ok' && status !== 'preauth') {
    const refusal = `did not greet as it did before (${lines.at(-1) ?? code ?? greeting.how})`;
    // A server that spoke before and now hangs up at once sheds load, or has banned us.
    if (isBusy(lines) || greeting.how === 'ended')
      return { call, refusal, isWordless: greeting.how === 'ended' && lines.length === 0 };
    throw unwilling(context, refusal);
  }
  const { helloVerb } = context.protocol;
  if (helloVerb === undefined) {
    noteList(context, call, greeting, 'greeting');
    return { call };
  }
  if (isHelloLeftOut()) return { call };
  const { final, how } = await askCapabilities(context, call);
  if (final?.status === 'ok') return { call };
  const { plainHello } = context.protocol.inspection;
  // A server without EHLO is met as its clients meet it.
  if (plainHello !== undefined && /^50[02]$/.test(final?.code ?? '')) {
    const [name = ''] = context.ehloNames.map((own) => own ?? addressLiteral(call.local.address));
    const plain = await call.ask(plainHello(name));
    if (plain.final?.status === 'ok') return { call };
    throw unwilling(
      context,
      `understands neither ${helloVerb} nor HELO (${plain.final?.code ?? plain.how}); what does it speak? LMTP is audited as lmtp://`,
    );
  }
  const refusal = `did not answer ${helloVerb} as it did before (${final?.code ?? how})`;
  if ((final !== undefined && isBusy(final.lines)) || how === 'ended') return { call, refusal };
  throw unwilling(context, refusal);
};

/** An address in place of a domain (RFC 5321 §4.1.3). */
export const addressLiteral = (address: string): string => (isIPv6(address) ? `[IPv6:${address}]` : `[${address}]`);

/**
 * What came of something that is done on a connection of its own: what looks like a cut (`isCut`), as a limit or a balancer makes them
 * whatever is asked, is done again, and believed when it comes each time. Where no such cut is known yet, `enough` times will do.
 */
export const unlessCut = async <T>(
  context: Pick<ProbeContext, 'acquaintance' | 'noteCut' | 'noteRepetition' | 'backOff'>,
  attempt: () => Promise<T>,
  isCut: (found: T) => boolean,
  enough = MOST_CUTS,
): Promise<T> => {
  for (let times = 1; ; times += 1) {
    const found = await unlessPutOff(context, attempt);
    if (!isCut(found)) {
      if (times > 1) context.noteCut();
      return found;
    }
    if (times >= (context.acquaintance.cutsSome === true ? MOST_CUTS : enough)) return found;
    context.noteRepetition();
  }
};

/** What came of something for which TLS is started; where that is put off, it is waited for. */
const unlessPutOff = async <T>(
  { noteRepetition, backOff }: Pick<ProbeContext, 'noteRepetition' | 'backOff'>,
  attempt: () => Promise<T>,
): Promise<T> => {
  for (let times = 1; ; times += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof PutOff)) throw error;
      const waits = times - ENOUGH_LIMITED + 1;
      if (waits < 1) noteRepetition();
      else if (waits > MOST_WAITS || !(await backOff(waits))) throw error;
    }
  }
};

/** What a server does that will not go along, as a Fault. */
export const unwilling = ({ listener }: ProbeContext, what: string): Fault =>
  new Fault('UNREACHABLE', `${endpointText(listener.host, listener.port)} ${what}`);

const [MOST_REFUSALS, MOST_CUTS] = [4, 8];
/** Who puts off so often in a row is not only one of several servers. */
const ENOUGH_LIMITED = 3;
/** Pauses that last longer than a minute, together. */
const MOST_WAITS = 8;
