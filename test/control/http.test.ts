import { request } from 'node:http';
import { expect } from 'chai';
import { Control } from '../../src/control/control.js';
import { startControlServer, type ControlServer } from '../../src/control/http.js';
import { LONGEST_LINE } from '../../src/control/lines.js';
import { it } from '../support/in-turn.js';

const TOKEN = '0123456789abcdef';

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

describe('commands over HTTP', () => {
  let control: Control;
  let server: ControlServer;

  before(async () => {
    control = await Control.open();
    server = await startControlServer({ port: 0, token: TOKEN, caller: control.caller() });
  });

  after(async () => {
    await server[Symbol.asyncDispose]();
    await control[Symbol.asyncDispose]();
  });

  const ask = ({
    method = 'POST',
    path = '/v1/hello',
    headers = {},
    body = '',
  }: Asked): Promise<{ status: number; code: string }> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(server.url);
      const asked = request(
        { hostname, port, method, path, headers: { authorization: `Bearer ${TOKEN}`, ...headers } },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          response.on('end', () => {
            const { ok, error } = JSON.parse(text) as { ok: boolean; error?: { code: string } };
            resolve({ status: response.statusCode ?? 0, code: ok ? 'ok' : (error?.code ?? '') });
          });
        },
      );
      asked.on('error', reject);
      asked.end(body);
    });

  const ROWS: readonly (Asked & { readonly name: string; readonly status: number; readonly code: string })[] = [
    { name: 'a command without fields', status: 200, code: 'ok' },
    {
      name: 'a command with fields',
      path: '/v1/list',
      body: '{"protocol":"imap","tls":"implicit"}',
      status: 200,
      code: 'ok',
    },
    { name: 'the name localhost', headers: { host: 'localhost:80' }, status: 200, code: 'ok' },
    {
      name: 'a token that is wrong',
      headers: { authorization: 'Bearer 0123456789abcdee' },
      status: 403,
      code: 'not-authorised',
    },
    { name: 'no token', headers: { authorization: '' }, status: 403, code: 'not-authorised' },
    { name: 'another scheme', headers: { authorization: `Basic ${TOKEN}` }, status: 403, code: 'not-authorised' },
    {
      name: 'another name for this host (DNS rebinding)',
      headers: { host: 'attacker.example' },
      status: 403,
      code: 'not-authorised',
    },
    {
      name: 'a name that begins like ours',
      headers: { host: '127.0.0.1.attacker.example' },
      status: 403,
      code: 'not-authorised',
    },
    {
      name: 'a page of another site',
      headers: { origin: 'https://attacker.example' },
      status: 403,
      code: 'not-authorised',
    },
    { name: 'a page without a site', headers: { origin: 'null' }, status: 403, code: 'not-authorised' },
    {
      name: 'a form of another site',
      headers: { 'sec-fetch-site': 'cross-site' },
      status: 403,
      code: 'not-authorised',
    },
    { name: 'GET', method: 'GET', status: 404, code: 'unknown-command' },
    { name: 'a path that is none', path: '/v1/../hello', status: 404, code: 'unknown-command' },
    { name: 'a command that is none', path: '/v1/nonsense', status: 404, code: 'unknown-command' },
    { name: 'half a document', path: '/v1/list', body: '{"protocol":', status: 400, code: 'bad-json' },
    {
      name: 'a field that is wrong',
      path: '/v1/list',
      body: '{"protocol":"imap","tls":"no"}',
      status: 400,
      code: 'bad-request',
    },
    { name: 'a visit that is none', path: '/v1/stop', body: '{"visit":5}', status: 404, code: 'unknown-visit' },
    {
      name: 'a body that is too long',
      path: '/v1/list',
      body: 'x'.repeat(LONGEST_LINE + 1),
      status: 413,
      code: 'line-too-long',
    },
  ];

  for (const { name, status, code, ...asked } of ROWS)
    it(`answers ${name} with ${String(status)} ${code}`, async () => {
      expect(await ask(asked)).to.deep.equal({ status, code });
    });
});
