import { COMMON_PORTS, portOf, WELL_KNOWN_PORTS, type WellKnownPort } from '../protocols/port-roles.js';
import type { Opening } from '../probes/opening.js';
import type { Listener } from '../probes/listener.js';
import type { Target } from '../targets/target.js';

/** One thing to try on one address: a listener, or a port of which it is not known yet what it speaks. */
export type Candidate =
  | {
      readonly kind: 'listener';
      readonly listener: Listener;
      readonly target: Target;
      /** A refused port is a fact, not a fault. */ readonly optional: boolean;
    }
  | {
      readonly kind: 'unknown';
      readonly host: string;
      readonly address: string;
      readonly port: number;
      readonly target: Target;
    };

/** What a target means on one of its addresses. */
export const candidates = (target: Target, address: string): Candidate[] => {
  const { host, port, role } = target;
  const listener = (known: WellKnownPort, at: number): Listener => ({
    host,
    address,
    port: at,
    role: known.role,
    protocol: known.protocol,
    tls: known.tls,
  });
  if (role !== undefined) {
    const known = portOf(role);
    return [{ kind: 'listener', listener: listener(known, port ?? known.port), target, optional: false }];
  }
  if (port === undefined)
    return COMMON_PORTS.map((known) => ({
      kind: 'listener',
      listener: listener(known, known.port),
      target,
      optional: true,
    }));
  const usual =
    WELL_KNOWN_PORTS.find((known) => known.port === port) ??
    WELL_KNOWN_PORTS.find(({ alternatives = [] }) => alternatives.includes(port));
  return [
    usual === undefined
      ? { kind: 'unknown', host, address, port, target }
      : { kind: 'listener', listener: listener(usual, port), target, optional: false },
  ];
};

/** What is really spoken on a port whose listener turned out to be something else; undefined where it is no mail service. */
export const otherListener = (listener: Listener, opening: Opening): Listener | undefined => {
  const found = spokenInstead(listener, opening);
  return found === undefined ? undefined : { ...listener, ...found };
};

/** The role of what greets like this on a port of no known role. */
export const roleFor = (
  protocol: Listener['protocol'],
  tls: Listener['tls'],
  port: number,
): Pick<Listener, 'role' | 'protocol' | 'tls'> | undefined => {
  // A port that is not 25 takes no mail from strangers: SMTP there is submission.
  const known = WELL_KNOWN_PORTS.find(
    (each) => each.protocol === protocol && each.tls === tls && (each.login || each.port === port),
  );
  return known && { role: known.role, protocol, tls };
};

const spokenInstead = (
  listener: Listener,
  opening: Opening,
): Pick<Listener, 'role' | 'protocol' | 'tls'> | undefined => {
  switch (opening.kind) {
    case 'tls-at-once':
      return roleFor(listener.protocol, 'implicit', listener.port);
    case 'plaintext':
    case 'foreign':
      return opening.speaks === 'unknown' ? undefined : roleFor(opening.speaks, 'starttls', listener.port);
    default:
      return undefined;
  }
};
