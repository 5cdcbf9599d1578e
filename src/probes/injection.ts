import type { Reply } from '../protocols/protocol.js';
import { latin1 } from '../protocols/text.js';
import type { Call } from './call.js';
import { upgradableDialogue } from './dialogue.js';
import { defineProbe, type Probe, type ProbeContext } from './probe.js';
import { acquaintedCall } from './threshold.js';

/**
 * What became of plaintext that was sent together with STARTTLS. `vulnerable`: it was executed inside TLS; `probable`: something
 * came that nobody asked for, and a second try did not confirm it; `processed-in-clear`: it was answered before TLS, which is
 * no injection; the rest is safe, but for `unclear`.
 */
export type InjectionOutcome =
  'vulnerable' | 'probable' | 'processed-in-clear' | 'discarded' | 'rejected' | 'closed' | 'fed-to-tls' | 'unclear';

export interface InjectionTry {
  readonly version: 'TLSv1.2' | 'TLSv1.3';
  readonly outcome: InjectionOutcome;
  readonly detail: string;
  /** What the server said inside TLS that shows it. */
  readonly line?: string;
}

export type InjectionFacts = readonly InjectionTry[];

type Kind = 'line' | 'fragment';

const injection = (kind: Kind, id: string): Probe<InjectionFacts> =>
  defineProbe({
    id,
    scope: 'listener',
    cost: 4,
    phase: 'inject',
    intrusiveness: 'standard',
    run: async (context) => {
      await upgradableDialogue(context);
      const tries: InjectionTry[] = [];
      for (const version of context.injectUnder) tries.push(await confirmed(context, kind, version));
      return tries;
    },
  });

/** A whole marked command in the segment of STARTTLS (CVE-2011-0411). */
export const lineInjection = injection('line', 'line-injection');
/** The beginning of a command, without a line end, in the segment of STARTTLS: does it stick to the first command inside TLS? */
export const fragmentInjection = injection('fragment', 'fragment-injection');

/** What seems vulnerable is tried again with another marker. */
const confirmed = async (
  context: ProbeContext,
  kind: Kind,
  version: InjectionTry['version'],
): Promise<InjectionTry> => {
  const first = await attempt(context, kind, version);
  if (first.outcome !== 'vulnerable' && first.outcome !== 'probable') return first;
  const second = await attempt(context, kind, version);
  return second.outcome === 'vulnerable' ? second : { ...first, outcome: 'probable' };
};

const attempt = async (context: ProbeContext, kind: Kind, version: InjectionTry['version']): Promise<InjectionTry> => {
  const { protocol } = context;
  const call = await acquaintedCall(context);
  const marker = `x${context.word()}`;
  const injected = kind === 'line' ? `${protocol.inspection.marked(marker)}\r\n` : marker;
  const result: Result = (outcome, detail, line) => ({ version, outcome, detail, ...(line !== undefined && { line }) });

  const upgrade = protocol.say.upgrade(call.tag());
  const answer = await call.ask(upgrade, undefined, latin1(injected));
  if (answer.how === 'ended') return result('closed', 'closed instead of the go-ahead');
  if (answer.final === undefined) return result('unclear', `no answer to STARTTLS with data after it (${answer.how})`);
  if (answer.final.status !== 'ok') {
    await call.quit();
    return result('rejected', 'STARTTLS was refused because of the data after it');
  }
  const early = await call.listen(context.patience.quiet);
  if (early.replies.length > 0) {
    call.close();
    return result('processed-in-clear', 'answered in clear, before TLS');
  }
  if (early.how === 'ended') return result('closed', 'closed after the go-ahead');
  const { peer } = await call.secure({ newest: version });
  if (!peer.completed)
    return peer.alert === undefined
      ? result('closed', 'closed when TLS should start')
      : result('fed-to-tls', `alert ${peer.alert.name}`);
  return kind === 'line' ? readLine(context, call, marker, result) : readFragment(context, call, result);
};

type Result = (outcome: InjectionOutcome, detail: string, line?: string) => InjectionTry;

/** Own commands are answered once each: one reply too many proves it. Goodbye comes last, so that slow replies are counted too. */
const readLine = async (context: ProbeContext, call: Call, marker: string, result: Result): Promise<InjectionTry> => {
  const { protocol } = context;
  const block = protocol.speaksFirstAfterUpgrade ? await call.next() : undefined;
  const before = await call.listen(context.patience.quiet);
  const asking = protocol.inspection.question(call.tag(), context.client);
  await call.say(asking);
  const after = await call.next(undefined, asking);
  const late = after.how === 'answered' ? await untilGoodbye(context, call) : [];
  call.close();
  const replies = [...(block?.replies ?? []), ...before.replies, ...after.replies, ...late];
  const expected = protocol.speaksFirstAfterUpgrade ? 2 : 1;
  const finals = replies.filter((reply) => isFinal(reply) && !late.slice(-1).includes(reply));
  if (mentions(replies, marker))
    return result(
      'vulnerable',
      `the injected command was answered inside TLS: ${shown(replies, marker)}`,
      shown(replies, marker),
    );
  if (finals.length > expected)
    return result(
      'vulnerable',
      `${String(finals.length)} replies to ${expected === 1 ? 'one command' : 'the upgrade and one command'} inside TLS`,
      finals[expected - 1]?.lines[0],
    );
  if (finals.length === expected && before.replies.length === 0)
    return result('discarded', 'one command inside TLS, one reply');
  return finals.length < expected
    ? result('unclear', 'the first command inside TLS was not answered')
    : result('probable', 'words that nobody asked for inside TLS');
};

/** All final replies up to the one after which the server hangs up, which is the goodbye's. */
const untilGoodbye = async ({ protocol }: ProbeContext, call: Call): Promise<Reply[]> => {
  const tag = call.tag();
  const goodbye = protocol.say.quit(tag);
  await call.say(goodbye);
  const replies: Reply[] = [];
  while (replies.length < MOST_REPLIES) {
    const heard = await call.next(FAREWELL, goodbye);
    replies.push(...heard.replies.filter(isFinal));
    if (heard.how !== 'answered' || heard.final?.code === '221' || heard.final?.tag === tag) break;
  }
  return replies;
};

/** With a fragment in front of it our first command is not understood; the second one, which has none, is. */
const readFragment = async (context: ProbeContext, call: Call, result: Result): Promise<InjectionTry> => {
  if (context.protocol.speaksFirstAfterUpgrade) await call.next();
  const ask = async (tag: string): Promise<Reply | undefined> => {
    // EHLO rather than NOOP: some servers take nothing else first.
    const asking = context.protocol.say.capabilities(tag, context.client);
    await call.say(asking);
    return (await call.next(undefined, asking)).final;
  };
  const tag = call.tag();
  const first = await ask(tag);
  const second = await ask(call.tag());
  await call.quit();
  if (first === undefined) return result('unclear', 'the first command inside TLS was not answered');
  const isUnderstood = first.status === 'ok' && (first.tag === undefined || first.tag === tag);
  if (isUnderstood) return result('discarded', 'the first command inside TLS was understood');
  if (second?.status === 'ok')
    return result(
      'vulnerable',
      `the plaintext fragment became part of the first command inside TLS: ${first.lines[0] ?? ''}`,
      first.lines[0],
    );
  return result('unclear', 'no command inside TLS was understood');
};

const isFinal = (reply: Reply): boolean => reply.kind === 'final';

const mentions = (replies: readonly Reply[], marker: string): boolean =>
  replies.some((reply) => reply.raw.includes(marker, 0, 'latin1'));

const shown = (replies: readonly Reply[], marker: string): string =>
  replies.flatMap(({ lines }) => lines).find((line) => line.includes(marker)) ?? '';

const MOST_REPLIES = 8;
/** Milliseconds without another reply after which nothing is expected any more. */
const FAREWELL = 3000;
