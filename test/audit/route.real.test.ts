import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { audit, type AuditSession } from '../../src/audit/audit.js';
import { startDovecot } from '../../src/endpoints/daemons/dovecot.js';
import { startPostfix } from '../../src/endpoints/daemons/postfix.js';
import type { RunningDaemon } from '../../src/endpoints/daemons/running-daemon.js';
import type { ForwardProxy, Route } from '../../src/probes/route.js';
import type { PortRole } from '../../src/protocols/protocol.js';
import { certificateFor } from '../endpoints/daemons/certificates.js';
import { startForeground, type ForegroundDaemon } from '../support/foreground-daemon.js';
import { rawServer } from '../support/raw-server.js';
import { requireReal, skipUnlessRequired } from '../support/real.js';

const ADDRESS = '127.0.0.2';
const LAB = '/usr/local/lib/waxseal';
const HAPROXY = `${LAB}/haproxy/usr/sbin/haproxy`;
const NGINX = `${LAB}/nginx/usr/sbin/nginx`;
const NGINX_MAIL = `${LAB}/libnginx-mod-mail/usr/lib/nginx/modules/ngx_mail_module.so`;

const dovecot = async (roles: readonly PortRole[], settings: readonly string[] = []): Promise<RunningDaemon> =>
  startDovecot({
    address: ADDRESS,
    configuration: 'good',
    certificate: (await certificateFor('good')).certificate,
    users: [{ user: 'alice', password: 'correcthorse' }],
    roles,
    settings,
  });

const portOf = ({ listeners: [listener] }: RunningDaemon): string => String(listener?.port);

const looked = async (url: string, route?: Route): Promise<AuditSession> =>
  audit([url], {
    authorities: [(await certificateFor('good')).ca],
    servername: 'mail.lab.test',
    ...(route && { route }),
  });

/** What is found, and what could not be said; nothing else is compared, since some results count connections. */
const found = ({ results, faults }: AuditSession): string[] => [
  ...faults.map(({ fault }) => fault.message),
  ...results
    .filter(({ status }) => status === 'fail' || status === 'warn' || status === 'inconclusive')
    .map(({ id, status, because }) => `${id} ${status} ${because}`),
];

const hasOpened = ({ listeners: [listener] }: AuditSession): boolean => listener?.opening?.kind === 'greeted';

describe('an audit through a proxy of others', () => {
  const proxies: readonly {
    readonly name: 'microsocks' | 'tinyproxy';
    readonly kind: ForwardProxy['kind'];
    readonly command: (folder: string, port: number) => readonly [string, ...string[]];
    readonly files?: (port: number) => Readonly<Record<string, string>>;
  }[] = [
    {
      name: 'microsocks',
      kind: 'socks5h',
      command: (_, port) => ['microsocks', '-i', ADDRESS, '-p', String(port), '-u', 'auditor', '-P', 's3cret-word'],
    },
    {
      name: 'microsocks',
      kind: 'socks5',
      command: (_, port) => ['microsocks', '-i', ADDRESS, '-p', String(port), '-u', 'auditor', '-P', 's3cret-word'],
    },
    {
      name: 'tinyproxy',
      kind: 'http',
      command: (folder) => ['tinyproxy', '-d', '-c', `${folder}/tinyproxy.conf`],
      files: (port) => ({
        'tinyproxy.conf': `Port ${String(port)}\nListen ${ADDRESS}\nTimeout 60\nMaxClients 20\nBasicAuth auditor s3cret-word\n`,
      }),
    },
  ];
  for (const { name, kind, command, files } of proxies) {
    it(`${name} (${kind}): finds what is found without it, and says when the login is wrong`, async function () {
      requireReal(this, 'dovecot', name);
      await using server = await dovecot(['imap']);
      await using proxy: ForegroundDaemon = await startForeground({
        address: ADDRESS,
        ports: 1,
        files: (_, [port = 0]) => files?.(port) ?? {},
        command: (folder, [port = 0]) => command(folder, port),
      });
      const url = `imap://${ADDRESS}:${portOf(server)}`;
      const by = (password: string): Route => ({
        proxy: { kind, host: ADDRESS, port: proxy.ports[0] ?? 0, login: { user: 'auditor', password } },
      });
      const through = await looked(url, by('s3cret-word'));
      expect(hasOpened(through)).to.equal(true);
      expect(found(through)).to.deep.equal(found(await looked(url)));
      expect(found(await looked(url, by('wrong')))[0]).to.match(
        /^the proxy 127\.0\.0\.2:\d+ refuses the user or the password/,
      );
    }).timeout(60_000);
  }
});

describe('a server that expects a header of the PROXY protocol', () => {
  for (const version of [1, 2] as const) {
    it(`Dovecot with haproxy = yes (v${String(version)})`, async function () {
      requireReal(this, 'dovecot');
      await using free = await rawServer(() => undefined, ADDRESS);
      const { port } = free;
      await free[Symbol.asyncDispose]();
      await using server = await dovecot(
        ['imap'],
        [
          'haproxy_trusted_networks = 127.0.0.0/8',
          `service imap-login {\n  inet_listener proxied {\n    port = ${String(port)}\n    haproxy = yes\n  }\n}`,
        ],
      );
      const proxied = await looked(`imap://${ADDRESS}:${String(port)}`, { header: version });
      expect(hasOpened(proxied)).to.equal(true);
      expect(found(proxied)).to.deep.equal(found(await looked(`imap://${ADDRESS}:${portOf(server)}`)));
      expect(server.log()).not.to.match(/haproxy:? .*(?:invalid|timed out)/i);
    }).timeout(60_000);

    it(`Postfix with smtpd_upstream_proxy_protocol (v${String(version)})`, async function () {
      requireReal(this, 'postfix');
      await using server = await startPostfix({
        address: ADDRESS,
        configuration: 'good',
        certificate: (await certificateFor('good')).certificate,
        users: [],
        roles: ['smtp'],
        // What waits for it to be ready sends no header.
        settings: ['smtpd_upstream_proxy_protocol = haproxy', 'smtpd_upstream_proxy_timeout = 1s'],
      });
      const proxied = await looked(`smtp://${ADDRESS}:${portOf(server)}`, { header: version });
      expect(hasOpened(proxied)).to.equal(true);
      expect(found(proxied).filter((each) => !each.startsWith('doors-'))).to.deep.equal([]);
    }).timeout(60_000);

    it(`HAProxy with accept-proxy in front of Dovecot (v${String(version)})`, async function () {
      requireReal(this, 'dovecot');
      if (!existsSync(HAPROXY)) skipUnlessRequired(this, 'haproxy missing: scripts/install-daemons');
      await using server = await dovecot(['imaps']);
      await using proxy = await startForeground({
        address: ADDRESS,
        ports: 1,
        files: (_, [port]) => ({
          'haproxy.cfg': `defaults\n  mode tcp\n  timeout connect 3s\n  timeout client 60s\n  timeout server 60s\nlisten in\n  bind ${ADDRESS}:${String(port)} accept-proxy\n  server one ${ADDRESS}:${portOf(server)}\n`,
        }),
        command: (folder) => [HAPROXY, '-db', '-f', `${folder}/haproxy.cfg`],
      });
      const proxied = await looked(`imaps://${ADDRESS}:${String(proxy.ports[0])}`, { header: version });
      expect(hasOpened(proxied)).to.equal(true);
      expect(found(proxied)).to.deep.equal(found(await looked(`imaps://${ADDRESS}:${portOf(server)}`)));
    }).timeout(60_000);

    it(`nginx with proxy_protocol (v${String(version)})`, async function () {
      for (const file of [NGINX, NGINX_MAIL])
        if (!existsSync(file)) skipUnlessRequired(this, `${file} missing: scripts/install-daemons`);
      if (process.getuid?.() !== 0) skipUnlessRequired(this, 'nginx is started by root here');
      const { certificate } = await certificateFor('good');
      await using server = await startForeground({
        address: ADDRESS,
        ports: 2,
        files: (folder, ports) => ({
          'cert.pem': certificate.certPem,
          'key.pem': certificate.keyPem,
          'nginx.conf': `
load_module ${NGINX_MAIL};
daemon off; pid ${folder}/pid; error_log stderr; user root; events { }
mail {
  server_name mail.lab.test; auth_http 127.0.0.1:1/; starttls only;
  ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem; ssl_protocols TLSv1.2 TLSv1.3;
  server { listen ${ADDRESS}:${String(ports[0])} proxy_protocol; protocol imap; }
  server { listen ${ADDRESS}:${String(ports[1])}; protocol imap; }
}
`,
        }),
        command: (folder) => [NGINX, '-p', folder, '-c', `${folder}/nginx.conf`],
      });
      const [proxied, plain] = server.ports.map((port) => `imap://${ADDRESS}:${String(port)}`);
      const session = await looked(proxied ?? '', { header: version });
      expect(hasOpened(session)).to.equal(true);
      expect(found(session)).to.deep.equal(found(await looked(plain ?? '')));
    }).timeout(60_000);
  }
});
