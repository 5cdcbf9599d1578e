import { expect } from 'chai';
import { request, type IncomingMessage } from 'node:http';
import { startUi, sharedMail, type Ui } from '../../src/cli/serve-ui.js';
import { serveWithMail, type RunningServer } from '../../src/serving/named-serve.js';
import type { LiveView } from '../../src/rest/live/view.js';
import { createTransport } from 'nodemailer';
import { once } from 'node:events';
import { it } from '../support/in-turn.js';

/** A live view with an SMTP server, and what a page hears from it. */
interface Lab extends AsyncDisposable {
  readonly served: RunningServer;
  readonly ui: Ui;
}

const lab = async (scenario: readonly string[]): Promise<Lab> => {
  const made: { view?: LiveView } = {};
  const mail = sharedMail();
  const served = await serveWithMail(
    {
      protocol: 'smtp',
      tls: 'starttls',
      scenario,
      rotate: 'key',
      setupPort: 0,
      onConnection: (opened) => made.view?.opened(opened),
      onVerdict: (verdict) => made.view?.judged(verdict),
      onLeak: (verdict) => made.view?.judged(verdict),
    },
    mail,
  );
  const ui = await startUi({
    port: 0,
    served,
    mail,
    startedAt: '2026-01-01T00:00:00Z',
    ca: 'ca.pem',
    hasOwnAccount: false,
  });
  made.view = ui.view;
  return {
    served,
    ui,
    [Symbol.asyncDispose]: async () => {
      await ui[Symbol.asyncDispose]();
      await served.stop();
    },
  };
};

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: IncomingMessage['headers'];
}

const ask = async (
  url: string,
  {
    method = 'GET',
    headers = {},
    body = '',
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> => {
  const sent = request(url, { method, headers }).end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode ?? 0, text, headers: response.headers };
};

/** What a page hears until something fits. */
const heard = async (
  url: string,
  isEnough: (text: string) => boolean,
  meanwhile: () => Promise<void>,
): Promise<string> => {
  const sent = request(`${url}events`).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  let acting: Promise<void> | undefined;
  for await (const chunk of response) {
    text += String(chunk);
    acting ??= meanwhile();
    if (isEnough(text)) break;
  }
  await acting;
  sent.destroy();
  return text;
};

const send = async ({ served }: Lab, more: object = {}): Promise<void> => {
  const [endpoint] = served.endpoints;
  if (endpoint === undefined) throw new Error('there is no server');
  await createTransport({
    host: '127.0.0.1',
    port: endpoint.port,
    auth: { user: endpoint.user, pass: endpoint.password },
    tls: { ca: served.ca, servername: 'localhost' },
    ...more,
  })
    .sendMail({ from: endpoint.from, to: endpoint.to, subject: '<b>hello</b> \u202e', text: 'x' })
    .catch(() => undefined);
};

describe('the live view', () => {
  const rows: readonly {
    readonly name: string;
    readonly path?: (url: string) => string;
    readonly ask?: Parameters<typeof ask>[1];
    readonly status: number;
  }[] = [
    { name: 'answers who knows the token', status: 200 },
    { name: 'refuses another token', path: (url) => url.replace(/[0-9a-f]{48}/, 'f'.repeat(48)), status: 404 },
    { name: 'refuses a request without a token', path: (url) => new URL('/', url).href, status: 404 },
    { name: 'refuses events without a token', path: (url) => new URL('/events', url).href, status: 404 },
    { name: 'refuses another host (DNS rebinding)', ask: { headers: { host: 'attacker.example' } }, status: 403 },
    { name: 'refuses another origin', ask: { headers: { origin: 'http://attacker.example' } }, status: 403 },
    { name: 'refuses an origin without a name', ask: { headers: { origin: 'null' } }, status: 403 },
    {
      name: 'refuses what browsers call cross-site',
      ask: { headers: { 'sec-fetch-site': 'cross-site' } },
      status: 403,
    },
    { name: 'refuses another method', ask: { method: 'DELETE' }, status: 404 },
    { name: 'has nothing else', path: (url) => `${url}other`, status: 404 },
    {
      name: 'switches to no scenario that is not played here',
      path: (url) => `${url}scenario`,
      ask: { method: 'POST', body: 'no-such-scenario' },
      status: 400,
    },
    {
      name: 'reads no long request',
      path: (url) => `${url}scenario`,
      ask: { method: 'POST', body: 'x'.repeat(5000) },
      status: 413,
    },
    {
      name: 'lets no other page switch',
      path: (url) => `${url}scenario`,
      ask: { method: 'POST', body: 'starttls-not-offered', headers: { origin: 'http://attacker.example' } },
      status: 403,
    },
  ];
  for (const { name, path = (url: string): string => url, ask: how, status } of rows)
    it(name, async () => {
      await using here = await lab(['control', 'starttls-not-offered']);
      const answer = await ask(path(here.ui.url), how);
      expect(answer.status).to.equal(status);
      expect(answer.headers['content-security-policy']).to.match(/^default-src 'none'/);
      expect(answer.headers['cache-control']).to.equal('no-store');
      if (status !== 200) expect(answer.text).to.not.include(here.served.endpoints[0]?.password);
    });

  it('shows accounts, files for clients and a QR code; no password of the user’s own', async () => {
    await using here = await lab(['control', 'starttls-not-offered']);
    const { text } = await ask(here.ui.url);
    const [endpoint] = here.served.endpoints;
    for (const words of [
      endpoint?.user,
      endpoint?.password,
      'mail/config-v1.1.xml',
      'ca.crt',
      'class="qr"',
      'data-scenario="starttls-not-offered"',
    ])
      expect(text).to.include(words);
    await using own = await startUi({
      port: 0,
      served: here.served,
      mail: undefined,
      startedAt: '2026-01-01T00:00:00Z',
      ca: 'ca.pem',
      hasOwnAccount: true,
    });
    expect((await ask(own.url)).text).to.not.include(endpoint?.password);
  });

  it('tells of a connection, its mail and its verdict as they happen, with what peers said escaped', async () => {
    await using here = await lab(['control', 'starttls-not-offered']);
    const text = await heard(
      here.ui.url,
      (all) => all.includes('event: connection') && all.includes('safe') && /event: mails\ndata: .*hello/.test(all),
      () => send(here, { requireTLS: true }),
    );
    expect(text).to.include('open').and.include('data-status=\\"safe\\"');
    expect(text)
      .to.not.include('<b>hello</b>')
      .and.not.match(/\u202e/);
  });

  it('plays the scenario that was clicked from the next connection on', async () => {
    await using here = await lab(['control', 'starttls-not-offered']);
    const text = await heard(
      here.ui.url,
      (all) => all.includes('data-status=\\"unsafe\\"'),
      async () => {
        await send(here);
        const { status } = await ask(`${here.ui.url}scenario`, { method: 'POST', body: 'starttls-not-offered' });
        expect(status).to.equal(204);
        await send(here);
      },
    );
    expect(text).to.include('event: playing\ndata: ["starttls-not-offered"]');
    expect(text).to.include('A careful client'.toLowerCase());
  });
});
