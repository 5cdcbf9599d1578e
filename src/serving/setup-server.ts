import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostPort } from '../wire/host-port.js';
import { bound, closed } from './http-server.js';
import { setupDocuments, type Setup } from './setup-documents.js';

/** A small web server from which clients take the CA and their settings. */
export interface SetupServer extends AsyncDisposable {
  readonly url: string;
  stop(): Promise<void>;
}

export interface SetupServerOptions {
  readonly setup: Setup;
  /** The name or address that clients reach it by. */
  readonly host: string;
  readonly addresses: readonly [string, ...string[]];
  /** 0 for any free one. */
  readonly port: number;
  /** Clients at other addresses are turned away. */
  readonly allows?: (address: string) => boolean;
}

/** Starts it; throws `CANNOT_BIND`. */
export const startSetupServer = async ({
  setup,
  host,
  addresses: [first, ...more],
  port,
  allows,
}: SetupServerOptions): Promise<SetupServer> => {
  const documents = new Map(setupDocuments(setup).map((document) => [document.path, document]));
  const made = (): Server => {
    const server = createServer(LIMITS, ({ method, url = '' }, response) => {
      const [path = ''] = url.split('?');
      const found = documents.get(path);
      if (method !== 'GET' && method !== 'HEAD') response.writeHead(405, { allow: 'GET, HEAD' }).end();
      else if (found === undefined) response.writeHead(404).end();
      else
        response
          .writeHead(200, {
            'content-type': found.type,
            'content-length': Buffer.byteLength(found.body),
            'cache-control': 'no-store',
            'x-content-type-options': 'nosniff',
          })
          .end(method === 'GET' ? found.body : undefined);
    });
    server.maxConnections = MOST_CONNECTIONS;
    server.on('connection', (socket) => {
      if (allows?.(socket.remoteAddress ?? '') === false) socket.destroy();
    });
    return server;
  };
  const listening = async (address: string, on: number): Promise<Server> => {
    const server = made();
    await bound(server, { host: address, port: on, task: 'serve settings', instead: 'another --setup-port' });
    return server;
  };
  const server = await listening(first, port);
  const { port: number } = server.address() as AddressInfo;
  const servers = [server];
  // One address is enough where there is no IPv6.
  for (const address of more)
    await listening(address, number).then(
      (another) => servers.push(another),
      () => undefined,
    );
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((each) => closed(each)));
  };
  return { url: `http://${hostPort(host, number)}/`, stop, [Symbol.asyncDispose]: stop };
};

/** Milliseconds, and bytes of a header. */
const LIMITS = { headersTimeout: 5000, requestTimeout: 5000, keepAliveTimeout: 1000, maxHeaderSize: 8192 };
const MOST_CONNECTIONS = 50;
