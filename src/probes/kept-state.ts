import type { Transaction } from '../protocols/protocol.js';
import type { Call } from './call.js';
import type { CommandAnswer } from './call-answers.js';
import { upgradableDialogue } from './dialogue.js';
import { asked, type Asked } from './dialogue-facts.js';
import { isOpportunistic } from './listener.js';
import { defineProbe, NotObserved, type ProbeContext } from './probe.js';
import { acquaintedCall, notPutOff, unlessCut } from './threshold.js';

/** What a server still knows inside TLS of what it was told in clear (SMTP; RFC 3207 §4.2). */
export interface KeptState {
  /** The answer to RCPT inside TLS, after a MAIL that was accepted in clear; absent where MAIL was not. */
  readonly recipient?: Asked;
  /** The answer to the same RCPT inside TLS on a connection that never said MAIL or EHLO: a server that forgets answers alike. */
  readonly recipientUngreeted?: Asked;
  /** The answer to MAIL inside TLS without EHLO there. */
  readonly mail: Asked;
  /** The answer to MAIL on a connection that never said EHLO: inside TLS, or in clear where STARTTLS wants EHLO first. Some servers never insist on one. */
  readonly mailUngreeted?: Asked;
}

/** Starts a transaction in clear and tries to go on with it inside TLS; no message is sent. */
export const keptState = defineProbe<KeptState>({
  id: 'kept-state',
  leads: true,
  scope: 'listener',
  cost: 2,
  phase: 'behave',
  intrusiveness: 'standard',
  run: async (context) => {
    await upgradableDialogue(context);
    const { transaction } = context.protocol.inspection;
    if (transaction === undefined)
      throw new NotObserved('without an account nothing can be told in clear that could be kept');
    // Nobody refuses a handshake for what was said before it: one that fails here is cut, until it has failed many times.
    const other = unlessCut(
      context,
      () => ungreeted(context, transaction),
      (answers) => answers === undefined,
    ).then(
      (answers = {}) => ({ answers }),
      (error: unknown) => ({ error }),
    );
    const { call, begun, upgrade, completed } = await unlessCut(
      context,
      () => secured(context, transaction),
      ({ completed }) => !completed,
    );
    if (upgrade.final?.status !== 'ok') throw new NotObserved('STARTTLS is refused in the middle of a transaction');
    if (!completed) throw new NotObserved('the TLS handshake fails in the middle of a transaction');
    const recipient = begun?.final?.status === 'ok' ? asked(await call.ask(transaction.next)) : undefined;
    if (recipient !== undefined) await call.ask(transaction.undo);
    const mail = asked(await call.ask(transaction.begin));
    call.quit();
    // It is let end in order: connections that break off look like an attack.
    const outcome = await other;
    // Without it, what was refused is still known.
    if ('error' in outcome && mail.said?.status === 'ok') throw outcome.error;
    return { ...(recipient && { recipient }), mail, ...('answers' in outcome && outcome.answers) };
  },
});

/** A connection on which a transaction was begun, and TLS after it. */
const secured = async (
  context: ProbeContext,
  { begin }: Transaction,
): Promise<{
  readonly call: Call;
  readonly begun: CommandAnswer | undefined;
  readonly upgrade: CommandAnswer;
  readonly completed: boolean;
}> => {
  const call = await acquaintedCall(context);
  const begun = isOpportunistic(context.listener) ? await call.ask(begin) : undefined;
  const upgrade = notPutOff(context, call, await call.ask(context.protocol.say.upgrade('')));
  const completed = upgrade.final?.status === 'ok' && (await call.secure()).peer.completed;
  if (!completed) call.close();
  return { call, begun, upgrade, completed };
};

/** A connection without EHLO, with TLS where that is not wanted first; undefined where it is cut. */
const ungreeted = async (
  context: ProbeContext,
  { begin, next }: Transaction,
): Promise<Pick<KeptState, 'recipientUngreeted' | 'mailUngreeted'> | undefined> => {
  const call = await context.dial();
  await call.greeting();
  const answer = notPutOff(context, call, await call.ask(context.protocol.say.upgrade('')));
  if (answer.final === undefined || (answer.final.status === 'ok' && !(await call.secure()).peer.completed)) {
    call.close();
    return undefined;
  }
  const isInside = answer.final.status === 'ok';
  const recipientUngreeted = isInside && isOpportunistic(context.listener) ? asked(await call.ask(next)) : undefined;
  const mailUngreeted = asked(await call.ask(begin));
  call.quit();
  return { ...(recipientUngreeted && { recipientUngreeted }), mailUngreeted };
};
