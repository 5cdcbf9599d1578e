import { identify } from './opening.js';
import type { Call } from './call.js';
import type { ProbeContext } from './probe.js';
import { proxyHeader } from './proxy-header.js';

/** What a mute server waits for: a ClientHello, or a header of the PROXY protocol; undefined where it answers neither (`timeout`: milliseconds for a hello). */
const awaitedFirst = async (context: ProbeContext, timeout: number): Promise<'hello' | 'proxy-header' | undefined> => {
  const tls = speaksTls(context, timeout);
  const proxied = wantsProxyHeader(context);
  const first = await Promise.race([tls.then((is) => is && 'hello'), proxied.then((is) => is && 'proxy-header')]);
  if (first !== false) return first;
  return (await tls) ? 'hello' : (await proxied) ? 'proxy-header' : undefined;
};

/** What came; `heardUntil`: when nobody listened any more on that connection, where that is before now. */
type Peeked = Awaited<ReturnType<Call['peek']>> & { readonly heardUntil?: number };

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
  const { hint, greeting, handshake } = context.patience;
  const timeout = isStrict ? 2 * hint : Math.min(handshake, FIRST_ANSWER);
  if (early.how === 'ended') {
    call.close();
    return (await awaitedFirst(context, timeout)) ?? early;
  }
  // Who waits longer than the one that was told for whom we connect, waits for that: a slow greeting comes in the order of the connections.
  const coming = call.peek(isStrict ? 2 * hint : greeting);
  const asking = awaitedFirst(context, timeout);
  const first = await Promise.race([asking, coming]);
  if (typeof first === 'object' && (first.how === 'bytes' || first.how === 'records')) return first;
  if (typeof first === 'string') {
    call.close();
    return first;
  }
  const late = await coming;
  if (late.how === 'bytes' || late.how === 'records') return late;
  // Its place is for those who still ask.
  call.close();
  const heardUntil = performance.now();
  return (await asking) ?? { ...late, heardUntil };
};

const speaksTls = async (context: ProbeContext, timeout: number): Promise<boolean> => {
  const call = await context.dial().catch(() => undefined);
  if (call === undefined) return false;
  const isTls = await call.hello({ versions: ['TLSv1.3', 'TLSv1.2'] }, { timeout }).then(
    ({ answer: { kind } }) => kind === 'server-hello' || kind === 'alert',
    () => false,
  );
  call.close();
  return isTls;
};

/**
 * A server behind a proxy of its own says nothing until it is told for whom the proxy connects; some know one version of the header
 * only. Who greets as late without a header was not waiting for it. `handshake`: milliseconds for TLS where that is implicit.
 */
export const wantsProxyHeader = async (
  context: ProbeContext,
  handshake: number = context.patience.handshake,
): Promise<boolean> => {
  const answered = await Promise.all(
    ([1, 2] as const).map((version) => answersProxyHeader(context, version, handshake).catch(() => false)),
  );
  return answered.includes(true) && (context.listener.tls === 'implicit' || !(await greetsUntold(context)));
};

/**
 * Whether the server greets, within the time that is left for an answer to the header, where none is sent. Who waits for one keeps the
 * connection; one that is cut says nothing, as a limit or a balancer without its server cuts some, whatever is sent on them.
 */
const greetsUntold = async (context: ProbeContext): Promise<boolean> => {
  for (let attempt = 1; ; attempt += 1) {
    const call = await context.dial().catch(() => undefined);
    // What cannot be asked is not said of it.
    if (call === undefined) return true;
    const { bytes, how } = await call.peek(context.patience.hint * 2);
    call.close();
    if (how !== 'ended' || attempt === MOST_CUTS) return bytes.length > 0;
  }
};

const answersProxyHeader = async (context: ProbeContext, version: 1 | 2, timeout: number): Promise<boolean> => {
  const call = await context.dial();
  const isAnswered = !call.isHeaded && (await answersHeader(context, call, version, timeout));
  call.close();
  return isAnswered;
};

const answersHeader = async (
  { listener, protocol, patience }: ProbeContext,
  call: Call,
  version: 1 | 2,
  timeout: number,
): Promise<boolean> => {
  const { address, port, tls } = listener;
  await call.say(proxyHeader(version, call.local, { address, port }));
  if (tls === 'implicit') return (await call.secure({ timeout })).peer.completed;
  const { bytes } = await call.peek(patience.hint * 2);
  return identify(bytes, protocol)?.speaks === protocol.name;
};

/** Milliseconds within which a server that waits for a ClientHello answers one. */
const FIRST_ANSWER = 5000;
/** Connections without a header that are cut one after the other where all are. */
const MOST_CUTS = 4;
