import type { Call } from './call.js';
import type { HeardReply } from './call-answers.js';
import { spokenDialogue, thresholdDialogue, upgradableDialogue } from './dialogue.js';
import { latin1 } from '../protocols/text.js';
import type { TranscriptLine } from './place.js';
import { defineProbe, NotObserved, type ProbeContext } from './probe.js';
import { answeredHello, serverNameOf } from './raw-hello.js';
import { callAtThreshold } from './threshold.js';
import { usualHellos } from './usual-hellos.js';

/** What became of a harmless command that was said in clear where there should be TLS. */
export interface WordsInClear {
  /** `answered`: as if nothing had happened; `refused`: with an error in clear; `ended`: the server hung up; `silent`: no word in clear. */
  readonly how: 'answered' | 'refused' | 'ended' | 'silent';
  readonly line?: TranscriptLine;
}

/** A command in place of the ClientHello, after the go-ahead. */
export const insteadOfHello = defineProbe<WordsInClear>({
  id: 'instead-of-hello',
  scope: 'listener',
  cost: 1,
  phase: 'behave',
  intrusiveness: 'standard',
  run: async (context) => {
    await thresholdDialogue(context);
    return wordsInClear(context, await callAtThreshold(context));
  },
});

/** A command after an alert of the client's has ended the handshake. */
export const afterFailedHandshake = defineProbe<WordsInClear>({
  id: 'after-failed-handshake',
  scope: 'listener',
  cost: 1,
  phase: 'behave',
  intrusiveness: 'standard',
  run: async (context) => {
    const { handshake } = await thresholdDialogue(context);
    const call = await callAtThreshold(context);
    const [order] = usualHellos(handshake?.version === 'TLSv1.3' ? 'TLSv1.3' : 'TLSv1.2', context.names[0]);
    if (order !== undefined) await answeredHello(call, { ...serverNameOf(context), ...order });
    await call.say(HANDSHAKE_FAILURE);
    return wordsInClear(context, call);
  },
});

/** A command after close_notify, on a connection on which TLS was in use. */
export const afterCloseNotify = defineProbe<WordsInClear>({
  id: 'after-close-notify',
  scope: 'listener',
  cost: 1,
  phase: 'behave',
  intrusiveness: 'standard',
  run: async (context) => {
    const { protocol, listener } = context;
    const isUpgraded = listener.tls === 'starttls';
    await (isUpgraded ? upgradableDialogue(context) : spokenDialogue(context));
    const call = isUpgraded ? await callAtThreshold(context) : await context.dial();
    if (!(await call.secure()).peer.completed) throw new NotObserved('TLS could not be started again');
    if (!isUpgraded) await call.greeting();
    else if (protocol.speaksFirstAfterUpgrade) await call.next();
    const inside = await call.ask(protocol.say.capabilities(call.tag(), context.acquaintance.ehlo ?? ''));
    if (inside.final === undefined) throw new NotObserved('nothing is answered inside TLS');
    await call.leaveTls();
    return wordsInClear(context, call);
  },
});

/** Says a harmless command twice, in case that the first one is taken for a part of TLS. */
const wordsInClear = async (context: ProbeContext, call: Call): Promise<WordsInClear> => {
  const { protocol, patience } = context;
  const heard: HeardReply[] = [];
  let hasEnded = false;
  for (let attempt = 1; attempt <= 2 && !hasEnded && !heard.some(isYes); attempt += 1) {
    await call.say(protocol.inspection.question(call.tag(), context.acquaintance.ehlo ?? ''));
    // Alerts are no words in clear, and more may come behind them.
    for (let more = 0; more < MOST_RECORDS; more += 1) {
      const { how, replies } = await call.listen(patience.quiet);
      heard.push(...replies);
      hasEnded = how === 'ended';
      if (how !== 'records') break;
    }
  }
  call.close();
  const yes = heard.find(isYes);
  const line = (yes ?? heard[0])?.said.at(-1);
  return {
    how: yes !== undefined ? 'answered' : heard.length > 0 ? 'refused' : hasEnded ? 'ended' : 'silent',
    ...(line && { line }),
  };
};

const isYes = ({ kind, status }: HeardReply): boolean => kind === 'final' && status === 'ok';

/** A fatal alert, handshake_failure (RFC 5246 §7.2). */
const HANDSHAKE_FAILURE = latin1('\x15\x03\x03\x00\x02\x02\x28');
const MOST_RECORDS = 4;
