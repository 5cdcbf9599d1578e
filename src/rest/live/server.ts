import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Fault } from '../../fault.js';
import { isCrossSite, isEqualToken, isLoopbackName } from '../../serving/http-guard.js';
import { hostPort } from '../../wire/host-port.js';
import type { LiveView } from './view.js';

/** The live view over HTTP, on loopback. */
export interface LiveServer extends AsyncDisposable {
  /** With the token in it; ends in `/`. */
  readonly url: string;
}

/** Starts it on a port, 0 for a free one; throws `CANNOT_BIND`. */
export const startLiveServer = async (view: LiveView, port: number): Promise<LiveServer> => {
  const token = randomBytes(24).toString('hex');
  const server = createServer(LIMITS, (request, response) => {
    answer(view, token, request, response).catch(() => {
      response.destroy();
    });
  });
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new Fault(
          'CANNOT_BIND',
          `cannot serve the live view on ${hostPort(LOOPBACK, port)} (${error.code ?? error.message}); choose another --ui port, or 0 for a free one`,
          { cause: error },
        ),
      );
    });
    server.listen({ host: LOOPBACK, port }, resolve);
  });
  const { port: number } = server.address() as AddressInfo;
  return {
    url: `http://${hostPort(LOOPBACK, number)}/${token}/`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        view.end();
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
};

/**
 * Answers pages of this machine that know the token. A page of somebody else’s learns nothing: neither by a name that was made to point
 * here (DNS rebinding), nor by asking from its own origin, nor by guessing.
 */
const answer = async (
  view: LiveView,
  token: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const { method = 'GET', url = '/', headers } = request;
  const [, given = '', path = ''] = /^\/([0-9a-f]{1,64})\/([a-z]{0,20})$/.exec(url.split('?')[0] ?? '') ?? [];
  if (!isLoopbackName(headers.host)) refuse(response, 403, 'requests for another host than localhost are refused');
  else if (isCrossSite(headers)) refuse(response, 403, 'requests of other web pages are refused');
  else if (!isEqualToken(given, token))
    refuse(response, 404, 'open the address that waxseal printed: it holds a token');
  else if (path === 'scenario' && method === 'POST') await switched(view, request, response);
  else if (method !== 'GET' || !['', 'events'].includes(path)) refuse(response, 404, 'there is nothing here');
  else if (path === 'events') view.open(response);
  else
    response
      .writeHead(200, {
        ...GUARDS,
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': view.policy,
      })
      .end(view.page);
};

const switched = async (view: LiveView, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > LONGEST_BODY) {
      refuse(response, 413, 'the request is too long');
      return;
    }
  }
  if (view.choose(text.trim())) response.writeHead(204, GUARDS).end();
  else refuse(response, 400, 'there is no such scenario here');
};

const refuse = (response: ServerResponse, status: number, text: string): void => {
  response
    .writeHead(status, { ...GUARDS, 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
    .end(`${text}\n`);
};

const GUARDS = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};
const LOOPBACK = '127.0.0.1';
/** Milliseconds, and bytes of a header. */
const LIMITS = { headersTimeout: 5000, requestTimeout: 10_000, keepAliveTimeout: 5000, maxHeaderSize: 16_384 };
const MOST_CONNECTIONS = 50;
const LONGEST_BODY = 1000;
