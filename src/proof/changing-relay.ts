import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Party } from '../wire/entry.js';
import type { ConnectionRecord } from '../verdict/visit.js';

/** A relay to a server of ours that changes what the server says first, and keeps what passed on the server's side of it. */
export interface ChangingRelay extends AsyncDisposable {
  readonly port: number;
  /** The record of a connection to the relay as it was beyond it; of others, the record itself. */
  readonly beyond: (record: ConnectionRecord) => ConnectionRecord;
}

/** Opens a relay on a free port of loopback to a port of 127.0.0.1. */
export const changingRelay = async (target: number, change: (first: Buffer) => Buffer): Promise<ChangingRelay> => {
  /** What the server said first, by connection in order. */
  const first: Buffer[] = [];
  const sockets = new Set<Socket>();
  const relay = createServer((near) => {
    const far = connect({ port: target, host: '127.0.0.1', noDelay: true });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
    }
    near.pipe(far);
    far.once('data', (bytes: Buffer) => {
      first.push(bytes);
      near.write(change(bytes));
      far.pipe(near);
    });
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  let count = 0;
  return {
    port: (relay.address() as AddressInfo).port,
    beyond: (record) => {
      const { wire } = record;
      if (record.leg !== 'server' || wire === undefined) return record;
      const said = first[count++];
      let isChanged = false;
      const original = (piece: { readonly at: number; readonly from: Party; readonly data: string }) => {
        if (isChanged || piece.from !== 'server' || said === undefined) return piece;
        isChanged = true;
        return { ...piece, data: said.toString('latin1') };
      };
      return { ...record, wire: { ...wire, bytes: wire.bytes.map(original) } };
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      relay.close();
      await once(relay, 'close');
    },
  };
};
