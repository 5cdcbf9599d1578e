import { portOf } from '../protocols/port-roles.js';
import type { PortRole, ProtocolName, TlsMode } from '../protocols/protocol.js';
import { hostPort } from '../wire/host-port.js';

/** One (address, port, protocol, TLS mode) of somebody's server, and the name under which it was asked for. */
export interface Listener {
  /** The name or address that the user gave. */
  readonly host: string;
  /** The IP address that is connected to. */
  readonly address: string;
  readonly port: number;
  readonly role: PortRole;
  readonly protocol: ProtocolName;
  readonly tls: TlsMode;
}

/** `mail.example.org:143`, `[::1]:993`: an address as a person writes it. */
export const endpointText = (host: string, port: number): string => hostPort(host, port);

/** What distinguishes listeners from each other; names do not. */
export const listenerKey = ({
  address,
  port,
  protocol,
  tls,
}: Pick<Listener, 'address' | 'port' | 'protocol' | 'tls'>): string =>
  `${endpointText(address, port)} ${protocol}+${tls}`;

/** Port 25 serves strangers: it cannot insist on TLS (RFC 3207 §4). Roles that serve the server's own users must (RFC 8314 §4.1). */
export const isOpportunistic = ({ role }: Pick<Listener, 'role'>): boolean => !portOf(role).tlsRequired;
