import type { Server } from 'node:http';
import { Fault } from '../fault.js';
import { hostPort } from '../wire/host-port.js';

/** Where a server of ours listens, in the words of its user. */
interface Binding {
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  /** Behind `cannot`: `serve HTTP`. */
  readonly task: string;
  /** Behind `choose`: `another --http port, or 0 for a free one`. */
  readonly instead: string;
}

/** Resolves when the server listens; throws `CANNOT_BIND`. */
export const bound = (server: Server, { host, port, task, instead }: Binding): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const problem =
        error.code === 'EADDRINUSE'
          ? `${hostPort(host, port)} is in use by another program`
          : `cannot ${task} on ${hostPort(host, port)} (${error.code ?? error.message})`;
      reject(new Fault('CANNOT_BIND', `${problem}; choose ${instead}`, { cause: error }));
    });
    server.listen({ host, port }, () => {
      resolve();
    });
  });

/** Resolves when no connection is left; those that are open are closed. */
export const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });

/** Headers of every answer: it is kept nowhere, taken for nothing else, and shown in no page of somebody else’s. */
export const GUARDS = {
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};
