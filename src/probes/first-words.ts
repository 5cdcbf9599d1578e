import { portOf } from '../protocols/port-roles.js';
import type { Call } from './call.js';
import type { CommandAnswer } from './call-answers.js';
import { endOfSilence } from './mute-server.js';
import { identify, type Opening } from './opening.js';
import type { ProbeContext } from './probe.js';

/**
 * A silent server may wait for TLS, or make strangers wait: which of them is found out by a second connection. So is what one waits for
 * that hangs up, unless the dialogue is begun once more all the same (not `isLast`).
 */
export const plaintextOpening = async (
  context: ProbeContext,
  call: Call,
  isLast: boolean,
): Promise<{ opening: Opening; greeting?: CommandAnswer }> => {
  const { hint, greeting } = context.patience;
  const waiting = performance.now();
  // Servers on 25 that make strangers wait turn away who speaks first: there the greeting is waited for to the end.
  const isStrict = !portOf(context.listener.role).login;
  const early = await call.peek(isStrict ? hint + greeting : hint);
  if (early.how === 'bytes' || early.how === 'records') return greeted(context, call, early, waiting);
  if (early.how === 'ended' && !isLast) return greeted(context, call, early, waiting);
  const late = await endOfSilence(context, call, early, isStrict);
  if (late === 'hello') return { opening: { kind: 'tls-at-once' } };
  if (late === 'proxy-header') return { opening: { kind: 'wants-proxy-header' } };
  return greeted(context, call, late, waiting);
};

/** What is greeted with, after its `first` bytes; `since`: when waiting began. */
export const greeted = async (
  { protocol, patience, acquaintance }: ProbeContext,
  call: Call,
  first: Awaited<ReturnType<Call['peek']>> & { readonly heardUntil?: number },
  since: number,
): Promise<{ opening: Opening; greeting?: CommandAnswer }> => {
  const waited = (): number => Math.round(((first.heardUntil ?? performance.now()) - since) / 100) / 10;
  if (first.how === 'silent') return { opening: { kind: 'silent', seconds: waited() } };
  if (first.how === 'ended') return { opening: { kind: 'closed' } };
  if (first.how === 'records') return { opening: { kind: 'tls-at-once' } };
  const identity = identify(first.bytes, protocol);
  if (identity !== undefined && identity.speaks !== protocol.name)
    return { opening: { kind: 'foreign', ...identity, lines: call.unreadLines() } };
  const heard = await call.greeting(patience.greeting);
  const lines = heard.replies.flatMap((reply) => reply.said);
  if (heard.how === 'flood') return { opening: { kind: 'flood' } };
  const reply = heard.final;
  if (reply === undefined) {
    const [came] = call.unreadLines();
    return heard.how === 'ended'
      ? { opening: { kind: 'closed', ...(came && { came }) } }
      : { opening: { kind: 'silent', seconds: waited(), ...(came && { came }) } };
  }
  if (reply.status === 'unknown') {
    const late = identify(reply.raw, protocol) ?? { speaks: 'unknown', service: 'an unknown service' };
    return { opening: { kind: 'foreign', ...late, lines } };
  }
  const isTarpit = lines.some(({ text }) => TARPIT.test(text));
  if ((reply.status !== 'ok' && reply.status !== 'preauth') || isTarpit)
    return { opening: { kind: 'refused', lines }, greeting: heard };
  acquaintance.greeting = lines.map(({ text }) => text);
  acquaintance.greetedAfter = Math.max(acquaintance.greetedAfter ?? 0, performance.now() - since);
  return {
    opening: {
      kind: 'greeted',
      lines,
      preauthenticated: reply.status === 'preauth',
      bare: lines.length === 1 && lines[0]?.text === '220',
    },
    greeting: heard,
  };
};

/** OpenBSD's spamd greets in place of the server it guards, and offers nothing: what it lists is not what the server lists. */
const TARPIT = /\bspamd IP-based SPAM blocker\b/;
