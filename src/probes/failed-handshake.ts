import type { HelloOrder } from '../tls/build-hello.js';
import type { Handshake } from '../wire/upgrade.js';
import type { ProbeContext } from './probe.js';
import { hastyAsker } from './raw-hello.js';
import { callAtThreshold } from './threshold.js';
import { anonymousHello, usualHellos } from './usual-hellos.js';

/** Milliseconds for which a server is asked again that has answered nothing in the time for a handshake. */
export const SECOND_TIME = 3000;

/** What is met instead of an answer, whatever hello is sent. */
export type Deafness = 'closed' | 'no answer';

/** It failed by what was said, or by a hang-up; not because nothing came, or because something else than TLS came. */
export const isHandshakeOver = ({ alert, failure = '' }: Handshake): boolean =>
  alert !== undefined || failure.startsWith('the peer ');

/** It failed by a hang-up, without a word of TLS about why. */
export const isHangUp = ({ alert, failure = '' }: Handshake): boolean =>
  alert === undefined && failure.startsWith('the peer ');

/** The server asked for a certificate of ours; where TLS failed, it may be for want of it: a server that breaks says so with another alert. */
export const mayMissCertificate = ({ asksForCertificate, alert }: Handshake): boolean =>
  asksForCertificate === true && (alert === undefined || FOR_WANT_OF_CERTIFICATE.has(alert.name));

/** The server went along with what it was offered: the handshake succeeded, or it failed for want of a certificate of ours, which is behind that. */
export const isServed = (handshake: Handshake): boolean =>
  handshake.completed || (handshake.chain !== undefined && mayMissCertificate(handshake));

/**
 * The server says that it wants a certificate of ours: by an alert after it had asked for one, which under TLS 1.3 comes when the
 * handshake has succeeded on our side (`alertInside`), or in words. One that only hangs up may do so for another reason.
 */
export const demandsCertificate = (
  { asksForCertificate, alert, completed }: Handshake,
  alertInside: string | undefined,
  words: readonly string[] = [],
): boolean => {
  if (asksForCertificate !== true) return false;
  const name = completed ? alertInside : alert?.name;
  return (name !== undefined && FOR_WANT_OF_CERTIFICATE.has(name)) || words.some((text) => /certificate/i.test(text));
};

// RFC 5246 §7.4.6, RFC 8446 §6.2.
const FOR_WANT_OF_CERTIFICATE: ReadonlySet<string> = new Set([
  'handshake_failure',
  'no_certificate',
  'bad_certificate',
  'certificate_unknown',
  'unknown_ca',
  'access_denied',
  'certificate_required',
]);

/**
 * Whether hellos of other families go unanswered too, after one that did: each probe that sends a hello would wait as long for nothing.
 * An answer of any kind, and a connection that could not be made, say that it is not so.
 */
export const deafTo = async (context: ProbeContext, peer: Handshake): Promise<Deafness | undefined> => {
  if (peer.completed || peer.alert !== undefined || peer.chain !== undefined || peer.inClear !== undefined)
    return undefined;
  if (!isHangUp(peer) && peer.timeout === undefined) return undefined;
  const ask = hastyAsker(context);
  const [name] = context.names;
  const manner = peer.timeout === undefined ? {} : { timeout: Math.min(SECOND_TIME, context.patience.handshake) };
  const kindOf = (order: HelloOrder): Promise<string> =>
    ask(order, manner).then(
      ({ answer }) => answer.kind,
      () => 'not connected',
    );
  const kinds = await Promise.all(
    [usualHellos('TLSv1.3', name)[0], usualHellos('TLSv1', name)[1], anonymousHello(name)]
      .filter((order) => order !== undefined)
      .map(kindOf),
  );
  if (!kinds.every((kind) => kind === 'closed' || kind === 'silent')) return undefined;
  return kinds.includes('silent') ? 'no answer' : 'closed';
};

/** An error of our own library, where the server answers a raw hello as it should. */
export const isRefusedByUs = async (context: ProbeContext, peer: Handshake): Promise<boolean> => {
  if (peer.alert !== undefined || peer.failure?.startsWith('ERR_') !== true) return false;
  for (const order of usualHellos('TLSv1.2', context.names[0])) {
    const call = await callAtThreshold(context);
    const heard = await call.hello(order).catch(() => undefined);
    call.close();
    if (heard?.answer.kind === 'server-hello' && heard.answer.complete) return true;
  }
  return false;
};

/** A server without a certificate takes anonymous suites, if any. */
export const takesAnonymousSuites = async (context: ProbeContext, peer: Handshake): Promise<boolean> => {
  if (!isHandshakeOver(peer)) return false;
  const call = await callAtThreshold(context).catch(() => undefined);
  const heard = await call?.hello(anonymousHello(context.names[0])).catch(() => undefined);
  call?.close();
  return heard?.answer.kind === 'server-hello' && heard.answer.complete;
};
