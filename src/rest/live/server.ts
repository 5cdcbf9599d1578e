import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isCrossSite, isEqualToken, isLoopbackName } from '../../serving/http-guard.js';
import { bound, closed, GUARDS } from '../../serving/http-server.js';
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
  await bound(server, {
    host: LOOPBACK,
    port,
    task: 'serve the live view',
    instead: 'another --ui port, or 0 for a free one',
  });
  const { port: number } = server.address() as AddressInfo;
  return {
    url: `http://${hostPort(LOOPBACK, number)}/${token}/`,
    [Symbol.asyncDispose]: () => {
      view.end();
      return closed(server);
    },
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

const LOOPBACK = '127.0.0.1';
/** Milliseconds, and bytes of a header. */
const LIMITS = { headersTimeout: 5000, requestTimeout: 10_000, keepAliveTimeout: 5000, maxHeaderSize: 16_384 };
const MOST_CONNECTIONS = 50;
const LONGEST_BODY = 1000;
