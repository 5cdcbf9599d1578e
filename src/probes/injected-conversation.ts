import { setTimeout as delay } from 'node:timers/promises';
import { latin1 } from '../protocols/text.js';
import type { Call } from './call.js';
import type { CommandAnswer, HeardReply } from './call-answers.js';
import { upgradableDialogue } from './dialogue.js';
import type { InjectionControl, InjectionDelivery, InjectionTry, InjectionVersion } from './injection-facts.js';
import type { ProbeContext } from './probe.js';
import { notPutOff } from './threshold.js';

/** What an injection came to. */
type Outcome = Pick<InjectionTry, 'outcome' | 'detail' | 'line'>;

/** Plaintext to send with STARTTLS. */
export interface Injected {
  readonly bytes: Buffer;
  readonly delivery: InjectionDelivery;
}

/** How the conversation is led. */
export interface Manner {
  readonly version: InjectionVersion;
  readonly injected?: Injected;
  /** Words that come unasked are waited for, before anything is said inside TLS. */
  readonly listens: boolean;
}

/** STARTTLS with something injected (or nothing), up to the end of the handshake; what stopped it otherwise. */
export const upgraded = async (context: ProbeContext, call: Call, manner: Manner): Promise<Outcome | undefined> => {
  const stopped = await stopsUpgrade(context, call, manner);
  if (stopped !== undefined) call.close();
  return stopped;
};

const stopsUpgrade = async (
  context: ProbeContext,
  call: Call,
  { version, injected }: Manner,
): Promise<Outcome | undefined> => {
  const answer = await askedToUpgrade(context, call, injected);
  if (answer.how === 'ended') return { outcome: 'closed', detail: 'closed instead of the go-ahead' };
  if (answer.final === undefined)
    return { outcome: 'unclear', detail: `no answer to STARTTLS with data after it (${answer.how})` };
  if (answer.final.status !== 'ok') {
    call.quit();
    return { outcome: 'rejected', detail: 'STARTTLS was refused because of the data after it' };
  }
  if (injected?.delivery === 'after-go-ahead') await call.say(injected.bytes);
  const isLate = injected?.delivery === 'after-go-ahead' || injected?.delivery === 'in-octets';
  const stopped = isLate ? stoppedBy(await call.listen(context.patience.quiet)) : undefined;
  if (stopped !== undefined) return stopped;
  // A server that takes plaintext for a record of TLS waits for the rest of it.
  const timeout = Math.min(context.patience.handshake, injected === undefined ? Infinity : HANDSHAKE);
  const { peer, between } = await call.secure({ ...(version === 'TLSv1.2' && { newest: version }), timeout });
  const inClear = between?.text ?? peer.inClear;
  if (inClear !== undefined) {
    const reply = context.protocol.readReply(latin1(`${inClear.trimEnd()}\r\n`), { first: false });
    return reply === undefined || reply.value.status === 'ok' ? IN_CLEAR : GIVEN_UP;
  }
  if (peer.completed) return undefined;
  if (peer.timeout !== undefined) return { outcome: 'fed-to-tls', detail: 'no handshake follows' };
  return peer.alert === undefined
    ? { outcome: 'closed', detail: 'closed when TLS should start' }
    : { outcome: 'fed-to-tls', detail: `alert ${peer.alert.name}` };
};

/** What came between the go-ahead and our ClientHello. */
const stoppedBy = ({ how, replies }: CommandAnswer): Outcome | undefined => {
  const [first] = replies;
  if (first !== undefined) return first.status === 'ok' ? IN_CLEAR : GIVEN_UP;
  if (how === 'records') return { outcome: 'fed-to-tls', detail: 'answered with a TLS record, before TLS was started' };
  return how === 'ended' ? { outcome: 'closed', detail: 'closed after the go-ahead' } : undefined;
};

const IN_CLEAR: Outcome = { outcome: 'processed-in-clear', detail: 'answered in clear, before TLS' };
/** "Starttls failed": what came was taken for TLS. That the server goes on in clear afterwards is no injection. */
const GIVEN_UP: Outcome = { outcome: 'fed-to-tls', detail: 'the server gave TLS up because of it' };

const askedToUpgrade = async (
  context: ProbeContext,
  call: Call,
  injected: Injected | undefined,
): ReturnType<Call['ask']> => {
  const { protocol } = context;
  const isWith = injected?.delivery === 'with-starttls';
  const asking = call.ask(protocol.say.upgrade(call.tag()), undefined, isWith ? injected.bytes : undefined);
  if (injected?.delivery === 'behind-starttls') await call.say(injected.bytes);
  if (injected?.delivery === 'in-octets')
    for (const octet of injected.bytes) {
      await delay(OCTET_GAP);
      await call.say(Buffer.of(octet));
    }
  return notPutOff(context, call, await asking);
};

/** The replies inside TLS to the upgrade, to one command and to goodbye. */
export interface Exchange {
  readonly replies: readonly HeardReply[];
  /** Final ones, without the goodbye's. */
  readonly finals: readonly HeardReply[];
  /** Something came before anything was asked. */
  readonly isUnasked: boolean;
}

/** Own commands are answered once each. Goodbye comes last, so that slow replies are counted too. */
export const exchange = async (context: ProbeContext, call: Call, manner: Manner): Promise<Exchange | Outcome> => {
  const { protocol, patience } = context;
  const stopped = await upgraded(context, call, manner);
  if (stopped !== undefined) return stopped;
  const block = protocol.speaksFirstAfterUpgrade ? await call.next() : undefined;
  const before = manner.listens ? await call.listen(patience.quiet) : { replies: [] };
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
export const judgeLine = (
  { replies, finals, isUnasked }: Exchange,
  marker: string,
  control: InjectionControl,
): Outcome => {
  const mark = replies.flatMap(({ said }) => said).find(({ text }) => text.toLowerCase().includes(marker));
  if (mark !== undefined)
    return { outcome: 'vulnerable', detail: `the injected command was answered inside TLS: ${mark.text}`, line: mark };
  if (finals.length > control.replies) {
    const line = finals[control.replies - 1]?.said[0];
    const detail = `${String(finals.length)} replies instead of ${String(control.replies)}`;
    return { outcome: 'vulnerable', detail, ...(line && { line }) };
  }
  if (finals.length === 0 && !isUnasked)
    return { outcome: 'unclear', detail: 'the first command inside TLS was not answered' };
  if (finals.length < control.replies)
    return { outcome: 'unclear', detail: 'fewer replies inside TLS than when nothing is injected' };
  return { outcome: 'discarded', detail: 'as many replies inside TLS as when nothing is injected' };
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
export const readFragment = async (
  context: ProbeContext,
  call: Call,
  { marker, listens }: { readonly marker: string; readonly listens: boolean },
): Promise<Outcome> => {
  if (context.protocol.speaksFirstAfterUpgrade) await call.next();
  // What is said unasked belongs to no command.
  if (listens) await call.listen(context.patience.quiet);
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
  const isUnderstood = first?.status === 'ok' && (first.tag === undefined || first.tag === tag);
  // What was understood had nothing in front of it: only what was not is compared.
  const isOver = isUnderstood || (inside === undefined && first?.status === 'ok');
  const second = isOver ? undefined : await ask(call.tag());
  call.quit();
  if (first === undefined) return { outcome: 'unclear', detail: 'the first command inside TLS was not answered' };
  if (isUnderstood) return { outcome: 'discarded', detail: 'the first command inside TLS was understood' };
  const [line] = first.said;
  const isMarked = first.said.some(({ text }) => text.toLowerCase().includes(marker));
  if (second?.status === 'ok' || isMarked) {
    return {
      outcome: 'vulnerable',
      detail: `the plaintext fragment became part of the first command inside TLS: ${line?.text ?? ''}`,
      ...(line && { line }),
    };
  }
  return { outcome: 'unclear', detail: 'no command inside TLS was understood' };
};

/** Final replies inside TLS where nobody injects anything. */
export const usualReplies = ({ protocol }: ProbeContext): number => (protocol.speaksFirstAfterUpgrade ? 2 : 1);

const isFinal = (reply: HeardReply): boolean => reply.kind === 'final';

/** Milliseconds for a handshake that may never come. */
const HANDSHAKE = 4000;
const MOST_REPLIES = 8;
/** Milliseconds without another reply after which nothing is expected any more. */
const FAREWELL = 3000;
/** Milliseconds between octets. */
const OCTET_GAP = 1;
