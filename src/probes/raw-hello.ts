import { isIP } from 'node:net';
import { Fault } from '../fault.js';
import type { HelloOrder } from '../tls/build-hello.js';
import type { ServerAnswer } from '../tls/server-answer.js';
import type { Call } from './call.js';
import type { HelloManner } from './call-options.js';
import { endpointText } from './listener.js';
import type { Place } from './place.js';
import type { ProbeContext } from './probe.js';
import { callAtThreshold } from './threshold.js';

/** What a raw ClientHello was answered; `silent`: nothing whole came within the time for a handshake. */
export type HelloAnswer = ServerAnswer | { readonly kind: 'silent' };

/** An answer, and where it is recorded. */
export interface AnsweredHello {
  readonly answer: HelloAnswer;
  readonly at?: Place;
}

/** Sends one raw ClientHello on a connection of its own. */
export type AskHello = (order: HelloOrder, manner?: HelloManner) => Promise<AnsweredHello>;

/**
 * Sends hellos to the listener, each on a fresh connection on which TLS is due, with the listener's name unless the order has one.
 * Silence is an answer only where the same hello meets it twice, and a usual one in between is answered: one connection that is lost,
 * or takes too long, says nothing about the hello. Throws the Fault `TIMED_OUT` where the usual one is not answered either.
 */
export const helloAsker = (context: ProbeContext): AskHello => {
  const { acquaintance } = context;
  const ask = hastyAsker(context);
  return async (order, manner) => {
    const first = await ask(order, manner);
    if (first.answer.kind !== 'silent' || (acquaintance.hangs ?? 0) >= ENOUGH_HANGS) return first;
    context.noteRepetition();
    const usual = await ask(USUAL);
    context.noteRepetition();
    const again = await ask(order, manner);
    if (again.answer.kind !== 'silent') return again;
    if (usual.answer.kind === 'silent') throw unanswered(context);
    acquaintance.hangs = (acquaintance.hangs ?? 0) + 1;
    return again;
  };
};

const unanswered = ({ listener, patience }: ProbeContext): Fault =>
  new Fault(
    'TIMED_OUT',
    `${endpointText(listener.host, listener.port)} answered no ClientHello within ${String(Math.ceil(patience.handshake / 1000))} s, though it did before; is it overloaded?`,
  );

/** As `helloAsker`, but silence is believed at once. */
export const hastyAsker =
  (context: ProbeContext): AskHello =>
  async (order, manner) => {
    for (;;) {
      const call = await callAtThreshold(context);
      const answered = await answeredHello(call, { ...serverNameOf(context), ...order }, manner);
      call.close();
      if (call.cutHello === undefined || (await context.isAnswer(call))) return answered;
    }
  };

/** One hello on a connection that is there; silence is an answer. */
export const answeredHello = async (call: Call, order: HelloOrder, manner?: HelloManner): Promise<AnsweredHello> => {
  try {
    return await call.hello(order, manner);
  } catch (error) {
    if (error instanceof Fault && error.code === 'TIMED_OUT') return { answer: { kind: 'silent' } };
    throw error;
  }
};

/** The name to ask for; none is sent to an address (RFC 6066 §3). */
export const serverNameOf = ({ names: [name] }: ProbeContext): Pick<HelloOrder, 'servername'> =>
  isIP(name) === 0 ? { servername: name } : {};

/** A refusal in words: `alert handshake_failure`, `closed`, `no answer`. */
export const refusalInWords = (answer: HelloAnswer): string => {
  switch (answer.kind) {
    case 'alert':
      return `alert ${answer.name}`;
    case 'closed':
      return 'closed';
    case 'silent':
      return 'no answer';
    case 'not-tls':
      return 'something that is not TLS';
    case 'sslv2':
      return 'SSL 2.0';
    case 'server-hello':
      return answer.complete ? `answered with ${answer.version}` : 'the handshake stops after the ServerHello';
  }
};

const USUAL: HelloOrder = { versions: ['TLSv1.3', 'TLSv1.2'] };
/** Hellos that hang the server, after which it is not made sure of any more. */
const ENOUGH_HANGS = 2;
