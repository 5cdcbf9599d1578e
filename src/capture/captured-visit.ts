import { portOf } from '../protocols/port-roles.js';
import { canariesOf } from '../verdict/canaries.js';
import type { Visit } from '../verdict/visit.js';
import type { CapturedConnection } from './connection.js';

/**
 * A captured connection as a visit, for the judges of visits. Nothing of it is waxseal's own: no secret is a canary, and grammar
 * decides. On a port where strangers bring mail (25) encryption is opportunistic (RFC 3207 §4).
 */
export const capturedVisit = (connection: CapturedConnection, number: number): Visit => ({
  number,
  scenario: 'control',
  protocol: connection.protocol,
  tls: connection.tls,
  seat: 'middle',
  portRole: connection.portRole,
  policy: portOf(connection.portRole).tlsRequired ? 'required' : 'opportunistic',
  ownCredentials: false,
  canaries: NOBODYS,
  connections: [connection.record],
  hits: [],
  client: { how: 'ended', stdout: '', stderr: '', duration: connection.duration },
  drained: connection.end === 'closed' || connection.end === 'reset',
  faults: [],
});

const NOBODYS = canariesOf('capture', 0);
