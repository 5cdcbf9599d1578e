import { connect } from 'node:tls';
import { createServer } from 'node:tls';
import { duplexPair } from 'node:stream';

/** The bytes that a TLS 1.2 server says in a handshake up to its ServerHelloDone. */
export const serverFlight = async (cert: string, key: string): Promise<Buffer> => {
  const [client, server] = duplexPair();
  const pieces: Buffer[] = [];
  const tls = createServer({ cert, key, maxVersion: 'TLSv1.2' });
  const [near, far] = duplexPair();
  server.on('data', (bytes: Buffer) => far.write(bytes));
  far.on('data', (bytes: Buffer) => {
    pieces.push(bytes);
    server.write(bytes);
  });
  tls.emit('connection', near);
  const socket = connect({ socket: client, rejectUnauthorized: false, maxVersion: 'TLSv1.2' });
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', () => {
      resolve();
    });
    socket.once('error', reject);
  });
  socket.destroy();
  return Buffer.concat(pieces);
};
