import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '../fault.js';
import type { Call } from './call.js';
import { endpointText } from './listener.js';
import type { ProbeContext } from './probe.js';

/**
 * A fresh connection on which a ClientHello is due: after the go-ahead, or at once where TLS is implicit.
 * Throws a Fault if the server, which did so before, does not go along this time (throttled, overloaded, banned).
 */
export const callAtThreshold = async (context: ProbeContext): Promise<Call> => {
  if (context.listener.tls === 'implicit') return context.dial();
  const call = await acquaintedCall(context);
  const { final, how } = await call.ask(context.protocol.say.upgrade(call.tag()));
  if (final?.status !== 'ok')
    throw unwilling(context, `did not give the go-ahead for TLS that it gave before (${final?.code ?? how})`);
  return call;
};

/** A fresh connection after the greeting and, where one has to come first, after EHLO; who says that it is busy is asked once more. */
export const acquaintedCall = async (context: ProbeContext): Promise<Call> => {
  const { call, refusal } = await introduced(context);
  if (refusal === undefined) return call;
  call.close();
  await delay(context.patience.backOff);
  const again = await introduced(context);
  if (again.refusal !== undefined) throw unwilling(context, again.refusal);
  return again.call;
};

/** Whether a greeting or reply says to come back later (RFC 5321 §3.8, RFC 5530 §3, RFC 3206 §3). */
export const isBusy = (lines: readonly string[]): boolean =>
  /^421\b|\[(?:UNAVAILABLE|LIMIT|SYS\/TEMP|IN-USE|LOGIN-DELAY)|\bTRYLATER\b|too many (?:concurrent )?connections/i.test(
    lines.join(' '),
  );

const introduced = async (context: ProbeContext): Promise<{ readonly call: Call; readonly refusal?: string }> => {
  const call = await context.dial();
  const greeting = await call.greeting();
  const { status, code, lines = [] } = greeting.final ?? {};
  if (status !== 'ok' && status !== 'preauth') {
    const refusal = `did not greet as it did before (${code ?? greeting.how})`;
    if (isBusy(lines)) return { call, refusal };
    throw unwilling(context, refusal);
  }
  const { helloVerb } = context.protocol;
  if (helloVerb === undefined) return { call };
  const { final, how } = await call.ask(context.protocol.say.capabilities('', context.client));
  if (final?.status === 'ok') return { call };
  const refusal = `did not answer ${helloVerb} as it did before (${final?.code ?? how})`;
  if (final !== undefined && isBusy(final.lines)) return { call, refusal };
  throw unwilling(context, refusal);
};

const unwilling = ({ listener }: ProbeContext, what: string): Fault =>
  new Fault(
    'UNREACHABLE',
    `${endpointText(listener.host, listener.port)} ${what}; does it limit connections? try again with --parallel 1 --rate 1`,
  );
