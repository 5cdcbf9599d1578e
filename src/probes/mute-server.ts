import { identify } from './opening.js';
import type { Call } from './call.js';
import type { ProbeContext } from './probe.js';
import { proxyHeader } from './proxy-header.js';
import { within } from './within.js';

/** What a mute server waits for: a ClientHello, or a header of the PROXY protocol; undefined where it answers neither. */
export const awaitedFirst = async (context: ProbeContext): Promise<'hello' | 'proxy-header' | undefined> => {
  const tls = speaksTls(context);
  const proxied = wantsProxyHeader(context);
  const first = await Promise.race([tls.then((is) => is && 'hello'), proxied.then((is) => is && 'proxy-header')]);
  if (first !== false) return first;
  return (await tls) ? 'hello' : (await proxied) ? 'proxy-header' : undefined;
};

type Peeked = Awaited<ReturnType<Call['peek']>>;

/**
 * What a server that has been mute so far does in the end, or what it waits for; it is asked on other connections while the
 * greeting may still come. A server that makes strangers wait (`isStrict`) was waited for to the end before anybody else spoke.
 */
export const endOfSilence = async (
  context: ProbeContext,
  call: Call,
  early: Peeked,
  isStrict: boolean,
): Promise<Peeked | 'hello' | 'proxy-header'> => {
  const { hint, greeting } = context.patience;
  const asking = awaitedFirst(context);
  if (early.how === 'ended') return (await asking) ?? early;
  const coming = call.peek(isStrict ? 2 * hint : greeting);
  // Who waits longer than the one that was told for whom we connect, waits for that: a slow greeting comes in the order of the connections.
  const first = await Promise.race([asking, coming]);
  if (typeof first === 'string') return first;
  const late = await coming;
  if (late.how === 'bytes' || late.how === 'records') return late;
  return (await (isStrict ? within(asking, 0) : asking)) ?? late;
};

const speaksTls = async (context: ProbeContext): Promise<boolean> => {
  const call = await context.dial().catch(() => undefined);
  if (call === undefined) return false;
  const isTls = await call.hello({ versions: ['TLSv1.3', 'TLSv1.2'] }).then(
    ({ answer: { kind } }) => kind === 'server-hello' || kind === 'alert',
    () => false,
  );
  call.close();
  return isTls;
};

/** A server behind a proxy of its own says nothing until it is told for whom the proxy connects; some know one version of the header only. */
export const wantsProxyHeader = async (context: ProbeContext): Promise<boolean> => {
  const answered = await Promise.all(
    ([1, 2] as const).map((version) => answersProxyHeader(context, version).catch(() => false)),
  );
  return answered.includes(true);
};

const answersProxyHeader = async (context: ProbeContext, version: 1 | 2): Promise<boolean> => {
  const call = await context.dial();
  // One header was sent already.
  if (call.isHeaded) return false;
  const { address, port, tls } = context.listener;
  await call.say(proxyHeader(version, call.local, { address, port }));
  if (tls === 'implicit') return (await call.secure()).peer.completed;
  const { bytes } = await call.peek(context.patience.hint * 2);
  return identify(bytes, context.protocol)?.speaks === context.protocol.name;
};
