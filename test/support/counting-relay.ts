import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { rawServer, type RawServer } from './raw-server.js';

/** How many connections relays had at once, at most, over all their ports. */
export class Concurrency {
  most = 0;
  readonly #ports = new Set<string>();

  add(port: number): void {
    this.#ports.add(port.toString(16).toUpperCase().padStart(4, '0'));
  }

  /** Counts by the kernel's table: what the client has ended is in another state, however late its relay reads that. */
  count(): void {
    const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n');
    const open = rows.filter((row) => {
      const [, local = '', , state = ''] = row.trim().split(/\s+/);
      return state === ESTABLISHED && this.#ports.has(local.split(':')[1] ?? '');
    });
    this.most = Math.max(this.most, open.length);
  }
}

interface RelayOptions {
  readonly concurrency?: Concurrency;
  /** 127.0.0.1 unless given. */
  readonly host?: string;
  readonly onConnection?: () => void;
}

/** A relay on a free port of loopback that counts connections; those that go through several relays are counted together. */
export const countingRelay = async (
  port: number,
  { concurrency = new Concurrency(), host, onConnection }: RelayOptions = {},
): Promise<RawServer> => {
  const relay = await rawServer((socket) => {
    concurrency.count();
    onConnection?.();
    const far = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    far.on('error', () => undefined).on('close', () => socket.destroy());
    socket.on('close', () => far.destroy());
    socket.pipe(far).pipe(socket);
  }, host);
  concurrency.add(relay.port);
  return relay;
};

const ESTABLISHED = '01';
