import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { audit } from '../../src/audit/audit.js';
import checks from '../../src/checks/index.js';
import type { PortRole } from '../../src/protocols/protocol.js';
import { certificateFor } from '../endpoints/daemons/certificates.js';
import { startForeground, type ForegroundDaemon } from '../support/foreground-daemon.js';
import { ended } from '../support/installed.js';
import { skipUnlessRequired } from '../support/real.js';

const EXIM = '/usr/local/lib/waxseal/exim4-daemon-light/usr/sbin/exim4';
const ADDRESS = '127.0.0.4';
const ROLES = ['smtp', 'submission', 'submissions'] as const;

/** Settings of the main section, the ACL for MAIL, and each authenticator. */
interface Settings {
  readonly main?: readonly string[];
  readonly mail?: readonly string[];
  readonly authenticator?: readonly string[];
}

type Port = (role: PortRole) => number;

const GOOD: Settings = {
  main: [
    'tls_advertise_hosts = *',
    'tls_require_ciphers = NORMAL:-VERS-TLS1.0:-VERS-TLS1.1',
    'auth_advertise_hosts = ${if eq{$tls_in_cipher}{}{}{*}}',
  ],
  mail: ['deny condition = ${if and{{!def:tls_in_cipher}{!eq{$received_port}{25}}}}'],
};
const OPEN: Settings = { main: ['tls_advertise_hosts = *', 'auth_advertise_hosts = *'] };

const configuration = (folder: string, { main = [], mail = [], authenticator = [] }: Settings, port: Port): string =>
  [
    `exim_path = ${EXIM}`,
    'primary_hostname = mail.lab.test',
    `spool_directory = ${folder}/spool`,
    `log_file_path = ${folder}/log/%s`,
    `local_interfaces = ${ADDRESS}`,
    `daemon_smtp_ports = ${ROLES.map(port).join(' : ')}`,
    `tls_on_connect_ports = ${port('submissions')}`,
    `tls_certificate = ${folder}/cert.pem`,
    `tls_privatekey = ${folder}/key.pem`,
    'rfc1413_query_timeout = 0s',
    'host_lookup =',
    'smtp_accept_max = 100',
    'never_users = root',
    'acl_smtp_mail = acl_mail',
    'acl_smtp_rcpt = acl_rcpt',
    ...main,
    'begin acl',
    'acl_mail:',
    // Relays go on: in the lab their port is another one than 25.
    ...mail.map((line) => `  ${line.replace('{25}', `{${port('smtp')}}`)}`),
    '  accept',
    'acl_rcpt:',
    '  accept domains = lab.test',
    '  deny message = relay not permitted',
    'begin routers',
    'all:',
    '  driver = accept',
    '  transport = nowhere',
    'begin transports',
    'nowhere:',
    '  driver = appendfile',
    '  file = /dev/null',
    '  user = Debian-exim',
    'begin authenticators',
    'plain:',
    '  driver = plaintext',
    '  public_name = PLAIN',
    '  server_prompts = :',
    '  server_condition = ${if eq{$auth2$auth3}{alicecorrecthorse}}',
    ...authenticator.map((line) => `  ${line}`),
    '',
  ].join('\n');

describe('audit of a real exim', () => {
  let owner: { readonly uid: number; readonly gid: number };

  before(async function () {
    if (!existsSync(EXIM)) skipUnlessRequired(this, 'exim missing: scripts/install-daemons');
    if (process.getuid?.() !== 0) skipUnlessRequired(this, 'Exim must be started by root');
    const { output } = await ended('getent', ['passwd', 'Debian-exim']);
    const [, , uid, gid] = output.split(':').map(Number);
    owner = { uid: uid ?? 0, gid: gid ?? 0 };
  });

  const exim = async (settings: Settings): Promise<{ readonly server: ForegroundDaemon; readonly ca: string }> => {
    const { certificate, ca } = await certificateFor('good');
    const server = await startForeground({
      address: ADDRESS,
      ports: ROLES.length,
      owned: { ...owner, folders: ['spool', 'log'] },
      files: (folder, ports) => ({
        'cert.pem': certificate.certPem,
        'key.pem': certificate.keyPem,
        'exim.conf': configuration(folder, settings, (role) => ports[ROLES.findIndex((each) => each === role)] ?? 0),
      }),
      command: (folder) => [EXIM, '-C', `${folder}/exim.conf`, '-bdf', '-oP', `${folder}/exim.pid`],
    });
    return { server, ca };
  };

  const told = async (settings: Settings, ids?: readonly string[], roles: readonly PortRole[] = ROLES) => {
    const { server: started, ca } = await exim(settings);
    await using server = started;
    const { results, faults, notes } = await audit(
      ROLES.flatMap((role, index) =>
        roles.includes(role) ? [`${role}://${ADDRESS}:${String(server.ports[index])}`] : [],
      ),
      {
        authorities: [ca],
        servername: 'mail.lab.test',
        ...(ids && { checks: checks.filter(({ id }) => ids.includes(id)) }),
      },
    );
    expect(faults.map(({ fault }) => fault.message)).to.deep.equal([]);
    return { results, notes };
  };

  it('good: nothing is found', async () => {
    const { results, notes } = await told(GOOD);
    const bad = results.filter(({ status }) => !['pass', 'not-applicable', 'info'].includes(status));
    expect(bad.map(({ id, portRole, because }) => `${id} ${portRole}: ${because}`)).to.deep.equal([]);
    expect(notes).to.deep.equal([]);
  }).timeout(60_000);

  // What a remedy says is applied: afterwards the finding is gone.
  const rows: readonly (readonly [check: string, role: PortRole, defect: Settings, remedied: Settings])[] = [
    ['login-offered-before-tls', 'submission', OPEN, { main: [OPEN.main?.[0] ?? '', GOOD.main?.[2] ?? ''] }],
    [
      'login-accepted-before-tls',
      'submission',
      OPEN,
      { ...OPEN, authenticator: ['server_advertise_condition = ${if def:tls_in_cipher}'] },
    ],
    ['mail-accepted-before-tls', 'submission', OPEN, { ...OPEN, mail: GOOD.mail ?? [] }],
    ['tls-1-0-accepted', 'submission', OPEN, { main: [...(OPEN.main ?? []), GOOD.main?.[1] ?? ''] }],
    ['tls-1-1-accepted', 'submissions', OPEN, { main: [...(OPEN.main ?? []), GOOD.main?.[1] ?? ''] }],
    [
      'tls-1-2-missing',
      'submission',
      { main: [...(OPEN.main ?? []), 'tls_require_ciphers = NORMAL:-VERS-TLS1.2:-VERS-TLS1.3'] },
      { main: [...(OPEN.main ?? []), GOOD.main?.[1] ?? ''] },
    ],
    [
      'starttls-not-advertised',
      'submission',
      { main: ['tls_advertise_hosts ='] },
      { main: ['tls_advertise_hosts = *'] },
    ],
  ];
  for (const [id, role, defect, remedied] of rows) {
    it(`${id}: its remedy mends it`, async () => {
      const { results } = await told(defect, [id], [role]);
      const [found] = results;
      expect(found?.status).to.equal('fail');
      // No other program's remedy is shown, and what is shown is what is tried.
      expect(Object.keys(found?.remedy ?? {}).filter((software) => /postfix|dovecot/.test(software))).to.deep.equal([]);
      const added = [...(remedied.main ?? []), ...(remedied.mail ?? []), ...(remedied.authenticator ?? [])].filter(
        (line) => !defect.main?.includes(line),
      );
      for (const line of added) expect(Object.values(found?.remedy ?? {}).join('\n')).to.include(line);
      const after = await told(remedied, [id], [role]);
      expect(after.results.map(({ status }) => status)).to.deep.equal(['pass']);
    }).timeout(60_000);
  }
});
