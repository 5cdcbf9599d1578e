import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { startDovecot } from '../../src/endpoints/daemons/dovecot.js';
import type { PortRole } from '../../src/protocols/protocol.js';
import { audit } from '../../src/audit/audit.js';
import { certificateFor } from '../endpoints/daemons/certificates.js';
import { startForeground, type ForegroundOptions } from '../support/foreground-daemon.js';
import { requireReal, skipUnlessRequired } from '../support/real.js';

// Servers and proxies that waxseal has no launcher for: what is found of each listener, and nothing else.

const LAB = '/usr/local/lib/waxseal';
const ADDRESS = '127.0.0.2';

/** A listener: how it is named, its configuration, and what is found; words where the reason matters. */
interface Row<Configuration> {
  readonly title: string;
  readonly role: PortRole;
  readonly configuration: Configuration;
  readonly found: Readonly<Record<string, string | RegExp>>;
}

interface Server<Configuration> {
  readonly programs: readonly string[];
  readonly start: (
    rows: readonly Row<Configuration>[],
  ) => Pick<ForegroundOptions, 'files' | 'command' | 'env'> & Partial<Pick<ForegroundOptions, 'owned'>>;
  readonly rows: readonly Row<Configuration>[];
}

const found = async (url: string, ca: string): Promise<Readonly<Record<string, string>>> => {
  const { results, faults } = await audit([url], { authorities: [ca], servername: 'mail.lab.test' });
  expect(faults.map(({ fault }) => fault.message)).to.deep.equal([]);
  return Object.fromEntries(
    results
      .filter(({ status }) => status === 'fail' || status === 'warn' || status === 'inconclusive')
      .map(({ id, status, because }) => [id, `${status}: ${because}`]),
  );
};

const audits = <Configuration>(name: string, { programs, start, rows }: Server<Configuration>): void => {
  describe(`audit of ${name}`, () => {
    it(rows.map(({ title }) => title).join('; '), async function () {
      const [absent] = programs.filter((program) => !existsSync(program));
      if (absent !== undefined) skipUnlessRequired(this, `${absent} missing: scripts/install-daemons`);
      if (process.getuid?.() !== 0) skipUnlessRequired(this, `${name} is started by root here`);
      const { certificate, ca } = await certificateFor('good');
      const { files, ...options } = start(rows);
      await using server = await startForeground({
        address: ADDRESS,
        ports: rows.length,
        ...options,
        files: (folder, ports) => ({
          'cert.pem': certificate.certPem,
          'key.pem': certificate.keyPem,
          'both.pem': `${certificate.certPem}${certificate.keyPem}`,
          'ca.pem': ca,
          ...files(folder, ports),
        }),
      });
      for (const [index, { title, role, found: expected }] of rows.entries()) {
        const told = await found(`${role}://${ADDRESS}:${String(server.ports[index])}`, ca);
        expect(Object.keys(told).sort(), title).to.deep.equal(Object.keys(expected).sort());
        for (const [id, wanted] of Object.entries(expected))
          expect(told[id], title).to.match(typeof wanted === 'string' ? new RegExp(`^${wanted}: `) : wanted);
      }
    }).timeout(90_000);
  });
};

const CLEAR_LOGINS = { 'login-accepted-before-tls': 'fail', 'login-offered-before-tls': 'fail' };
const PARAMETER = { 'starttls-parameter': 'warn' };
/** What is said inside TLS, where only clients with a certificate hear it. */
const BEHIND_CERTIFICATE = Object.fromEntries(
  ['capabilities-after-tls', 'channel-binding-missing', 'outdated-logins', 'starttls-twice', 'version-in-banner'].map(
    (id) => [id, /^inconclusive: not tried: the server s.*certificate/],
  ),
);
const OLD = { 'tls-1-0-accepted': 'fail', 'tls-1-1-accepted': 'fail' };

audits('nginx, the mail proxy', {
  programs: [`${LAB}/nginx/usr/sbin/nginx`, `${LAB}/libnginx-mod-mail/usr/lib/nginx/modules/ngx_mail_module.so`],
  start: (rows: readonly Row<{ readonly listen?: string; readonly more: string }>[]) => ({
    files: (folder, ports) => ({
      'nginx.conf': `
load_module ${LAB}/libnginx-mod-mail/usr/lib/nginx/modules/ngx_mail_module.so;
daemon off; pid ${folder}/pid; error_log stderr; user root; events { }
mail {
  server_name mail.lab.test; auth_http 127.0.0.1:1/;
  ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem; ssl_protocols TLSv1.2 TLSv1.3;
  ${rows.map(({ role, configuration: { listen = '', more } }, index) => `server { listen ${ADDRESS}:${String(ports[index])} ${listen}; protocol ${PROXIED[role] ?? ''}; ${more.replaceAll('FOLDER', folder)} }`).join('\n  ')}
}
`,
    }),
    command: (folder) => [`${LAB}/nginx/usr/sbin/nginx`, '-p', folder, '-c', `${folder}/nginx.conf`],
  }),
  rows: [
    {
      title: 'starttls on',
      role: 'submission',
      configuration: { more: 'starttls on;' },
      found: { ...CLEAR_LOGINS, ...PARAMETER },
    },
    { title: 'starttls only', role: 'imap', configuration: { more: 'starttls only;' }, found: PARAMETER },
    {
      title: 'starttls off',
      role: 'pop3',
      configuration: { more: 'starttls off;' },
      found: { ...CLEAR_LOGINS, 'starttls-not-advertised': 'fail' },
    },
    {
      title: 'a client certificate is wanted, and said so inside TLS',
      role: 'imaps',
      configuration: { listen: 'ssl', more: 'ssl_verify_client on; ssl_client_certificate FOLDER/ca.pem;' },
      found: BEHIND_CERTIFICATE,
    },
    {
      title: 'a header of the PROXY protocol is wanted',
      role: 'submission',
      configuration: { listen: 'proxy_protocol', more: 'starttls only;' },
      found: { 'port-mismatch': /^inconclusive: .*PROXY protocol/ },
    },
  ],
});

const PROXIED: Partial<Record<PortRole, string>> = { submission: 'smtp', imap: 'imap', imaps: 'imap', pop3: 'pop3' };

audits('stunnel', {
  programs: [`${LAB}/stunnel4/usr/bin/stunnel4`],
  start: (rows: readonly Row<string>[]) => ({
    files: (folder, ports) => ({
      'stunnel.conf': [
        `foreground = yes\npid =\nsyslog = no\n`,
        ...rows.map(
          ({ configuration }, index) =>
            `[${String(index)}]\naccept = ${ADDRESS}:${String(ports[index])}\nconnect = 127.0.0.1:1\ncert = ${folder}/both.pem\n${configuration.replaceAll('FOLDER', folder)}\n`,
        ),
      ].join('\n'),
    }),
    command: (folder) => [`${LAB}/stunnel4/usr/bin/stunnel4`, `${folder}/stunnel.conf`],
  }),
  rows: [
    {
      title: 'nothing behind it',
      role: 'imaps',
      configuration: '',
      found: {
        'port-mismatch': /^inconclusive: the server completes the TLS handshake and then closes the connection/,
      },
    },
    {
      title: 'a client certificate is wanted',
      role: 'imaps',
      configuration: 'CAfile = FOLDER/ca.pem\nverifyChain = yes',
      found: BEHIND_CERTIFICATE,
    },
  ],
});

const COURIER = `${LAB}/courier-imap/usr/lib/courier/courier/imaplogin`;
const COURIER_POP3 = `${LAB}/courier-pop/usr/lib/courier/courier/courierpop3login`;

audits('Courier, without its authdaemond', {
  programs: [COURIER, COURIER_POP3, `${LAB}/courier-base/usr/sbin/couriertcpd`],
  start: (rows: readonly Row<{ readonly tlsRequired: 0 | 1 }>[]) => ({
    files: (folder, ports) => ({
      'run.sh': [
        `export LD_LIBRARY_PATH=$(dirname "$(find ${LAB}/courier-authlib -name libcourierauth.so.0)")`,
        `export COURIERTLS=${LAB}/courier-base/usr/bin/couriertls TLS_CERTFILE=${folder}/both.pem TLS_VERIFYPEER=NONE`,
        'export IMAP_CAPABILITY="IMAP4rev1" IMAP_CAPABILITY_TLS="IMAP4rev1 AUTH=PLAIN" POP3AUTH_TLS=PLAIN',
        'export IMAP_STARTTLS=YES POP3_STARTTLS=YES',
        ...rows.map(({ role, configuration: { tlsRequired } }, index) => {
          const login = role === 'imap' ? `${COURIER} /bin/false` : `${COURIER_POP3} /bin/false`;
          return `IMAP_TLS_REQUIRED=${String(tlsRequired)} POP3_TLS_REQUIRED=${String(tlsRequired)} ${LAB}/courier-base/usr/sbin/couriertcpd -address=${ADDRESS} -maxprocs=40 -maxperip=40 -nodnslookup -noidentlookup ${String(ports[index])} ${login} Maildir & pids="$pids $!"`;
        }),
        // couriertcpd makes a process group of its own.
        "trap 'kill $pids' TERM",
        'wait',
        'wait',
      ].join('\n'),
    }),
    command: (folder) => ['/bin/sh', `${folder}/run.sh`],
  }),
  rows: [
    {
      title: 'TLS optional, IMAP: LOGIN ends in an emergency, AUTHENTICATE asks for the secret',
      role: 'imap',
      configuration: { tlsRequired: 0 },
      found: { ...CLEAR_LOGINS, ...PARAMETER, ...OLD },
    },
    { title: 'TLS required, IMAP', role: 'imap', configuration: { tlsRequired: 1 }, found: { ...PARAMETER, ...OLD } },
    {
      title: 'TLS required, POP3: commands from before TLS are executed inside it (CVE-2021-38084)',
      role: 'pop3',
      configuration: { tlsRequired: 1 },
      found: {
        ...PARAMETER,
        ...OLD,
        'login-offered-before-tls': 'warn',
        'injection-full-line': 'fail',
        'injection-partial-line': 'fail',
      },
    },
  ],
});

const PYTHON = '/usr/bin/python3';
const MODULES = '/usr/lib/python3/dist-packages';

audits('aiosmtpd', {
  programs: [PYTHON, `${MODULES}/aiosmtpd`],
  start: (rows: readonly Row<string>[]) => ({
    files: (folder, ports) => ({
      'server.py': [
        'import asyncio, ssl',
        'from aiosmtpd.smtp import SMTP, AuthResult',
        'class Handler:',
        '    async def handle_PROXY(self, *given): return True',
        'context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)',
        `context.load_cert_chain('${folder}/cert.pem', '${folder}/key.pem')`,
        'no = lambda *given: AuthResult(success=False, handled=False)',
        'async def serve():',
        '    loop = asyncio.get_running_loop()',
        ...rows.map(
          ({ role, configuration }, index) =>
            `    await loop.create_server(lambda: SMTP(Handler(), hostname='mail.lab.test', ${configuration}), '${ADDRESS}', ${String(ports[index])}${role === 'submissions' ? ', ssl=context' : ''})`,
        ),
        '    await asyncio.Event().wait()',
        'asyncio.run(serve())',
      ].join('\n'),
    }),
    command: (folder) => [PYTHON, `${folder}/server.py`],
  }),
  rows: [
    {
      title: 'STARTTLS required',
      role: 'submission',
      configuration: 'tls_context=context, require_starttls=True, authenticator=no, auth_require_tls=True',
      found: { 'starttls-twice': 'fail' },
    },
    {
      title: 'nothing required',
      role: 'submission',
      configuration: 'tls_context=context, authenticator=no, auth_require_tls=False',
      found: { ...CLEAR_LOGINS, 'mail-accepted-before-tls': 'fail', 'starttls-twice': 'fail' },
    },
    {
      title: 'implicit TLS',
      role: 'submissions',
      configuration: 'authenticator=no, auth_require_tls=False',
      found: {},
    },
    {
      title: 'a header of the PROXY protocol is wanted',
      role: 'submission',
      configuration: 'tls_context=context, proxy_protocol_timeout=5.0',
      found: { 'port-mismatch': /^inconclusive: .*PROXY protocol/ },
    },
  ],
});

audits('Twisted', {
  programs: [PYTHON, `${MODULES}/twisted/mail`],
  start: (rows: readonly Row<string>[]) => ({
    files: (folder, ports) => ({
      'server.py': [
        'from twisted.internet import protocol, reactor, ssl',
        'from twisted.mail import imap4, smtp',
        'from twisted.cred import checkers, portal',
        `context = ssl.DefaultOpenSSLContextFactory('${folder}/key.pem', '${folder}/cert.pem')`,
        'class Realm:',
        '    def requestAvatar(self, *given): raise NotImplementedError',
        'users = portal.Portal(Realm())',
        "users.registerChecker(checkers.InMemoryUsernamePasswordDatabaseDontUse(alice=b'x'))",
        'class Factory(protocol.Factory):',
        '    def __init__(self, made): self.made = made',
        '    def buildProtocol(self, address):',
        "        made = self.made(chal={b'PLAIN': imap4.PLAINCredentials}, contextFactory=context)",
        "        made.portal, made.factory, made.host = users, self, b'mail.lab.test'",
        '        return made',
        ...rows.map(
          ({ configuration }, index) =>
            `reactor.listenTCP(${String(ports[index])}, Factory(${configuration}), interface='${ADDRESS}')`,
        ),
        'reactor.run()',
      ].join('\n'),
    }),
    command: (folder) => [PYTHON, `${folder}/server.py`],
  }),
  rows: [
    {
      title: 'IMAP: commands from before TLS are executed inside it',
      role: 'imap',
      configuration: 'imap4.IMAP4Server',
      found: { ...CLEAR_LOGINS, 'injection-full-line': 'fail', 'injection-partial-line': 'fail' },
    },
  ],
});

describe('audit of HAProxy that ends TLS', () => {
  const HAPROXY_DEFAULTS = `
defaults
  mode tcp
  timeout connect 3s
  timeout client 60s
  timeout server 60s
`;
  const HAPROXY = `${LAB}/haproxy/usr/sbin/haproxy`;
  it('in front of Dovecot: nobody can log in; of two servers one has no STARTTLS: it flaps', async function () {
    requireReal(this, 'dovecot');
    if (!existsSync(HAPROXY)) skipUnlessRequired(this, 'haproxy missing: scripts/install-daemons');
    const { certificate, ca } = await certificateFor('good');
    const dovecot = async (configuration: 'good' | 'no-tls') =>
      startDovecot({
        address: ADDRESS,
        configuration,
        certificate,
        users: [{ user: 'alice', password: 'correcthorse' }],
        roles: ['imap'],
      });
    await using good = await dovecot('good');
    await using bad = await dovecot('no-tls');
    const portOf = ({ listeners: [listener] }: typeof good): string => String(listener?.port);
    await using proxy = await startForeground({
      address: ADDRESS,
      ports: 2,
      files: (folder, [ends, passes]) => ({
        'both.pem': `${certificate.certPem}${certificate.keyPem}`,
        'haproxy.cfg': `${HAPROXY_DEFAULTS}listen ends
  bind ${ADDRESS}:${String(ends)} ssl crt ${folder}/both.pem ssl-min-ver TLSv1.2
  server one ${ADDRESS}:${portOf(good)}
listen passes
  bind ${ADDRESS}:${String(passes)}
  server one ${ADDRESS}:${portOf(good)}
  server two ${ADDRESS}:${portOf(bad)}
`,
      }),
      command: (folder) => [HAPROXY, '-db', '-f', `${folder}/haproxy.cfg`],
    });
    const [ends, passes] = proxy.ports.map(String);
    const told = await found(`imaps://${ADDRESS}:${ends ?? ''}`, ca);
    expect(Object.keys(told).sort()).to.deep.equal(['capabilities-after-tls', 'starttls-twice']);
    expect(told['capabilities-after-tls']).to.match(/^fail: STARTTLS and LOGINDISABLED .*no client can log in$/);
    expect((await found(`imap://${ADDRESS}:${passes ?? ''}`, ca))['starttls-flapping']).to.match(/^fail: /);
  }).timeout(60_000);

  it('by name only (strict-sni): by address it is said that it may want a name, by its name all is looked at', async function () {
    requireReal(this, 'dovecot');
    if (!existsSync(HAPROXY)) skipUnlessRequired(this, 'haproxy missing: scripts/install-daemons');
    const { certificate, ca } = await certificateFor('good');
    await using plain = await startDovecot({
      address: ADDRESS,
      configuration: 'no-tls',
      certificate,
      users: [{ user: 'alice', password: 'correcthorse' }],
      roles: ['imap'],
    });
    await using proxy = await startForeground({
      address: ADDRESS,
      ports: 1,
      files: (folder, [own]) => ({
        'both.pem': `${certificate.certPem}${certificate.keyPem}`,
        'haproxy.cfg': `${HAPROXY_DEFAULTS}listen strict
  bind ${ADDRESS}:${String(own)} ssl crt ${folder}/both.pem strict-sni ssl-min-ver TLSv1.2
  server one ${ADDRESS}:${String(plain.listeners[0]?.port)}
`,
      }),
      command: (folder) => [HAPROXY, '-db', '-f', `${folder}/haproxy.cfg`],
    });
    const url = `imaps://${ADDRESS}:${String(proxy.ports[0])}`;
    const { results, faults } = await audit([url], { authorities: [ca] });
    expect(faults.map(({ fault }) => fault.message)).to.deep.equal([]);
    const bad = results.filter(({ status }) => status === 'fail' || status === 'warn');
    expect(bad.map(({ id, because }) => `${id}: ${because}`)).to.deep.equal([]);
    const mismatch = results.find(({ id }) => id === 'port-mismatch');
    expect(`${mismatch?.status ?? ''}: ${mismatch?.because ?? ''}`).to.match(
      /^inconclusive: no handshake succeeds without a server name .*--servername/,
    );
    const named = await audit([url], { authorities: [ca], servername: 'mail.lab.test', depth: 'full' });
    const told = new Map(named.results.map(({ id, status, because }) => [id, `${status}: ${because}`]));
    expect(told.get('port-mismatch')).to.match(/^pass: /);
    expect(told.get('server-name-demanded')).to.match(/^(?:info|warn|fail): /);
    expect(told.get('tls-1-2-missing')).to.match(/^pass: /);
    expect(told.get('certificate-untrusted')).to.match(/^pass: /);
  }).timeout(120_000);
});
