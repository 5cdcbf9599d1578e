import { once } from 'node:events';
import { request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { expect } from 'chai';
import { startExporter, type Exporter } from '../../src/exporter/server.js';
import { probedBy } from '../../src/exporter/probed.js';
import { serve, type RunningServer } from '../../src/serving/named-serve.js';

/** Samples by metric and labels, as text. */
const samplesIn = (text: string): Map<string, number> =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );

interface Got {
  readonly status: number;
  readonly body: string;
}

const get = async (url: string, headers: Record<string, string> = {}): Promise<Got> => {
  const asked = request(url, { headers, agent: false });
  asked.end();
  const [response] = (await once(asked, 'response')) as [import('node:http').IncomingMessage];
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode ?? 0, body };
};

describe('waxseal export', () => {
  let server: RunningServer;
  let exporter: Exporter;
  before(async () => {
    server = await serve({ protocol: 'imap' });
    exporter = await startExporter({
      port: 0,
      allow: ['*localhost:*', '*127.0.0.1:*'],
      authorities: [server.ca],
      timeout: 5000,
      parallel: 2,
      family: 4,
      version: '1.2.3',
    });
  });
  after(async () => {
    await exporter[Symbol.asyncDispose]();
    await server.stop();
  });

  const port = (tls: string): number => server.endpoints.find((each) => each.tls === tls)?.port ?? 0;
  const probe = (query: string, headers = {}): Promise<Got> => get(`${exporter.url}probe?${query}`, headers);

  for (const [tls, query] of [
    ['implicit', (at: number) => `target=imaps://localhost:${String(at)}`],
    ['starttls', (at: number) => `target=localhost:${String(at)}&module=imap_starttls`],
  ] as const)
    it(`probes a good server (${tls}), with the names of blackbox_exporter`, async () => {
      const { status, body } = await probe(query(port(tls)));
      expect(status).to.equal(200);
      const samples = samplesIn(body);
      expect(samples.get('probe_success')).to.equal(1);
      expect(samples.get('probe_ip_protocol')).to.equal(4);
      expect(samples.get('probe_tls_version_info{version="TLS 1.3"}')).to.equal(1);
      expect(samples.get('probe_duration_seconds')).to.be.above(0);
      const days = ((samples.get('probe_ssl_earliest_cert_expiry') ?? 0) * 1000 - Date.now()) / 86_400_000;
      expect(days).to.be.within(1, 400);
      expect(samples.get('waxseal_checks{status="pass"}')).to.be.above(10);
    });

  it('is 0 for TLS in another way than asked; what a second connection would tell is inconclusive', async () => {
    const samples = samplesIn((await probe(`target=imap://localhost:${String(port('implicit'))}`)).body);
    expect(samples.get('probe_success')).to.equal(0);
    expect(samples.get('waxseal_checks{status="inconclusive"}')).to.be.above(0);
  });

  it('is 0 for an authority that nobody trusts', async () => {
    await using other = await startExporter({
      port: 0,
      allow: ['*'],
      timeout: 5000,
      parallel: 1,
      family: 4,
      version: '1',
    });
    const { body } = await get(`${other.url}probe?target=imaps://localhost:${String(port('implicit'))}`);
    expect(samplesIn(body).get('probe_success')).to.equal(0);
    expect(body).to.contain('check="certificate-untrusted"');
  });

  it('ends in the time that Prometheus gives, when a target never answers; and an aborted scrape harms nothing', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined).resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const target = `target=imaps://127.0.0.1:${String((silent.address() as AddressInfo).port)}`;
    try {
      const aborted = request(`${exporter.url}probe?${target}`, { agent: false });
      const connected = once(silent, 'connection');
      aborted.on('error', () => undefined);
      aborted.end();
      await connected;
      aborted.destroy();
      const { body } = await probe(target, { 'x-prometheus-scrape-timeout-seconds': '2.5' });
      const samples = samplesIn(body);
      expect(samples.get('probe_success')).to.equal(0);
      expect(samples.get('probe_duration_seconds')).to.be.below(2.5);
    } finally {
      silent.close();
    }
    expect((await get(`${exporter.url}-/healthy`)).status).to.equal(200);
  }).timeout(15_000);

  const refused: readonly (readonly [name: string, path: string, headers: Record<string, string>, status: number])[] = [
    ['no target', 'probe', {}, 400],
    ['a scheme of the web', 'probe?target=http://localhost/', {}, 400],
    ['an account', 'probe?target=imaps://user:secret@localhost', {}, 400],
    ['a target that --allow does not name', 'probe?target=imaps://192.0.2.1', {}, 400],
    ['an unknown module', 'probe?target=localhost:1&module=ssh', {}, 400],
    ['another name of this machine (DNS rebinding)', 'metrics', { host: 'attacker.example' }, 403],
    ['the page of another site', 'metrics', { 'sec-fetch-site': 'cross-site' }, 403],
    ['another path', 'secrets', {}, 404],
  ];
  for (const [name, path, headers, status] of refused)
    it(`refuses ${name} with ${String(status)}`, async () => {
      const got = await get(exporter.url + path, headers);
      expect(got.status).to.equal(status);
      expect(got.body).to.not.contain('secret@');
      expect(got.body.trimEnd().split('\n')).to.have.length(1);
    });

  it('without --allow connects to mail ports alone', () => {
    expect(probedBy('imaps://mail.example.org', undefined, []).target).to.equal('imaps://mail.example.org:993');
    expect(() => probedBy('imaps://mail.example.org:6379', undefined, [])).to.throw(/no mail port/);
    expect(() => probedBy('mail.example.org', undefined, [])).to.throw(/which protocol/);
  });

  it('counts its probes', async () => {
    const samples = samplesIn((await get(`${exporter.url}metrics`)).body);
    expect(samples.get('waxseal_exporter_probes_total{result="success"}')).to.equal(2);
    expect(samples.get('waxseal_exporter_info{version="1.2.3"}')).to.equal(1);
  });
});
