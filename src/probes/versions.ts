import { Fault } from '../fault.js';
import type { HelloOrder } from '../tls/build-hello.js';
import { cipherSuite } from '../tls/cipher-suites.js';
import type { TlsVersion } from '../tls/registries.js';
import { measurableHandshake } from './dialogue.js';
import { isServed } from './failed-handshake.js';
import { helloTraits } from './hello-traits.js';
import type { Place } from './place.js';
import { defineProbe, NotObserved, type Probe, type ProbeContext } from './probe.js';
import { callAtThreshold } from './threshold.js';
import { usualHellos } from './usual-hellos.js';

/** Whether a TLS version is accepted: a ServerHello of that version, and up to TLS 1.2 the flight up to ServerHelloDone. */
export interface VersionFacts {
  readonly accepted: boolean;
  /** How it was refused: `alert protocol_version`, `closed`, `plaintext`; or the suite that was chosen. */
  readonly detail: string;
  /** Another handshake succeeded, so that a refusal is about the version. */
  readonly control: boolean;
  /** The server's answer that shows it. */
  readonly at?: Place;
}

type Tested = Exclude<TlsVersion, 'SSLv2' | 'SSLv3'>;

// Raw hellos only: a TLS library's own refusal to offer an old version would be no fact about the peer.
const versionProbe = (
  version: Tested,
  id: string,
  known: (context: ProbeContext) => Promise<Answer | 'less to try' | undefined> = () => Promise.resolve(undefined),
): Probe<VersionFacts> =>
  defineProbe({
    id,
    scope: 'listener',
    cost: 4,
    phase: 'look',
    intrusiveness: 'passive',
    run: async (context) => {
      const { handshake, handshakeAt } = await measurableHandshake(context);
      if (handshake.version === version)
        return {
          accepted: true,
          detail: 'negotiated',
          control: true,
          ...(handshakeAt && { at: handshakeAt }),
        };
      const found = await known(context);
      const control = isServed(handshake);
      if (typeof found === 'object') return { ...found, control };
      return { ...(await offered(context, version, found === 'less to try' ? 1 : undefined)), control };
    },
  });

export const tls11 = versionProbe('TLSv1.1', 'tls-1-1');

/**
 * Whether hellos of all families that went up to TLS 1.1 were refused. A server answers with its newest version that is not newer
 * than the client's (RFC 5246 appendix E.1): there is none. Depth `full` says one more hello to be sure.
 */
export const refusesAllUpToTls11 = async (context: ProbeContext): Promise<boolean> => {
  const { accepted, detail } = await context.facts(tls11);
  return !accepted && !detail.startsWith('answered with');
};

export const tls10 = versionProbe('TLSv1', 'tls-1-0', async (context) => {
  if (!(await refusesAllUpToTls11(context))) return undefined;
  return (await refusalOfOlder(context)) ?? 'less to try';
});

/**
 * What the refusal of hellos up to TLS 1.1 says of older versions, at depths that say no hello more: a server with which a newer
 * version works reads hellos. Where none works, it may know nothing but the older version.
 */
export const refusalOfOlder = async (context: ProbeContext): Promise<VersionFacts | undefined> => {
  if (context.depth === 'full' || !(await refusesAllUpToTls11(context))) return undefined;
  const refusal = await context.facts(tls11);
  return refusal.control ? refusal : undefined;
};
export const tls12 = versionProbe('TLSv1.2', 'tls-1-2', async (context) => {
  const traits = await context.facts(helloTraits).catch((error: unknown) => {
    if (error instanceof NotObserved) return undefined;
    throw error;
  });
  return traits?.version === 'TLSv1.2'
    ? { accepted: true, detail: traits.suite, ...(traits.at && { at: traits.at }) }
    : undefined;
});
export const tls13 = versionProbe('TLSv1.3', 'tls-1-3');

type Answer = Pick<VersionFacts, 'accepted' | 'detail' | 'at'>;

/**
 * The first hello that is accepted, or whose refusal names the version; else what the first one was answered. Where the first one
 * decides nothing, depth `full` says the others at once: a refusal takes them all anyway. Where connections are few, those that nobody
 * needs would be taken from another version.
 */
const offered = async (context: ProbeContext, version: Tested, most?: number): Promise<Answer> => {
  const [usual, ...others] = usualHellos(version, context.names[0]).slice(0, most);
  if (usual === undefined) return { accepted: false, detail: 'closed' };
  const first = await answerTo(context, version, usual);
  if (first.isFinal) return first.answer;
  const begun = context.depth === 'full' ? others.map((order) => answerTo(context, version, order)) : [];
  // One that fails counts only if none before it decides.
  for (const each of begun) each.catch(() => undefined);
  for (const [at, order] of others.entries()) {
    const { answer, isFinal } = await (begun[at] ?? answerTo(context, version, order));
    if (isFinal) return answer;
  }
  return first.answer;
};

/** What one hello was answered, and whether that is true of the version rather than of this hello. */
const answerTo = async (
  context: ProbeContext,
  version: Tested,
  order: HelloOrder,
): Promise<{ readonly answer: Answer; readonly isFinal: boolean }> => {
  const call = await callAtThreshold(context);
  const { answer, at } = await call.hello(order);
  call.close();
  const refused = (detail: string, isFinal = false) => ({ answer: { accepted: false, detail, at }, isFinal });
  switch (answer.kind) {
    case 'server-hello':
      if (answer.version !== version) return refused(`answered with ${answer.version}`, true);
      return answer.complete
        ? { answer: { accepted: true, detail: cipherSuite(answer.cipherSuite).name, at }, isFinal: true }
        : refused('the handshake stops after the ServerHello');
    case 'alert':
      return refused(`alert ${answer.name}`, answer.name === 'protocol_version');
    case 'closed':
      return refused('closed');
    case 'sslv2':
    case 'not-tls':
      throw new Fault('UNREACHABLE', `the server answered a ${version} hello with something that is not TLS`);
  }
};
