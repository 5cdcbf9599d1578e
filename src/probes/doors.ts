import type { CertificateFacts } from '../tls/inspect.js';
import type { TlsVersion } from '../tls/registries.js';
import { certificates } from './certificates.js';
import { dialogue } from './dialogue.js';
import { endpointText, type Listener } from './listener.js';
import type { Place, TranscriptLine } from './place.js';
import { defineProbe, NotObserved, type Door, type Probe } from './probe.js';
import { tls10, tls11, tls12, tls13, type VersionFacts } from './versions.js';

/** What one of two doors of a server shows: the one where TLS is implicit, or the one where STARTTLS begins it. */
export interface DoorFacts {
  /** `mail.example.org:993` */
  readonly where: string;
  readonly port: number;
  /** A ClientHello without ALPN is served, as clients of either door send it. */
  readonly servesAnybody: boolean;
  /** The certificate for the name that was asked for. */
  readonly leaf?: CertificateFacts;
  /** Careful clients accept it. */
  readonly isValid: boolean;
  /** Accepted versions of TLS, oldest first. */
  readonly versions: readonly TlsVersion[];
  /** Logins inside TLS, where a list was given. */
  readonly logins?: readonly string[];
  /** The handshake. */
  readonly at?: Place;
  /** What it says first; inside TLS where that is implicit. */
  readonly greeting?: TranscriptLine;
}

/** Two doors of one server or more: this listener's, and those where TLS starts in the other way. */
export interface DoorsFacts {
  readonly own: DoorFacts;
  readonly others: readonly DoorFacts[];
}

/** The doors of a server side by side; what was seen of each is used again. */
export const doors = defineProbe<DoorsFacts>({
  id: 'doors',
  scope: 'host',
  cost: 0,
  phase: 'behave',
  intrusiveness: 'passive',
  run: async (context) => {
    const own = await doorFacts(context);
    if (own === undefined) throw new NotObserved('TLS cannot be started here');
    const others: DoorFacts[] = [];
    for (const door of context.otherDoors) {
      const facts = await doorFacts(door);
      if (facts !== undefined) others.push(facts);
    }
    if (others.length === 0)
      throw new NotObserved(
        'the server’s other port (implicit TLS for STARTTLS, or the reverse) is closed or was not audited',
      );
    return { own, others };
  },
});

const doorFacts = async (door: Door): Promise<DoorFacts | undefined> => {
  const { opening, handshake, handshakeAt, alpnOnly, inside } = await door.facts(dialogue);
  if (handshake?.completed !== true) return undefined;
  const [named] = await door.facts(certificates);
  const chain = named !== undefined && 'chain' in named ? named.chain : undefined;
  const { leaf } = chain ?? {};
  const isValid = chain?.chain === 'trusted' && chain.nameMatches === 'san' && leaf?.validity === 'valid';
  const [line] = opening.kind === 'greeted' ? opening.lines : [];
  return {
    where: whereOf(door.listener),
    port: door.listener.port,
    servesAnybody: alpnOnly !== true,
    isValid,
    versions: await versionsOf(door),
    ...(leaf && { leaf }),
    ...(inside && { logins: inside.logins }),
    ...(handshakeAt && { at: handshakeAt }),
    ...(line && { greeting: line }),
  };
};

const versionsOf = async (door: Door): Promise<TlsVersion[]> => {
  const accepted: TlsVersion[] = [];
  for (const [version, probe] of VERSIONS) if ((await door.facts(probe)).accepted) accepted.push(version);
  return accepted;
};

const whereOf = ({ host, port }: Listener): string => endpointText(host, port);

const VERSIONS: readonly (readonly [TlsVersion, Probe<VersionFacts>])[] = [
  ['TLSv1', tls10],
  ['TLSv1.1', tls11],
  ['TLSv1.2', tls12],
  ['TLSv1.3', tls13],
];
