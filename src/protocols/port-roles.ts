import protocols from './index.js';
import { PROTOCOL_NAMES, type PortRole } from './names.js';
import type { Protocol, ProtocolName, ProtocolPort, TlsMode } from './protocol.js';

/** A well-known port with its protocol. */
export interface WellKnownPort extends ProtocolPort {
  readonly protocol: ProtocolName;
}

/** Every protocol in the order of lists. */
export const ALL_PROTOCOLS: readonly Protocol[] = PROTOCOL_NAMES.map((name) => protocols[name]);

/** Every port of every protocol. */
export const WELL_KNOWN_PORTS: readonly WellKnownPort[] = ALL_PROTOCOLS.flatMap(({ name, ports }) =>
  ports.map((port) => ({ ...port, protocol: name })),
);

/** The ports that mail servers open to clients. */
export const COMMON_PORTS: readonly WellKnownPort[] = WELL_KNOWN_PORTS.filter(({ common }) => common);

const BY_ROLE: ReadonlyMap<PortRole, WellKnownPort> = new Map(WELL_KNOWN_PORTS.map((port) => [port.role, port]));

/** The port of a role. */
export const portOf = (role: PortRole): WellKnownPort => {
  const port = BY_ROLE.get(role);
  if (port === undefined) throw new Error(`the role ${role} has no port`);
  return port;
};

/** The port that a client of the protocol is told to use: of the TLS mode where the protocol has one for it, else its first. */
export const usualPort = (protocol: ProtocolName, tls: TlsMode): WellKnownPort => {
  const usual = WELL_KNOWN_PORTS.filter((each) => each.protocol === protocol && each.usual);
  const port = usual.find((each) => each.tls === tls) ?? usual[0];
  if (port === undefined) throw new Error(`${protocol} has no usual port`);
  return port;
};

/** The names of the protocols of which something is true. */
export const protocolsWhere = (holds: (protocol: Protocol) => boolean): ProtocolName[] =>
  ALL_PROTOCOLS.filter(holds).map(({ name }) => name);
