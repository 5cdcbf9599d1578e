import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jsonText } from '../report/escape.js';
import { isEqualToken, isLoopbackName } from '../serving/http-guard.js';
import { bound, closed, GUARDS } from '../serving/http-server.js';
import { hostPort } from '../wire/host-port.js';
import type { Caller } from './caller.js';
import { errorOf, LONGEST_LINE, parsed } from './lines.js';
import { ControlError, type ControlErrorCode } from './messages.js';

/** Commands over HTTP on loopback: `POST /v1/COMMAND`, its fields as JSON, the token as `Authorization: Bearer`. */
export interface ControlServer extends AsyncDisposable {
  /** Ends in `/v1/`. */
  readonly url: string;
}

export interface ControlServerOptions {
  /** 0 for a free one. */
  readonly port: number;
  readonly token: string;
  readonly caller: Caller;
}

/** Starts it on 127.0.0.1; throws `CANNOT_BIND`. */
export const startControlServer = async ({ port, token, caller }: ControlServerOptions): Promise<ControlServer> => {
  const server = createServer(LIMITS, (request, response) => {
    answer(request, token, caller).then(
      (value) => {
        send(response, 200, { ok: true, answer: value });
      },
      (error: unknown) => {
        const { code, message } = errorOf(error);
        send(response, STATUS[code as ControlErrorCode], { ok: false, error: { code, message } });
      },
    );
  });
  server.maxConnections = MOST_CONNECTIONS;
  await bound(server, {
    host: '127.0.0.1',
    port,
    task: 'take commands',
    instead: 'another port, or http:0 for a free one',
  });
  const { port: number } = server.address() as AddressInfo;
  return {
    url: `http://${hostPort('127.0.0.1', number)}/v1/`,
    [Symbol.asyncDispose]: () => closed(server),
  };
};

const answer = async (request: IncomingMessage, token: string, caller: Caller): Promise<object> => {
  const { headers, method, url = '' } = request;
  // A page in somebody's browser has another name for us (DNS rebinding), or says where it comes from.
  if (!isLoopbackName(headers.host) || headers.origin !== undefined || headers['sec-fetch-site'] !== undefined)
    throw new ControlError('not-authorised', 'requests of web pages, and for another host than 127.0.0.1, are refused');
  const [, given = ''] = /^Bearer (\S+)$/i.exec(headers.authorization ?? '') ?? [];
  if (!isEqualToken(given, token))
    throw new ControlError('not-authorised', 'the token is missing or wrong; send it as Authorization: Bearer TOKEN');
  const [, command] = /^\/v1\/([a-z-]{1,40})$/.exec(url) ?? [];
  if (method !== 'POST' || command === undefined)
    throw new ControlError('unknown-command', 'expected POST /v1/COMMAND, such as POST /v1/hello');
  const body = await bodyOf(request);
  return caller.call(command, body.trim() === '' ? {} : parsed(body));
};

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > LONGEST_LINE)
      throw new ControlError('line-too-long', `the request is longer than ${String(LONGEST_LINE)} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const send = (response: ServerResponse, status: number, value: object): void => {
  const body = jsonText(value);
  response
    .writeHead(status, {
      ...GUARDS,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      // What is left of a request that was refused is not read.
      ...(status === 200 ? {} : { connection: 'close' }),
    })
    .end(body);
};

const STATUS: Readonly<Record<ControlErrorCode, number>> = {
  'bad-json': 400,
  'bad-request': 400,
  'line-too-long': 413,
  'not-authorised': 403,
  'unknown-command': 404,
  'unsupported-version': 400,
  'unknown-visit': 404,
  'verdict-already-given': 409,
  'too-many-visits': 429,
  'cannot-start': 503,
  internal: 500,
};
/** Milliseconds, and bytes of a header; a verdict may take long, its request may not. */
const LIMITS = { headersTimeout: 5000, requestTimeout: 10_000, keepAliveTimeout: 5000, maxHeaderSize: 8192 };
const MOST_CONNECTIONS = 500;
