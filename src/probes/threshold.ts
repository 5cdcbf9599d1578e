import { Fault } from '../fault.js';
import type { Call } from './call.js';
import { endpointText } from './listener.js';
import type { ProbeContext } from './probe.js';

/**
 * Brings a fresh connection to where a ClientHello is due: greeting, capabilities where a server insists on them, go-ahead.
 * Throws a Fault if the server, which did so before, does not go along this time (throttled, overloaded, banned).
 */
export const reachThreshold = async (context: ProbeContext, call: Call): Promise<void> => {
  if (context.listener.tls === 'implicit') return;
  await introduce(context, call);
  const { final, how } = await call.ask(context.protocol.say.upgrade(call.tag()));
  if (final?.status !== 'ok') throw unwilling(context, `did not give the go-ahead for TLS that it gave before (${final?.code ?? how})`);
};

/** Reads the greeting and, in SMTP, says EHLO. */
export const introduce = async (context: ProbeContext, call: Call): Promise<void> => {
  const greeting = await call.greeting();
  if (greeting.final?.status !== 'ok' && greeting.final?.status !== 'preauth') throw unwilling(context, `did not greet as it did before (${greeting.final?.code ?? greeting.how})`);
  if (context.protocol.name !== 'smtp') return;
  const { final, how } = await call.ask(context.protocol.say.capabilities('', context.client));
  if (final?.status !== 'ok') throw unwilling(context, `did not answer EHLO as it did before (${final?.code ?? how})`);
};

const unwilling = ({ listener }: ProbeContext, what: string): Fault =>
  new Fault('UNREACHABLE', `${endpointText(listener.host, listener.port)} ${what}; does it limit connections? try again with --parallel 1 --rate 1`);
