import type { Site } from '../place/place.js';
import type { MailTask } from '../protocols/client-task.js';
import { portOf, usualPort } from '../protocols/port-roles.js';
import type { PortRole, ProtocolName, TlsMode } from '../protocols/protocol.js';
import type { ClientEnd } from '../verdict/visit.js';

/** All that a client is told for one visit; the placeholders of `waxseal test` are made of it. */
export interface ClientTask extends MailTask {
  readonly visit: number;
  /** What the visit is called in messages: the key of its case. */
  readonly name?: string;
  /** What the client is to trust instead of the session's CA, PEM. */
  readonly roots?: string;
  /** What the keeper must be told for children of this visit. */
  readonly child: Site['child'];
}

/** Something that can be started as a mail client: a command, or a function of a library. */
export interface Driver {
  /** What must be done once before the first visit; throws `CANNOT_START`. */
  prepare?(): Promise<void>;
  /** It looks names up in the hosts file of the visit; else it is given addresses. */
  readonly readsHosts?: true;
  /** Starts the client and resolves when its whole process tree has ended or its promise settled; never rejects. */
  run(task: ClientTask): Promise<ClientEnd>;
}

/** Why a client is ended that did nothing more: it counts as one that came to rest. */
export const CAME_TO_REST = Symbol('came to rest');

/** The scheme of a URL for a port role. */
export const schemeOf = (role: PortRole): string => portOf(role).scheme;

/** The port role of a protocol and TLS mode, as a client is configured. */
export const portRoleOf = (protocol: ProtocolName, tls: TlsMode): PortRole => usualPort(protocol, tls).role;
