import { identify } from './opening.js';
import type { ProbeContext } from './probe.js';
import { proxyHeader } from './proxy-header.js';

/** What a mute server waits for: a ClientHello, or a header of the PROXY protocol; undefined where it answers neither. */
export const awaitedFirst = async (context: ProbeContext): Promise<'hello' | 'proxy-header' | undefined> => {
  const tls = speaksTls(context);
  const proxied = wantsProxyHeader(context);
  const first = await Promise.race([tls.then((is) => is && 'hello'), proxied.then((is) => is && 'proxy-header')]);
  if (first !== false) return first;
  return (await tls) ? 'hello' : (await proxied) ? 'proxy-header' : undefined;
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
  const { address, port, tls } = context.listener;
  await call.say(proxyHeader(version, call.local, { address, port }));
  if (tls === 'implicit') return (await call.secure()).peer.completed;
  const { bytes } = await call.peek(context.patience.hint * 2);
  return identify(bytes, context.protocol)?.speaks === context.protocol.name;
};
