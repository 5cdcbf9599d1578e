import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LARGEST_MESSAGE } from '../protocols/message-size.js';
import { bound, closed, GUARDS } from '../serving/http-server.js';
import { hostPort } from '../wire/host-port.js';
import { refusalOf } from './guard.js';
import { HttpError } from './http-error.js';
import { answered } from './routes.js';
import type { MailSite } from './site.js';

/** The REST interface of mails and verdicts, and its page. */
export interface RestServer extends AsyncDisposable {
  /** Ends in `/`. */
  readonly url: string;
}

export interface RestServerOptions {
  readonly site: MailSite;
  /** 0 for a free one. */
  readonly port: number;
  /** An address of this machine; loopback by default. */
  readonly listen?: string;
  /** What every request but those for health has to bring; needed where other machines may ask. */
  readonly token?: string;
  /** Clients at other addresses are turned away. */
  readonly allows?: (address: string) => boolean;
}

/** Starts it; throws `CANNOT_BIND`. */
export const startRestServer = async (options: RestServerOptions): Promise<RestServer> => {
  const { site, port, listen = '127.0.0.1', token, allows } = options;
  const server = createServer(LIMITS, (request, response) => {
    answer(site, token, request).then(
      ({ status, type, body, headers }) => {
        send(request, response, status, type, body, headers);
      },
      () => {
        send(request, response, 500, 'text/plain; charset=utf-8', 'waxseal failed; please report it', {});
      },
    );
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.on('connection', (socket) => {
    if (allows?.(socket.remoteAddress ?? '') === false) socket.destroy();
  });
  await bound(server, {
    host: listen,
    port,
    task: 'serve HTTP',
    instead: 'another --http port, or 0 for a free one',
  });
  const { port: number } = server.address() as AddressInfo;
  return {
    url: `http://${hostPort(listen, number)}/`,
    [Symbol.asyncDispose]: () => closed(server),
  };
};

interface Sent {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

const answer = async (site: MailSite, token: string | undefined, request: IncomingMessage): Promise<Sent> => {
  const { method = 'GET', url = '/' } = request;
  const refused = (status: number, body: string, headers = {}): Sent => ({
    status,
    type: 'text/plain; charset=utf-8',
    body: `${body}\n`,
    headers: { connection: 'close', ...headers },
  });
  try {
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    const refusal = refusalOf(request, HEALTH.has(pathname) ? undefined : token);
    // Anyone who asks for health alone learns nothing.
    if (refusal !== undefined && !(token !== undefined && HEALTH.has(pathname)))
      return refused(
        refusal.status,
        refusal.text,
        refusal.status === 401 ? { 'www-authenticate': 'Basic realm="waxseal"' } : {},
      );
    const body = await bodyOf(request, pathname === SEND ? LONGEST_SENT : LONGEST_BODY);
    const { headers = {}, ...rest } = await answered(site, { method, path: pathname, query: searchParams, body });
    return { status: 200, ...rest, headers };
  } catch (error) {
    if (error instanceof HttpError) return refused(error.status, error.message);
    if (error instanceof TypeError && 'code' in error && error.code === 'ERR_INVALID_URL')
      return refused(400, 'the path is none');
    throw error;
  }
};

const bodyOf = async (request: IncomingMessage, longest: number): Promise<unknown> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > longest) throw new HttpError(413, `the request is longer than ${String(longest)} bytes`);
    chunks.push(chunk as Buffer);
  }
  const text = Buffer.concat(chunks).toString();
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new HttpError(400, 'the body is no JSON');
  }
};

const send = (
  { method }: IncomingMessage,
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>>,
): void => {
  response
    .writeHead(status, {
      ...GUARDS,
      ...headers,
      'content-type': type,
      'content-length': Buffer.byteLength(body),
    })
    .end(method === 'HEAD' ? undefined : body);
};

const SEND = '/api/v1/send';
const HEALTH: ReadonlySet<string> = new Set(['/livez', '/readyz']);
const LONGEST_BODY = 1024 * 1024;
/** Base64 takes a third more. */
const LONGEST_SENT = 2 * LARGEST_MESSAGE;
/** Milliseconds, and bytes of a header. */
const LIMITS = { headersTimeout: 5000, requestTimeout: 30_000, keepAliveTimeout: 5000, maxHeaderSize: 16_384 };
const MOST_CONNECTIONS = 200;
