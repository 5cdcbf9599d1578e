import { COMMON_PORTS, protocolsWhere, type WellKnownPort } from '../protocols/port-roles.js';
import type { PortRole, Protocol, ProtocolName } from '../protocols/protocol.js';

// Listeners for the examples of checks, chosen by what matters to the judge.

const roleWhere = (holds: (port: WellKnownPort) => boolean): PortRole => {
  const port = COMMON_PORTS.find(holds);
  if (port === undefined) throw new Error('there is no such port');
  return port.role;
};

const protocolWhere = (holds: (protocol: Protocol) => boolean): ProtocolName => {
  const [name] = protocolsWhere(holds);
  if (name === undefined) throw new Error('there is no such protocol');
  return name;
};

/** A port for a server's own users, on which it must insist on TLS. */
export const usersPort = { role: roleWhere(({ tlsRequired }) => tlsRequired) };

/** A port that strangers must be able to use. */
export const strangersPort = { role: roleWhere(({ login }) => !login) };

/** For flaws of TLS, which is the same on every port: one with STARTTLS, one with implicit TLS, one for strangers. */
export const oneOfEachKind: readonly PortRole[] = [
  strangersPort.role,
  roleWhere(({ tls, tlsRequired }) => tls === 'starttls' && tlsRequired),
  roleWhere(({ tls }) => tls === 'implicit'),
];

/** A protocol whose server speaks first after the upgrade. */
export const speakingAfterUpgrade = protocolWhere(({ speaksFirstAfterUpgrade }) => speaksFirstAfterUpgrade);

/** A protocol whose server waits for the client after the upgrade, and which has a port for implicit TLS too. */
export const silentAfterUpgrade = protocolWhere(
  ({ speaksFirstAfterUpgrade, modes }) => !speaksFirstAfterUpgrade && modes.length === 2,
);

/** A protocol whose greeting is like no other one's. */
export const taggedProtocol = protocolWhere(({ tagged }) => tagged);

/** Ports where STARTTLS begins what another port of the protocol serves inside TLS at once. */
export const rolesWithTwoDoors: readonly PortRole[] = COMMON_PORTS.filter(
  ({ protocol, tls, login }) =>
    login &&
    tls === 'starttls' &&
    COMMON_PORTS.some((other) => other.protocol === protocol && other.tls !== tls && other.login),
).map(({ role }) => role);

/** Ports where STARTTLS begins TLS, and users log in. */
export const portsWithLogin: readonly PortRole[] = COMMON_PORTS.filter(
  ({ tls, login }) => login && tls === 'starttls',
).map(({ role }) => role);

/** What a command of SMTP was answered, for examples; the code is the beginning of the text. */
export function answered(
  status: 'ok' | 'no',
  text: string,
): {
  readonly how: 'answered';
  readonly said: { readonly status: 'ok' | 'no'; readonly code: string; readonly lines: readonly { text: string }[] };
} {
  return { how: 'answered', said: { status, code: text.slice(0, 3), lines: [{ text }] } };
}
