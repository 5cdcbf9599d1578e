import { connect, type Socket } from 'node:net';
import { rawServer, type RawServer } from './raw-server.js';

/** One connection to a door, as it passed. */
export interface TappedConnection {
  /** What the client said (latin1). */
  said: string;
}

/** What is done to a connection in place of passing it on; connections are counted from 1. */
export type Meddle = (connection: number) => 'cut' | 'cut-at-hello' | 'mute' | 'mute-inside' | Buffer | undefined;

export interface TappedDoor extends RawServer {
  /** Every connection, in order. */
  readonly tapped: readonly TappedConnection[];
}

/** A port in front of another one that records what clients say, and spoils some connections. */
export const tappedDoor = async (to: number, meddle: Meddle = () => undefined): Promise<TappedDoor> => {
  const tapped: TappedConnection[] = [];
  const server = await rawServer((client: Socket) => {
    const record: TappedConnection = { said: '' };
    tapped.push(record);
    const how = meddle(tapped.length);
    if (how === 'cut') {
      client.destroy();
      return;
    }
    const upstream = how === 'mute' || Buffer.isBuffer(how) ? undefined : connect({ port: to, host: '127.0.0.1' });
    let pieces = 0;
    client.on('data', (bytes: Buffer) => {
      record.said += bytes.toString('latin1');
      pieces += 1;
      if (Buffer.isBuffer(how)) client.end(how);
      else if (how === 'cut-at-hello') client.destroy();
      else upstream?.write(bytes);
    });
    client.on('close', () => upstream?.destroy());
    upstream?.on('error', () => undefined);
    upstream?.on('close', () => client.destroy());
    // The client's second segment ends the handshake of TLS 1.3: what comes behind it is the greeting.
    upstream?.on('data', (bytes: Buffer) => {
      if (how !== 'mute-inside' || pieces < 2) client.write(bytes);
    });
  });
  return Object.assign(server, { tapped });
};
