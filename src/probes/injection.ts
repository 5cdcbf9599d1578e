import { latin1 } from '../protocols/text.js';
import type { Call, HeardReply } from './call.js';
import { upgradableDialogue } from './dialogue.js';
import type { TranscriptLine } from './place.js';
import { defineProbe, type Probe, type ProbeContext } from './probe.js';
import { acquaintedCall } from './threshold.js';

/**
 * What became of plaintext that was sent with STARTTLS. `vulnerable`: it was executed inside TLS; `probable`: something
 * came that did not come without it, and a second try did not confirm it; `processed-in-clear`: it was answered before TLS,
 * which is no injection; the rest is safe, but for `unclear`.
 */
export type InjectionOutcome =
  'vulnerable' | 'probable' | 'processed-in-clear' | 'discarded' | 'rejected' | 'closed' | 'fed-to-tls' | 'unclear';

/** When the plaintext is sent: in the segment of STARTTLS, in one of its own right behind it, or after the go-ahead. */
export type InjectionDelivery = 'with-starttls' | 'behind-starttls' | 'after-go-ahead';

export interface InjectionTry {
  readonly version: TlsVersion;
  readonly delivery: InjectionDelivery;
  readonly outcome: InjectionOutcome;
  readonly detail: string;
  /** What the server said inside TLS that shows it. */
  readonly line?: TranscriptLine;
}

export type InjectionFacts = readonly InjectionTry[];

type Kind = 'line' | 'fragment';
type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** How a server behaves inside TLS when nothing was injected. */
interface Control {
  /** Final replies to the upgrade (ManageSieve's list) and one command; more come from servers that speak unasked. */
  readonly replies: number;
}

const injectionControl = defineProbe<Control>({
  id: 'injection-control',
  scope: 'listener',
  cost: 1,
  phase: 'inject',
  intrusiveness: 'passive',
  run: async (context) => {
    const call = await acquaintedCall(context);
    const heard = await exchange(context, call, 'TLSv1.3', undefined);
    if (!('finals' in heard)) return { replies: usualReplies(context) };
    return { replies: heard.finals.length };
  },
});

const injection = (kind: Kind, id: string): Probe<InjectionFacts> =>
  defineProbe({
    id,
    scope: 'listener',
    cost: 5,
    phase: 'inject',
    intrusiveness: 'standard',
    run: async (context) => {
      await upgradableDialogue(context);
      const control = await context.facts(injectionControl);
      const tries: InjectionTry[] = [];
      for (const [version, delivery] of context.depth === 'full' ? ALL_WAYS : ALL_WAYS.slice(0, 2)) {
        const found = await confirmed(context, { kind, version, delivery, control });
        tries.push(found);
        if (found.outcome === 'vulnerable' && context.depth !== 'full') break;
      }
      return tries;
    },
  });

/** A whole marked command with STARTTLS (CVE-2011-0411). */
export const lineInjection = injection('line', 'line-injection');
/** The beginning of a command, without a line end, with STARTTLS: does it stick to the first command inside TLS? */
export const fragmentInjection = injection('fragment', 'fragment-injection');

interface Attempt {
  readonly kind: Kind;
  readonly version: TlsVersion;
  readonly delivery: InjectionDelivery;
  readonly control: Control;
}

/** What seems vulnerable is tried again with another marker. */
const confirmed = async (context: ProbeContext, order: Attempt): Promise<InjectionTry> => {
  const first = await attempt(context, order);
  if (first.outcome !== 'vulnerable' && first.outcome !== 'probable') return first;
  const second = await attempt(context, order);
  return second.outcome === 'vulnerable' ? second : { ...first, outcome: 'probable' };
};

const attempt = async (context: ProbeContext, order: Attempt): Promise<InjectionTry> => {
  const { kind, version, delivery, control } = order;
  const call = await acquaintedCall(context);
  const marker = `x${context.word()}`;
  const bytes = latin1(kind === 'line' ? `${context.protocol.inspection.marked(marker)}\r\n` : marker);
  const result: Result = (outcome, detail, line) => ({
    version,
    delivery,
    outcome,
    detail,
    ...(line !== undefined && { line }),
  });
  if (kind === 'line') {
    const heard = await exchange(context, call, version, { bytes, delivery });
    return 'finals' in heard ? judgeLine(heard, marker, control, result) : result(heard.outcome, heard.detail);
  }
  const stopped = await upgraded(context, call, version, { bytes, delivery });
  return stopped === undefined ? readFragment(context, call, result) : result(stopped.outcome, stopped.detail);
};

type Result = (outcome: InjectionOutcome, detail: string, line?: TranscriptLine) => InjectionTry;
type Stopped = Pick<InjectionTry, 'outcome' | 'detail'>;

interface Injected {
  readonly bytes: Buffer;
  readonly delivery: InjectionDelivery;
}

/** STARTTLS with something injected (or nothing), up to the end of the handshake; what stopped it otherwise. */
const upgraded = async (
  { protocol, patience }: ProbeContext,
  call: Call,
  version: TlsVersion,
  injected: Injected | undefined,
): Promise<Stopped | undefined> => {
  const upgrade = protocol.say.upgrade(call.tag());
  const isWith = injected?.delivery === 'with-starttls';
  const asking = call.ask(upgrade, undefined, isWith ? injected.bytes : undefined);
  if (injected?.delivery === 'behind-starttls') await call.say(injected.bytes);
  const answer = await asking;
  if (answer.how === 'ended') return { outcome: 'closed', detail: 'closed instead of the go-ahead' };
  if (answer.final === undefined)
    return { outcome: 'unclear', detail: `no answer to STARTTLS with data after it (${answer.how})` };
  if (answer.final.status !== 'ok') {
    await call.quit();
    return { outcome: 'rejected', detail: 'STARTTLS was refused because of the data after it' };
  }
  if (injected?.delivery === 'after-go-ahead') await call.say(injected.bytes);
  const early = await call.listen(patience.quiet);
  // "Starttls failed": what came was taken for TLS. That the server goes on in clear afterwards is no injection.
  if (early.replies.length > 0 && early.replies[0]?.status !== 'ok') {
    call.close();
    return { outcome: 'fed-to-tls', detail: 'the server gave TLS up because of it' };
  }
  if (early.replies.length > 0) {
    call.close();
    return { outcome: 'processed-in-clear', detail: 'answered in clear, before TLS' };
  }
  if (early.how === 'records') {
    call.close();
    return { outcome: 'fed-to-tls', detail: 'answered with a TLS record, before TLS was started' };
  }
  if (early.how === 'ended') return { outcome: 'closed', detail: 'closed after the go-ahead' };
  const { peer } = await call.secure({ newest: version });
  if (peer.completed) return undefined;
  return peer.alert === undefined
    ? { outcome: 'closed', detail: 'closed when TLS should start' }
    : { outcome: 'fed-to-tls', detail: `alert ${peer.alert.name}` };
};

/** The replies inside TLS to the upgrade, to one command and to goodbye. */
interface Exchange {
  readonly replies: readonly HeardReply[];
  /** Final ones, without the goodbye's. */
  readonly finals: readonly HeardReply[];
  /** Something came before anything was asked. */
  readonly isUnasked: boolean;
}

/** Own commands are answered once each. Goodbye comes last, so that slow replies are counted too. */
const exchange = async (
  context: ProbeContext,
  call: Call,
  version: TlsVersion,
  injected: Injected | undefined,
): Promise<Exchange | Stopped> => {
  const { protocol } = context;
  const stopped = await upgraded(context, call, version, injected);
  if (stopped !== undefined) return stopped;
  const block = protocol.speaksFirstAfterUpgrade ? await call.next() : undefined;
  const before = await call.listen(context.patience.quiet);
  const asking = protocol.inspection.question(call.tag(), context.acquaintance.ehlo ?? '');
  await call.say(asking);
  const after = await call.next(undefined, asking);
  const late = after.how === 'answered' ? await untilGoodbye(context, call) : [];
  call.close();
  const replies = [...(block?.replies ?? []), ...before.replies, ...after.replies, ...late];
  return {
    replies,
    finals: replies.filter((reply) => isFinal(reply) && !late.slice(-1).includes(reply)),
    isUnasked: before.replies.length > 0,
  };
};

/** One reply more than without the injection proves it; so does the marker. */
const judgeLine = (
  { replies, finals, isUnasked }: Exchange,
  marker: string,
  control: Control,
  result: Result,
): InjectionTry => {
  const mark = replies.flatMap(({ said }) => said).find(({ text }) => text.toLowerCase().includes(marker));
  if (mark !== undefined)
    return result('vulnerable', `the injected command was answered inside TLS: ${mark.text}`, mark);
  if (finals.length > control.replies)
    return result(
      'vulnerable',
      `${String(finals.length)} replies instead of ${String(control.replies)}`,
      finals[control.replies - 1]?.said[0],
    );
  if (finals.length === 0 && !isUnasked) return result('unclear', 'the first command inside TLS was not answered');
  if (finals.length < control.replies)
    return result('unclear', 'fewer replies inside TLS than when nothing is injected');
  return result('discarded', 'as many replies inside TLS as when nothing is injected');
};

/** All final replies up to the one after which the server hangs up, which is the goodbye's. */
const untilGoodbye = async ({ protocol }: ProbeContext, call: Call): Promise<HeardReply[]> => {
  const tag = call.tag();
  const goodbye = protocol.say.quit(tag);
  await call.say(goodbye);
  const replies: HeardReply[] = [];
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
  // What is said unasked belongs to no command.
  await call.listen(context.patience.quiet);
  const { inside } = await upgradableDialogue(context);
  const ask = async (tag: string): Promise<HeardReply | undefined> => {
    // EHLO rather than NOOP: some servers take nothing else first. Where there is no list (POP3 without CAPA), goodbye is what every server knows.
    const asking =
      inside === undefined
        ? context.protocol.say.quit(tag)
        : context.protocol.say.capabilities(tag, context.acquaintance.ehlo ?? '');
    await call.say(asking);
    return (await call.next(undefined, asking)).final;
  };
  const tag = call.tag();
  const first = await ask(tag);
  const isLeave = inside === undefined && first?.status === 'ok';
  const second = isLeave ? undefined : await ask(call.tag());
  await call.quit();
  if (first === undefined) return result('unclear', 'the first command inside TLS was not answered');
  const isUnderstood = first.status === 'ok' && (first.tag === undefined || first.tag === tag);
  if (isUnderstood) return result('discarded', 'the first command inside TLS was understood');
  if (second?.status === 'ok') {
    const [line] = first.said;
    return result(
      'vulnerable',
      `the plaintext fragment became part of the first command inside TLS: ${line?.text ?? ''}`,
      line,
    );
  }
  return result('unclear', 'no command inside TLS was understood');
};

const usualReplies = ({ protocol }: ProbeContext): number => (protocol.speaksFirstAfterUpgrade ? 2 : 1);

const isFinal = (reply: HeardReply): boolean => reply.kind === 'final';

/** The likeliest first. How the receive buffer is emptied does not depend on the version: one delivery is enough for TLS 1.2. */
const ALL_WAYS: readonly (readonly [TlsVersion, InjectionDelivery])[] = [
  ['TLSv1.3', 'with-starttls'],
  ['TLSv1.3', 'after-go-ahead'],
  ['TLSv1.3', 'behind-starttls'],
  ['TLSv1.2', 'with-starttls'],
];
const MOST_REPLIES = 8;
/** Milliseconds without another reply after which nothing is expected any more. */
const FAREWELL = 3000;
