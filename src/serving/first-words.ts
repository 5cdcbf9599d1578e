import type { Socket } from 'node:net';
import { portRoleOf } from '../clients/driver.js';
import { identify } from '../probes/opening.js';
import protocols from '../protocols/index.js';
import { PROTOCOL_NAMES } from '../protocols/names.js';
import { WELL_KNOWN_PORTS } from '../protocols/port-roles.js';
import type { PortRole, ProtocolName, TlsMode } from '../protocols/protocol.js';
import { parseClientHello } from '../tls/client-hello.js';
import { afterSilence } from '../wire/silence.js';

/** Who spoke first on a connection that is passed on, and what. */
export interface FirstWords {
  readonly from: 'client' | 'server' | 'nobody';
  readonly bytes: Buffer;
}

/** What a connection turned out to carry. */
export type Spoken =
  | { readonly is: 'mail'; readonly protocol: ProtocolName; readonly tls: TlsMode; readonly portRole: PortRole }
  /** `why` completes "… is passed on untouched:". */
  | { readonly is: 'other'; readonly why: string };

/**
 * Protocol and TLS mode of a connection, by the server's port and by who speaks first: with STARTTLS the server greets, with implicit
 * TLS the client begins with its ClientHello. Undefined while more must come.
 */
export const spokenOn = (port: number, { from, bytes }: FirstWords): Spoken | undefined => {
  const known = WELL_KNOWN_PORTS.find((each) => each.port === port || each.alternatives?.includes(port) === true);
  const mail = (protocol: ProtocolName, tls: TlsMode): Spoken => ({
    is: 'mail',
    protocol,
    tls,
    portRole: known?.protocol === protocol && known.tls === tls ? known.role : portRoleOf(protocol, tls),
  });
  if (from === 'nobody') return { is: 'other', why: 'neither side said anything' };
  if (from === 'server') {
    const greeting = identify(bytes, known && protocols[known.protocol]);
    if (greeting === undefined) return undefined;
    if (greeting.speaks !== 'unknown') return mail(greeting.speaks, 'starttls');
    return {
      is: 'other',
      why:
        known === undefined ? `the server speaks ${greeting.service}` : `no mail server answers (${greeting.service})`,
    };
  }
  const hello = parseClientHello(bytes);
  if (hello === 'incomplete') return undefined;
  if (hello === 'not-tls')
    return { is: 'other', why: `the client speaks first, and not TLS${known === undefined ? '' : ', on a mail port'}` };
  const named = PROTOCOL_NAMES.find((name) => hello.alpn.includes(name));
  const protocol = known?.protocol ?? named;
  return protocol === undefined
    ? { is: 'other', why: 'TLS on a port that is not known for mail' }
    : mail(protocol, 'implicit');
};

/** What was heard on a connection until it was known what it carries; the sockets are paused. */
export interface Heard {
  readonly spoken: Spoken;
  readonly client: Buffer;
  readonly server: Buffer;
}

/** Listens to both sides until it is known what they speak, or one of them ends. */
export const firstWords = (client: Socket, server: Socket, port: number, timeout: number): Promise<Heard> =>
  new Promise((resolve) => {
    const said = { client: [] as Buffer[], server: [] as Buffer[] };
    let first: 'client' | 'server' | undefined;
    let size = 0;
    const look = (): void => {
      const words: FirstWords = {
        from: first ?? 'nobody',
        bytes: first === undefined ? NOTHING : Buffer.concat(said[first]),
      };
      const spoken = spokenOn(port, words) ?? (size > MOST_BYTES ? UNKNOWN : undefined);
      if (spoken !== undefined) conclude(spoken);
    };
    const hear =
      (from: 'client' | 'server') =>
      (bytes: Buffer): void => {
        first ??= from;
        said[from].push(bytes);
        size += bytes.length;
        look();
      };
    const listeners = [
      { socket: client, data: hear('client') },
      { socket: server, data: hear('server') },
    ];
    const over = (): void => {
      conclude(first === undefined ? SILENT : UNKNOWN);
    };
    const callOff = afterSilence(timeout, over);
    const conclude = (spoken: Spoken): void => {
      callOff();
      for (const { socket, data } of listeners) {
        socket.pause();
        socket.off('data', data).off('end', over).off('close', over);
      }
      resolve({ spoken, client: Buffer.concat(said.client), server: Buffer.concat(said.server) });
    };
    for (const { socket, data } of listeners) socket.on('data', data).on('end', over).on('close', over).resume();
    if (client.destroyed || server.destroyed) over();
  });

const NOTHING = Buffer.alloc(0);
const SILENT: Spoken = { is: 'other', why: 'neither side said anything' };
const UNKNOWN: Spoken = { is: 'other', why: 'its protocol is unknown' };
/** Of both sides together, until it is known what they speak. */
const MOST_BYTES = 64 * 1024;
