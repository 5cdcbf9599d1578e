import type { Case } from '../cases/case.js';
import { portOf } from '../protocols/port-roles.js';
import { Contexts } from './contexts.js';
import { OpenPorts, type ListenerOf } from './open-ports.js';
import type { SceneOptions } from './scene-options.js';

/** The attacker's server in another domain, with a certificate that is good for its own name. */
export interface Stranger {
  readonly ports: OpenPorts;
  readonly contexts: Contexts;
}

/** Opens it at the client's own port; undefined where the place has no other domain. */
export const openStranger = async (
  { site, authority, handshake }: Pick<SceneOptions, 'site' | 'authority' | 'handshake'>,
  { portRole, tls }: Pick<Case, 'portRole' | 'tls'>,
  listenerOf: ListenerOf,
): Promise<Stranger | undefined> => {
  const { attacker } = site;
  if (attacker === undefined) return undefined;
  const contexts = await Contexts.issue(authority, { dns: [attacker.host], ip: [] }, ['good'], { handshake });
  const ports = new OpenPorts({ ...site, host: attacker.host, addresses: [attacker.address] }, listenerOf);
  await ports.bind({ ...portOf(portRole), tls }, 'attacker');
  return { ports, contexts };
};
