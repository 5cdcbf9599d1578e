import { existsSync } from 'node:fs';
import type { PortRole } from '../../src/protocols/protocol.js';
import { certificateFor } from '../endpoints/daemons/certificates.js';
import { startForeground, type ForegroundDaemon } from './foreground-daemon.js';
import { ended } from './installed.js';
import { skipUnlessRequired } from './real.js';

const EXIM = '/usr/local/lib/waxseal/exim4-daemon-light/usr/sbin/exim4';
export const EXIM_ROLES = ['smtp', 'submission', 'submissions'] as const;

/** Settings of the main section, the ACL for MAIL, and each authenticator. */
export interface EximSettings {
  readonly main?: readonly string[];
  readonly mail?: readonly string[];
  readonly authenticator?: readonly string[];
  /** CRAM-MD5 is a login too. */
  readonly hasChallenges?: true;
  /** Whom it takes mail for; for all by default. */
  readonly router?: readonly string[];
  /** Of its certificate; `ec` by default. */
  readonly keyType?: 'rsa';
}

/** Nothing is to be found. */
export const GOOD_EXIM: EximSettings = {
  main: [
    'tls_advertise_hosts = *',
    'tls_require_ciphers = NORMAL:-VERS-TLS1.0:-VERS-TLS1.1',
    'auth_advertise_hosts = ${if eq{$tls_in_cipher}{}{}{*}}',
  ],
  mail: ['deny condition = ${if and{{!def:tls_in_cipher}{!eq{$received_port}{25}}}}'],
};

/** Skips where Exim cannot be run. */
export const requireExim = (context: Mocha.Context): void => {
  if (!existsSync(EXIM)) skipUnlessRequired(context, 'exim missing: scripts/install-daemons');
  if (process.getuid?.() !== 0) skipUnlessRequired(context, 'Exim must be started by root');
};

/** A real Exim on one address, and the authority that its certificate comes from. */
export const startExim = async (
  address: string,
  settings: EximSettings,
): Promise<{ readonly server: ForegroundDaemon; readonly ca: string }> => {
  const { certificate, ca } = await certificateFor('good', settings.keyType);
  const { output } = await ended('getent', ['passwd', 'Debian-exim']);
  const [, , uid = 0, gid = 0] = output.split(':').map(Number);
  const server = await startForeground({
    address,
    ports: EXIM_ROLES.length,
    owned: { uid, gid, folders: ['spool', 'log'] },
    files: (folder, ports) => ({
      'cert.pem': certificate.certPem,
      'key.pem': certificate.keyPem,
      'exim.conf': configuration(
        folder,
        address,
        settings,
        (role) => ports[EXIM_ROLES.findIndex((each) => each === role)] ?? 0,
      ),
    }),
    command: (folder) => [EXIM, '-C', `${folder}/exim.conf`, '-bdf', '-oP', `${folder}/exim.pid`],
  });
  return { server, ca };
};

type Port = (role: PortRole) => number;

const configuration = (
  folder: string,
  address: string,
  { main = [], mail = [], authenticator = [], router = [], hasChallenges }: EximSettings,
  port: Port,
): string =>
  [
    `exim_path = ${EXIM}`,
    'primary_hostname = mail.lab.test',
    `spool_directory = ${folder}/spool`,
    `log_file_path = ${folder}/log/%s`,
    `local_interfaces = ${address}`,
    `daemon_smtp_ports = ${EXIM_ROLES.map(port).join(' : ')}`,
    `tls_on_connect_ports = ${port('submissions')}`,
    `tls_certificate = ${folder}/cert.pem`,
    `tls_privatekey = ${folder}/key.pem`,
    // As Debian configures it.
    'log_selector = +smtp_protocol_error +smtp_syntax_error',
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
    '  accept domains = lab.test : mail.lab.test',
    '  deny message = relay not permitted',
    'begin routers',
    'all:',
    '  driver = accept',
    '  transport = nowhere',
    ...router.map((line) => `  ${line}`),
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
    ...(hasChallenges === undefined ? [] : ['cram:', '  driver = cram_md5', '  public_name = CRAM-MD5']),
    ...(hasChallenges === undefined
      ? []
      : ['server_secret = correcthorse', ...authenticator].map((line) => `  ${line}`)),
    '',
  ].join('\n');
