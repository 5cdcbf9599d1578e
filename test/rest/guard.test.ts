import { expect } from 'chai';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';
import { openSite } from './site.js';
import { it } from '../support/in-turn.js';

/** Asks with headers that `fetch` would not send. */
const asked = async (
  url: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
): Promise<{
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}> => {
  const sent = request(new URL(path, url), { method, headers });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() };
};

const TOKEN = 'a-token-that-is-long-enough';

describe('who may ask the REST interface', () => {
  const rows: readonly (readonly [
    what: string,
    method: string,
    path: string,
    headers: Record<string, string>,
    status: number,
  ])[] = [
    ['a program', 'GET', '/api/v1/info', {}, 200],
    ['its own page', 'DELETE', '/api/v1/messages', { origin: 'OWN', 'sec-fetch-site': 'same-origin' }, 200],
    ['somebody who types the address', 'GET', '/', { 'sec-fetch-site': 'none' }, 200],
    ['a page whose name was made to point here', 'GET', '/api/v1/info', { host: 'evil.test' }, 403],
    ['the same with our port', 'GET', '/', { host: 'localhost.evil.test:8025' }, 403],
    ['a page of another origin', 'DELETE', '/api/v1/messages', { origin: 'http://evil.test' }, 403],
    ['a page of another port', 'PUT', '/api/v1/chaos', { origin: 'http://127.0.0.1:1' }, 403],
    ['a page without an origin', 'POST', '/api/v1/send', { origin: 'null' }, 403],
    ['a page that fetches across sites', 'GET', '/api/v1/messages', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a page of the same site', 'GET', '/api/v1/messages', { 'sec-fetch-site': 'same-site' }, 403],
    ['a page that embeds a mail', 'GET', '/api/v1/message/latest/raw', { 'sec-fetch-site': 'cross-site' }, 403],
  ];
  for (const [what, method, path, headers, status] of rows)
    it(`${what}: ${method} ${path} gets ${String(status)}`, async () => {
      await using site = await openSite();
      const own = site.http.url.slice(0, -1);
      const sent = Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, value === 'OWN' ? own : value]),
      );
      expect((await asked(site.http.url, method, path, sent)).status).to.equal(status);
    });

  it('with a token nobody gets in without it, under whatever name it is asked', async () => {
    await using site = await openSite({}, { token: TOKEN });
    const ask = async (path: string, headers: Record<string, string>): Promise<number | undefined> =>
      (await asked(site.http.url, 'GET', path, headers)).status;
    const basic = `Basic ${Buffer.from(`waxseal:${TOKEN}`).toString('base64')}`;
    expect(await ask('/api/v1/info', {})).to.equal(401);
    expect(await ask('/', {})).to.equal(401);
    expect(await ask('/api/v1/info', { authorization: 'Bearer wrong' })).to.equal(401);
    expect(await ask('/api/v1/info', { authorization: `Bearer ${TOKEN}`, host: 'waxseal:8025' })).to.equal(200);
    expect(await ask('/', { authorization: basic })).to.equal(200);
    expect(await ask('/', { authorization: basic, origin: 'http://evil.test' })).to.equal(403);
    expect(await ask('/readyz', {})).to.equal(200);
  });

  it('turns away clients at other addresses', async () => {
    await using site = await openSite({}, { allows: () => false });
    const { port } = new URL(site.http.url);
    const socket = connect({ host: '127.0.0.1', port: Number(port) });
    socket.on('error', () => undefined).write('GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    let heard = 0;
    socket.on('data', (bytes) => (heard += bytes.length));
    await once(socket, 'close');
    expect(heard).to.equal(0);
  });

  it('says in one line which port is in use', async () => {
    await using site = await openSite();
    const port = Number(new URL(site.http.url).port);
    const fault = await openSite({}, { port }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(fault).to.have.property('code', 'CANNOT_BIND');
    expect((fault as Error).message).to.equal(
      `127.0.0.1:${String(port)} is in use by another program; choose another --http port, or 0 for a free one`,
    );
  });
});

describe('what is asked wrongly', () => {
  for (const [method, path, body, status] of [
    ['GET', '/api/v1/message/nothing', undefined, 404],
    ['GET', '/api/v1/message/latest', undefined, 404],
    ['GET', '/api/v1/messages?limit=x', undefined, 400],
    ['GET', '/api/v1/search', undefined, 400],
    ['GET', '/api/v1/message/%E0%A4%A', undefined, 400],
    ['GET', '/nothing', undefined, 404],
    ['GET', '/../../etc/passwd', undefined, 404],
    ['POST', '/api/v1/messages', undefined, 405],
    ['PUT', '/api/v1/tags', '{"IDs":3}', 400],
    ['PUT', '/api/v1/messages', '{"IDs":', 400],
    ['DELETE', '/api/v1/messages', '{"IDs":"all"}', 400],
    ['PUT', '/api/v1/messages', `"${'x'.repeat(2_000_000)}"`, 413],
  ] as const)
    it(`${method} ${path} ${(body ?? '').slice(0, 20)} gets ${String(status)}`, async () => {
      await using site = await openSite();
      expect((await asked(site.http.url, method, path, {}, body)).status).to.equal(status);
    });
});

describe('the page', () => {
  it('shows hostile mail as text, and loads nothing', async () => {
    await using site = await openSite();
    const bad = '<script>alert(1)</script>"\'><img src=http://evil.test/x>';
    await site.send({
      raw: `From: ${bad} <a@lab.test>\r\nTo: b@lab.test\r\nSubject: ${bad}\r\nContent-Type: text/html\r\n\r\n${bad}\r\n`,
    });
    await site.all.served.conclude();
    const front = await asked(site.http.url, 'GET', '/');
    expect(front.text).to.include('&#60;script&#62;').and.not.include('<script').and.not.include('<img');
    expect(front.headers['content-security-policy']).to.match(/^default-src 'none'; style-src 'sha256-/);
    const [, link = ''] = /href="(\/message\/[^"]+)"/.exec(front.text) ?? [];
    const mail = await asked(site.http.url, 'GET', link);
    expect(mail.text).to.not.include('<script').and.not.include('<img');
    const [, view = ''] = /href="(\/view\/[^"]+\.html)"/.exec(mail.text) ?? [];
    const { headers } = await asked(site.http.url, 'GET', view);
    expect(headers['content-security-policy']).to.match(/^sandbox; default-src 'none'/);
    expect(front.text).to.match(/<b>safe<\/b>/);
  });
});
