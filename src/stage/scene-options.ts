import type { Case } from '../cases/case.js';
import type { OtherLogins } from '../endpoints/honest.js';
import type { ListenerOptions } from '../endpoints/listener.js';
import type { MailHost } from '../mail/mail-host.js';
import type { Site } from '../place/place.js';
import type { Account, ServerSettings } from '../protocols/protocol.js';
import type { Authority } from '../tls/certificate-authority.js';
import type { EndpointNames } from '../tls/permitted-names.js';
import type { Canaries } from '../verdict/canaries.js';
import type { ControlFacts, WithheldFacts } from '../verdict/visit.js';
import type { TranscriptOptions } from '../wire/transcript.js';
import type { Placed } from './connection-log.js';
import type { Presented } from './contexts.js';
import type { Through } from './middle-seat.js';

/** What happens to one connection to the client's own endpoint, decided when it is accepted. */
export interface Course {
  /** The case to play; its port role, protocol and mode are the scene's. */
  readonly one: Case;
  /** Nothing is changed on this connection: it shows the client without an attack. */
  readonly untouched: boolean;
  /** 1 for the client's first connection that is not untouched. */
  readonly ordinal: number;
  /** Logins that few clients insist on are offered too. */
  readonly otherLogins?: OtherLogins;
  /** What the client's control taught. */
  readonly control?: ControlFacts;
  /** What its visit to an honest server that is slow, or refuses it, taught, where the case is compared with that. */
  readonly withheld?: WithheldFacts;
}

/** What a scene needs to stand up. */
export interface SceneOptions {
  /** Says which port role, protocol and mode the client's own endpoint has, and what happens there. */
  readonly one: Case;
  /** Every case that a course may name, where `course` is given. */
  readonly cases?: readonly Case[];
  /** Chooses what happens to a connection; `one`, counted over the whole scene, by default. */
  readonly course?: (placed: Placed) => Course;
  readonly site: Site;
  readonly canaries: Canaries;
  /** Secrets of the session's other visits: value to visit number. */
  readonly others: ReadonlyMap<string, number>;
  readonly authority: Authority;
  /** What the endpoints present instead of certificates of the authority. */
  readonly presented?: Presented;
  readonly control?: ControlFacts;
  readonly withheld?: WithheldFacts;
  readonly clock: () => number;
  /** Milliseconds of silence after which a connection is given up. */
  readonly idle: number;
  /** Milliseconds for a handshake. */
  readonly handshake: number;
  /** The oldest version that endpoints speak; 1.2 by default. */
  readonly endpointTls?: '1.0';
  /** TLS records of the client's connections and their keys are kept. */
  readonly keepsWire?: true | undefined;
  /** So are those of waxseal's own connections to the real server. */
  readonly keepsServerWire?: true | undefined;
  /** Is told the secrets of all TLS as they come, lines of SSLKEYLOGFILE. */
  readonly onKeys?: ((line: string) => void) | undefined;
  /** Endpoints offer the logins that few clients insist on. */
  readonly otherLogins?: OtherLogins;
  /** Called for every connection. */
  readonly onConnection?: () => void;
  /** The real server whose answers are passed on: the middle seat. */
  readonly through?: Through;
  /** Where the client's own endpoint listens; as the site says by default. `handed-in`: nowhere, connections come by `admit`. */
  readonly port?: number | 'handed-in';
  /** Certificates are for the name that the client asks for (SNI) as well. */
  readonly namesAskedFor?: true;
  /** The user and password that our own server accepts in place of the canaries. */
  readonly account?: Pick<Account, 'user' | 'password'> | { readonly isAnyone: true };
  /** Mailboxes that every connection sees, and that mails are delivered into; a mailbox each by default. */
  readonly mail?: MailHost;
  /** A connection has put a mail into `mail`. */
  readonly onMailTaken?: (id: number) => void;
  /** What our own server refuses although it would go well. */
  readonly refusal?: ServerSettings['refusal'];
  /** Where nothing is changed, logins and mail are taken in clear too; refused by default. */
  readonly plaintext?: 'served';
  /** What the certificates are for, where clients know the endpoint by other names than the site's. */
  readonly names?: EndpointNames;
  /** Clients at other addresses are turned away. */
  readonly allows?: (address: string) => boolean;
  /** Bytes of the client came on a connection. */
  readonly onClientBytes?: (id: number, bytes: number, inside: boolean) => void;
  /** A byte passed in either direction. */
  readonly onActivity?: () => void;
  /** A connection of the client, with its leg to the real server, has ended. */
  readonly onConnectionEnd?: (id: number) => void;
  /** Bounds of the listeners: connections served at once, and bytes kept of each. */
  readonly bounds?: Pick<ListenerOptions, 'admission' | 'linger'> & {
    /** How much of a new connection is kept. */
    readonly kept?: () => TranscriptOptions;
  };
}
