import { createServer, type Socket } from 'node:net';
import { connect as connectTcp } from 'node:net';
import { once } from 'node:events';
import { connect, TLSSocket, createSecureContext, type SecureContextOptions } from 'node:tls';
import { createAuthority, type Authority } from '../../src/tls/certificate-authority.js';
import type { RecipeName } from '../../src/tls/certificate-recipes.js';

/** What a real TLS session put on the wire, in order, and its keys. */
export interface TlsBytes {
  readonly bytes: readonly (readonly ['C' | 'S', Buffer])[];
  readonly keylog: string;
  readonly ca: string;
}

/** How the session goes. */
export interface TlsOrder {
  readonly version?: 'TLSv1' | 'TLSv1.2' | 'TLSv1.3';
  readonly ciphers?: string;
  readonly recipe?: RecipeName;
  /** What is said inside, in turn. */
  readonly says?: readonly (readonly ['C' | 'S', string])[];
  /** The client checks the certificate, and leaves. */
  readonly checks?: true;
  readonly servername?: string;
}

let authority: Promise<Authority> | undefined;

/** Plays a TLS session between Node's client and server on loopback, and keeps what passed. */
export const tlsBytes = async ({
  version = 'TLSv1.3',
  ciphers,
  recipe = 'good',
  says = [],
  checks,
  servername = 'mail.lab.test',
}: TlsOrder = {}): Promise<TlsBytes> => {
  const session = await (authority ??= createAuthority());
  const { certPem, keyPem } = await session.issue(recipe, { dns: ['mail.lab.test'], ip: [] });
  const bytes: (readonly ['C' | 'S', Buffer])[] = [];
  const lines: string[] = [];
  const level: SecureContextOptions = {
    minVersion: version,
    maxVersion: version,
    ciphers: ciphers ?? (version === 'TLSv1' ? 'DEFAULT@SECLEVEL=0' : 'DEFAULT'),
  };
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const relay = createServer();
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  relay.once('connection', (near: Socket) => {
    const far = connectTcp(port, '127.0.0.1');
    pass(near, far, 'C', bytes);
    pass(far, near, 'S', bytes);
  });
  const tcp = connectTcp((relay.address() as { port: number }).port, '127.0.0.1');
  const [peer] = await accepted;
  const served = new TLSSocket(peer, {
    isServer: true,
    secureContext: createSecureContext({ ...level, cert: certPem, key: keyPem }),
  });
  served.on('keylog', (line: Buffer) => lines.push(line.toString('latin1').trim()));
  served.on('error', () => undefined);
  const client = connect({
    socket: tcp,
    secureContext: createSecureContext({ ...level, ca: session.pem }),
    servername,
    rejectUnauthorized: checks === true,
  });
  const failed = new Promise<void>((resolve) => {
    client.once('error', () => {
      resolve();
    });
  });
  const secured = Promise.all([once(client, 'secureConnect'), once(served, 'secure')]).catch(() => undefined);
  await Promise.race([secured, failed]);
  if (!client.destroyed)
    for (const [side, text] of says) {
      const [from, to] = side === 'C' ? [client, served] : [served, client];
      from.write(text);
      await once(to, 'data');
    }
  const closed = Promise.all([tcp, peer].map(async (socket) => (socket.closed ? undefined : once(socket, 'close'))));
  client.end();
  served.on('end', () => served.end());
  client.resume();
  served.resume();
  if (checks === true) peer.destroy();
  await closed;
  server.close();
  relay.close();
  return { bytes, keylog: `${lines.join('\n')}\n`, ca: session.pem };
};

/** What comes from one side is kept, and passed on. */
const pass = (from: Socket, to: Socket, side: 'C' | 'S', bytes: (readonly ['C' | 'S', Buffer])[]): void => {
  from.on('data', (chunk: Buffer) => {
    bytes.push([side, Buffer.from(chunk)]);
    to.write(chunk);
  });
  from.on('end', () => to.end());
  from.on('error', () => to.destroy());
};
