import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createTransport, type Transporter } from 'nodemailer';
import * as socks from 'socks';
import { startDovecot } from '../../src/endpoints/daemons/dovecot.js';
import type { RunningDaemon } from '../../src/endpoints/daemons/running-daemon.js';
import { WELL_KNOWN_PORTS } from '../../src/protocols/port-roles.js';
import { socksProxy } from '../../src/serving/named-proxy.js';
import type { ProxyConnection } from '../../src/serving/proxy.js';
import { createAuthority, type Authority } from '../../src/tls/certificate-authority.js';
import { until } from '../support/processes.js';
import { requireReal, type RealProgram } from '../support/real.js';
import { ACCOUNT } from '../support/submission-server.js';

const NAME = 'mail.lab.test';
const SERVER = '127.0.0.2';
const { user, password } = ACCOUNT;
const LOGIN = `${user}:${password}`;

/** Where a client finds what it needs. */
interface Scene {
  readonly proxy: number;
  readonly ca: string;
  readonly home: string;
}

/** A client that goes through the proxy: its files, and its command line. */
interface Row {
  readonly client: string;
  readonly needs: readonly RealProgram[];
  readonly port: number;
  readonly files?: (scene: Scene) => Readonly<Record<string, string>>;
  readonly command: (scene: Scene) => readonly string[];
  /** What it comes to under the default attack of its port. */
  readonly verdict: 'safe' | 'unsafe' | 'inconclusive';
}

const proxychains = ({ home }: Scene, ...command: readonly string[]): readonly string[] => [
  'proxychains4',
  '-q',
  '-f',
  join(home, 'proxychains.conf'),
  ...command,
];

const proxychainsFile = ({ proxy }: Scene): string =>
  `strict_chain\nproxy_dns\nremote_dns_subnet 224\n[ProxyList]\nsocks5 127.0.0.1 ${String(proxy)}\n`;

const curl = ({ ca, home }: Scene, ...args: readonly string[]): readonly string[] => [
  ...['curl', '-q', '-sS', '--max-time', '15', '--cacert', ca, '--user', LOGIN, '-o', join(home, 'out')],
  ...args,
];

const CURL: readonly { readonly how: string; readonly args: (proxy: string) => readonly string[] }[] = [
  { how: '--socks5-hostname', args: (proxy) => ['--socks5-hostname', proxy] },
  // It resolves the name by itself, and tells it in the ClientHello only.
  {
    how: '--socks5',
    args: (proxy) => [
      '--socks5',
      proxy,
      ...[143, 993].flatMap((port) => ['--resolve', `${NAME}:${String(port)}:${SERVER}`]),
    ],
  },
  { how: '--proxytunnel', args: (proxy) => ['--proxytunnel', '--proxy', `http://${proxy}`] },
];

const CURL_SECURITY = [
  { port: 143, scheme: 'imap', flag: '--ssl', verdict: 'unsafe' },
  { port: 143, scheme: 'imap', flag: '--ssl-reqd', verdict: 'safe' },
  { port: 993, scheme: 'imaps', flag: '--ssl-reqd', verdict: 'safe' },
  { port: 993, scheme: 'imaps', flag: '--insecure', verdict: 'unsafe' },
] as const;

const sending = (command: readonly string[]): readonly string[] => [
  'sh',
  '-c',
  `printf 'Subject: x\\n\\nbody\\n' | exec "$@"`,
  'sh',
  ...command,
];

const ROWS: readonly Row[] = [
  ...CURL.flatMap(({ how, args }) =>
    CURL_SECURITY.map(({ port, scheme, flag, verdict }): Row => ({
      client: `curl ${how} ${flag}`,
      needs: ['curl'],
      port,
      command: (scene) =>
        curl(scene, flag, ...args(`127.0.0.1:${String(scene.proxy)}`), `${scheme}://${NAME}/INBOX;MAILINDEX=1`),
      verdict,
    })),
  ),
  ...[587, 465].map((port): Row => ({
    client: 'msmtp with proxy_host',
    needs: ['msmtp'],
    port,
    files: ({ proxy, ca }) => ({
      msmtprc: `account default\nhost ${NAME}\nport ${String(port)}\nproxy_host 127.0.0.1\nproxy_port ${String(proxy)}\nfrom a@lab.test\nauth on\nuser ${user}\npassword ${password}\ntls on\ntls_starttls ${port === 587 ? 'on' : 'off'}\ntls_trust_file ${ca}\ntimeout 8\n`,
    }),
    command: ({ home }) => sending(['msmtp', '-C', join(home, 'msmtprc'), 'b@lab.test']),
    verdict: 'safe',
  })),
  {
    client: 'mbsync with Tunnel',
    needs: ['mbsync', 'nc'],
    port: 143,
    files: ({ proxy, ca, home }) => ({
      mbsyncrc: `IMAPAccount lab\nHost ${NAME}\nTunnel "nc -X 5 -x 127.0.0.1:${String(proxy)} ${NAME} 143"\nUser ${user}\nPass ${password}\nSSLType STARTTLS\nCertificateFile ${ca}\nSystemCertificates no\nAuthMechs *\nTimeout 8\n\nIMAPStore far\nAccount lab\n\nMaildirStore near\nPath ${home}/Mail/\nInbox ${home}/Mail/INBOX\n\nChannel lab\nFar :far:\nNear :near:\nPatterns INBOX\nCreate Near\nSync Pull\n`,
    }),
    command: ({ home }) => ['mbsync', '-c', join(home, 'mbsyncrc'), 'lab'],
    // It closes without a word: nothing tells whose connection that was.
    verdict: 'inconclusive',
  },
  ...(
    [
      ['yes', 'safe'],
      ['no', 'unsafe'],
    ] as const
  ).map(([force, verdict]): Row => ({
    client: `proxychains4 mutt with ssl_force_tls=${force}`,
    needs: ['proxychains4', 'mutt'],
    port: 587,
    files: (scene) => ({
      'proxychains.conf': proxychainsFile(scene),
      muttrc: `set smtp_url="smtp://${user}@${NAME}:587/"\nset smtp_pass="${password}"\nset ssl_starttls=yes\nset ssl_force_tls=${force}\nset ssl_usesystemcerts=no\nset certificate_file="${scene.ca}"\nset ssl_verify_host=yes\nset from="a@lab.test"\nset copy=no\nset record=""\nset folder="${scene.home}"\n`,
    }),
    command: (scene) =>
      sending(proxychains(scene, 'mutt', '-n', '-F', join(scene.home, 'muttrc'), '-s', 'x', 'b@lab.test')),
    verdict,
  })),
  ...(
    [
      ['sslproto "auto" sslcertck', 'safe'],
      ['no sslcertck', 'unsafe'],
    ] as const
  ).map(([security, verdict]): Row => ({
    client: `proxychains4 fetchmail with ${security}`,
    needs: ['proxychains4', 'fetchmail'],
    port: 143,
    files: (scene) => ({
      'proxychains.conf': proxychainsFile(scene),
      fetchmailrc: `poll ${NAME} protocol imap service 143 timeout 8 auth password\n  user "${user}" password "${password}" ${security} sslcertfile "${scene.ca}"\n  keep fetchall mda "cat >/dev/null"\n`,
    }),
    command: (scene) =>
      proxychains(
        scene,
        'fetchmail',
        '--nosyslog',
        '--pidfile',
        join(scene.home, 'pid'),
        '--fetchmailrc',
        join(scene.home, 'fetchmailrc'),
      ),
    verdict,
  })),
  ...(
    [
      ['--tls', 'safe'],
      ['--tls-optional', 'unsafe'],
    ] as const
  ).map(([security, verdict]): Row => ({
    client: `proxychains4 swaks ${security}`,
    needs: ['proxychains4', 'swaks'],
    port: 587,
    files: (scene) => ({ 'proxychains.conf': proxychainsFile(scene) }),
    command: (scene) =>
      proxychains(
        scene,
        ...[
          'swaks',
          '--server',
          NAME,
          '--port',
          '587',
          '--timeout',
          '8',
          security,
          '--tls-verify',
          '--tls-ca-path',
          scene.ca,
        ],
        ...[
          '--auth',
          'PLAIN',
          '--auth-user',
          user,
          '--auth-password',
          password,
          '--from',
          'a@lab.test',
          '--to',
          'b@lab.test',
        ],
      ),
    verdict,
  })),
];

describe('A proxy for every server, and real clients', function () {
  this.timeout(60_000);
  let theirs: Authority;
  let server: RunningDaemon;
  let home: string;

  before(async function () {
    requireReal(this, 'dovecot');
    theirs = await createAuthority();
    server = await startDovecot({
      address: SERVER,
      configuration: 'good',
      certificate: await theirs.issue('good', { dns: [NAME], ip: [SERVER] }),
      users: [{ ...ACCOUNT, message: 'Subject: waiting\r\n\r\nin the lab\r\n' }],
    });
  });

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'any-server-'));
  });

  afterEach(() => {
    rmSync(home, { recursive: true });
  });

  after(async () => {
    await (server as RunningDaemon | undefined)?.stop();
  });

  /** Lets a client come twice, and says what its connections came to. */
  const verdicts = async (port: number, visit: (scene: Scene) => Promise<unknown>): Promise<ProxyConnection[]> => {
    const seen: ProxyConnection[] = [];
    await using proxy = await socksProxy({
      ca: theirs.pem,
      redirections: server.listeners.map(({ portRole, port: to }) => ({
        from: { port: WELL_KNOWN_PORTS.find(({ role }) => role === portRole)?.port ?? 0 },
        to: { host: SERVER, port: to },
      })),
      onConnection: (connection) => seen.push(connection),
    });
    const ca = join(home, 'ca.pem');
    writeFileSync(ca, proxy.ca);
    let said: unknown;
    for (const count of [1, 2]) {
      said = await visit({ proxy: proxy.port, ca, home });
      await until(`${String(count)} connections; the client said ${String(said)}`, () => seen.length >= count);
    }
    expect(
      seen.every(({ target }) => target?.endsWith(`:${String(port)}`)),
      'every target',
    ).to.equal(true);
    return seen;
  };

  const run = (command: readonly string[]): Promise<string> =>
    new Promise((resolve) => {
      const [program = '', ...args] = command;
      const env = { PATH: process.env['PATH'], HOME: home, TERM: 'dumb' };
      const child = execFile(program, args, { env, cwd: home, timeout: 20_000 }, (error, stdout, stderr) => {
        resolve(`${stdout}${stderr}${error === null ? '' : ` (${String(error.code)})`}`);
      });
      child.stdin?.end();
    });

  for (const { client, needs, port, files, command, verdict } of ROWS)
    it(`${client} on ${String(port)}: ${verdict}`, async function () {
      requireReal(this, ...needs);
      const seen = await verdicts(port, (scene) => {
        mkdirSync(join(home, 'Mail'), { recursive: true });
        for (const [name, content] of Object.entries(files?.(scene) ?? {}))
          writeFileSync(join(home, name), content, { mode: 0o600 });
        return run(command(scene));
      });
      const words = seen.map(({ one, judgement }) => `${one.scenario.id}: ${judgement.status}: ${judgement.because}`);
      expect(seen[0]?.judgement.status, words.join('\n')).to.equal('safe');
      expect(seen.at(-1)?.judgement.status, words.join('\n')).to.equal(verdict);
    });

  for (const [requireTLS, verdict] of [
    [true, 'safe'],
    [false, 'unsafe'],
  ] as const)
    it(`nodemailer with proxy socks5:// and requireTLS ${String(requireTLS)}: ${verdict}`, async () => {
      const seen = await verdicts(587, async ({ proxy, ca }) => {
        const { readFileSync } = await import('node:fs');
        const transport: Transporter = createTransport({
          host: NAME,
          port: 587,
          requireTLS,
          proxy: `socks5://127.0.0.1:${String(proxy)}`,
          auth: { user, pass: password },
          tls: { ca: readFileSync(ca, 'utf8') },
        });
        transport.set('proxy_socks_module', socks);
        return transport
          .sendMail({ from: 'a@lab.test', to: 'b@lab.test', text: 'hello' })
          .catch((error: unknown) => error);
      });
      expect(seen.map(({ judgement }) => judgement.status)).to.deep.equal(['safe', verdict]);
    });
});
