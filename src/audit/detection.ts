import { Fault } from '../fault.js';
import protocols from '../protocols/index.js';
import type { Call } from '../probes/call.js';
import type { Patience } from '../probes/call-options.js';
import { endpointText, type Listener } from '../probes/listener.js';
import { identify } from '../probes/opening.js';
import type { Gate } from './gate.js';
import { COMMON_PORTS, type WellKnownPort } from '../protocols/port-roles.js';
import { roleFor } from './plan.js';

export interface DetectionOptions {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly gate: Gate;
  readonly patience: Patience;
}

/** Finds out what a port of no known role speaks: by its greeting, or, if it says nothing, by a TLS handshake first. */
export const detect = async (options: DetectionOptions): Promise<Listener> => {
  const { hint, greeting, reply } = options.patience;
  // Some make strangers wait for their greeting; they are given that time only when TLS did not answer either.
  return (
    (await listen(options, 'starttls', hint)) ??
    (await listen(options, 'implicit', Math.min(greeting, reply))) ??
    (await listen(options, 'starttls', greeting)) ??
    missing(options)
  );
};

/** Why a port of no known role is not audited at depth `quick`: finding out what it speaks takes several connections. */
export const unnamed = ({ host, port }: { readonly host: string; readonly port: number }): Fault => {
  const where = endpointText(host, port);
  return new Fault(
    'UNREACHABLE',
    `${where} is no usual mail port, and --depth quick makes one connection only; name the protocol, as in imaps://${where}`,
  );
};

const listen = async (
  options: DetectionOptions,
  tls: Listener['tls'],
  timeout: number,
): Promise<Listener | undefined> => {
  const { host, address, port, gate, patience } = options;
  const provisional: Listener = { host, address, port, role: ANY.role, protocol: ANY.protocol, tls };
  const protocol = protocols[ANY.protocol];
  const call = await gate.dial(0, { listener: provisional, protocol, patience, servername: host });
  try {
    if (tls === 'implicit' && !(await call.secure()).peer.completed) return undefined;
    const service = await greeter(call, timeout);
    if (service === undefined) return undefined;
    const role = service.speaks === 'unknown' ? undefined : roleFor(service.speaks, tls, port);
    if (role === undefined)
      throw new Fault(
        'UNREACHABLE',
        `${endpointText(host, port)} speaks ${service.service}: not a mail protocol that waxseal audits`,
      );
    return { host, address, port, ...role };
  } finally {
    call.close();
  }
};

const greeter = async (call: Call, timeout: number): Promise<ReturnType<typeof identify>> => {
  const { bytes } = await call.peek(timeout);
  return bytes.length === 0 ? undefined : (identify(bytes) ?? { speaks: 'unknown', service: 'something' });
};

const missing = ({ host, port }: DetectionOptions): never => {
  throw new Fault(
    'UNREACHABLE',
    `${endpointText(host, port)} says nothing, in clear or inside TLS; name its protocol, as in imap://${endpointText(host, port)}`,
  );
};

/** Something to call it until it is known: nothing is said before the server speaks. */
const [ANY] = COMMON_PORTS as readonly [WellKnownPort, ...WellKnownPort[]];
