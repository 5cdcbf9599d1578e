import { Fault } from '../fault.js';
import type { TlsVersion } from '../tls/registries.js';
import { isIP } from 'node:net';
import { dialogue, spokenDialogue } from './dialogue.js';
import { defineProbe, NotObserved, type Probe, type ProbeContext } from './probe.js';
import { callAtThreshold } from './threshold.js';

/** Whether a TLS version is accepted: a ServerHello of that version, and up to TLS 1.2 the flight up to ServerHelloDone. */
export interface VersionFacts {
  readonly accepted: boolean;
  /** How it was refused: `alert protocol_version`, `closed`, `plaintext`; or the suite that was chosen. */
  readonly detail: string;
  /** Another handshake succeeded, so that a refusal is about the version. */
  readonly control: boolean;
}

type Tested = Exclude<TlsVersion, 'SSLv2' | 'SSLv3'>;

// Raw hellos only: a TLS library's own refusal to offer an old version would be no fact about the peer.
const versionProbe = (version: Tested, id: string): Probe<VersionFacts> =>
  defineProbe({
    id,
    scope: 'listener',
    cost: 1,
    phase: 'look',
    intrusiveness: 'passive',
    run: async (context) => {
      const facts = await context.facts(dialogue);
      if (facts.opening.kind !== 'tls-failed') await spokenDialogue(context);
      const { handshake } = facts;
      if (handshake === undefined) throw new NotObserved('TLS is not offered here');
      if (handshake.version === version) return { accepted: true, detail: 'negotiated', control: true };
      return { ...(await offered(context, version)), control: handshake.completed };
    },
  });

export const tls10 = versionProbe('TLSv1', 'tls-1-0');
export const tls11 = versionProbe('TLSv1.1', 'tls-1-1');
export const tls12 = versionProbe('TLSv1.2', 'tls-1-2');
export const tls13 = versionProbe('TLSv1.3', 'tls-1-3');

const offered = async (context: ProbeContext, version: Tested): Promise<Pick<VersionFacts, 'accepted' | 'detail'>> => {
  const call = await callAtThreshold(context);
  const [name] = context.names;
  const answer = await call.hello({ versions: [version], ...(isIP(name) === 0 && { servername: name }) });
  switch (answer.kind) {
    case 'server-hello':
      if (answer.version !== version) return { accepted: false, detail: `answered with ${answer.version}` };
      if (!answer.complete) return { accepted: false, detail: 'the handshake stops after the ServerHello' };
      return { accepted: true, detail: `suite ${String(answer.cipherSuite)}` };
    case 'alert':
      return { accepted: false, detail: `alert ${answer.name}` };
    case 'closed':
      return { accepted: false, detail: 'closed' };
    case 'sslv2':
    case 'not-tls':
      throw new Fault('UNREACHABLE', `the server answered a ${version} hello with something that is not TLS`);
  }
};
