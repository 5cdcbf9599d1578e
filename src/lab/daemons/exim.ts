import { Fault } from '../../fault.js';
import { groupId, standing, userId } from '../../endpoints/daemons/accounts.js';
import { certificateWeaknesses, KNOWN, staleCertificate } from '../certificates.js';
import { defineLabDaemon, portFor, type LabOrder } from '../daemon.js';
import { labProgram, startProgram } from '../program.js';

const PACKAGES = 'exim4-daemon-light';
const SUBMISSION = ['submission', 'submissions'] as const;
const GOOD = {
  tls_advertise_hosts: '*',
  tls_require_ciphers: 'NORMAL:-VERS-TLS1.0:-VERS-TLS1.1',
  auth_advertise_hosts: '${if eq{$tls_in_cipher}{}{}{*}}',
  'acl mail': 'deny condition = ${if and{{!def:tls_in_cipher}{!eq{$received_port}{25}}}}',
};

/** Exim as Debian builds it, with GnuTLS. */
export default defineLabDaemon({
  id: 'exim',
  title: 'Exim with GnuTLS',
  packages: PACKAGES,
  needsRoot: 'it changes to a user of its own',
  roles: ['smtp', ...SUBMISSION],
  known: KNOWN.doors,
  weaknesses: {
    ...certificateWeaknesses,
    'stale-certificate': staleCertificate(SUBMISSION),
    'plaintext-login': {
      title: 'logins are taken before TLS',
      finds: ['login-accepted-before-tls', 'login-offered-before-tls'],
      roles: ['submission'],
      settings: { auth_advertise_hosts: '*' },
      mended: { auth_advertise_hosts: '${if eq{$tls_in_cipher}{}{}{*}}' },
    },
    'optional-tls': {
      title: 'mail is taken before TLS on the submission port',
      finds: ['mail-accepted-before-tls'],
      roles: ['submission'],
      settings: { 'acl mail': '' },
      mended: { 'acl mail': 'deny condition = ${if and{{!def:tls_in_cipher}{!eq{$received_port}{25}}}}' },
    },
    'no-starttls': {
      title: 'STARTTLS is not offered',
      finds: ['starttls-not-advertised'],
      roles: ['submission'],
      settings: { tls_advertise_hosts: '' },
      mended: { tls_advertise_hosts: '*' },
    },
    'tls-1.0': {
      title: 'TLS 1.0 and 1.1 are accepted',
      finds: ['tls-1-0-accepted', 'tls-1-1-accepted'],
      roles: SUBMISSION,
      settings: { tls_require_ciphers: 'NORMAL:+VERS-TLS-ALL' },
      mended: { tls_require_ciphers: 'NORMAL:-VERS-TLS1.0:-VERS-TLS1.1' },
    },
    'weak-suites': {
      title: 'suites without encryption and with RC4 are accepted, and TLS 1.3 is not',
      finds: ['rc4-accepted', 'tls-1-3-missing', 'unencrypted-suites-accepted'],
      roles: SUBMISSION,
      settings: {
        tls_require_ciphers: 'NORMAL:-VERS-TLS1.0:-VERS-TLS1.1:-VERS-TLS1.3:+NULL:+ARCFOUR-128',
      },
      mended: { tls_require_ciphers: 'NORMAL' },
    },
    'wrong-door': {
      title: 'the ports of STARTTLS expect TLS from the first byte',
      finds: ['port-mismatch'],
      roles: ['submission'],
      settings: { tls_on_connect_ports: 'submission' },
      ready: 'connection',
    },
  },
  start: (order) => {
    const exim = labProgram('exim4', PACKAGES, 'exim4-daemon-light/usr/sbin/exim4');
    const uid = userId('Debian-exim');
    if (uid === undefined || standing() !== 'root')
      throw new Fault(
        'DAEMON_MISSING',
        'Exim needs root, and the user Debian-exim; run as root, after scripts/install-daemons',
      );
    return startProgram(order, {
      name: 'Exim',
      version: [[exim, '-bV'], /Exim version (\S+)/],
      folders: { names: ['spool', 'log'], uid, gid: groupId('Debian-exim') },
      files: (folder, listeners) => ({
        'exim.conf': configuration(order, exim, folder, (role) => String(portFor(listeners, role) ?? '')),
      }),
      command: (folder) => [exim, '-C', `${folder}/exim.conf`, '-bdf', '-oP', `${folder}/exim.pid`],
    });
  },
});

const configuration = (
  { address, roles, settings, files, users }: LabOrder,
  exim: string,
  folder: string,
  port: (role: LabOrder['roles'][number]) => string,
): string => {
  const {
    'acl mail': mail,
    tls_on_connect_ports: doors,
    ...main
  } = {
    ...GOOD,
    tls_on_connect_ports: 'submissions',
    ...settings,
  };
  return [
    `exim_path = ${exim}`,
    'primary_hostname = mail.lab.test',
    `spool_directory = ${folder}/spool`,
    `log_file_path = ${folder}/log/%s`,
    `local_interfaces = ${address}`,
    `daemon_smtp_ports = ${roles.map(port).join(' : ')}`,
    `tls_on_connect_ports = ${roles
      .filter((role) => ['submissions', doors].includes(role))
      .map(port)
      .join(' : ')}`,
    `tls_certificate = ${files}/cert.pem`,
    `tls_privatekey = ${files}/key.pem`,
    // As Debian configures it.
    'log_selector = +smtp_protocol_error +smtp_syntax_error',
    'rfc1413_query_timeout = 0s',
    'host_lookup =',
    'smtp_accept_max = 100',
    'never_users = root',
    'acl_smtp_mail = acl_mail',
    'acl_smtp_rcpt = acl_rcpt',
    ...Object.entries(main).map(([name, value]) => `${name} = ${value}`),
    'begin acl',
    'acl_mail:',
    // Relays go on: in the lab their port is another one than 25.
    ...(mail === '' ? [] : [`  ${mail.replace('{25}', `{${port('smtp')}}`)}`]),
    '  accept',
    'acl_rcpt:',
    '  accept domains = lab.test : mail.lab.test',
    '  deny message = relay not permitted',
    'begin routers',
    'all:\n  driver = accept\n  transport = nowhere',
    'begin transports',
    'nowhere:\n  driver = appendfile\n  file = /dev/null\n  user = Debian-exim',
    'begin authenticators',
    'plain:\n  driver = plaintext\n  public_name = PLAIN\n  server_prompts = :',
    `  server_condition = \${if or{${users.map(({ user, password }) => `{eq{$auth2$auth3}{${user}${password}}}`).join('')}}}`,
    '',
  ].join('\n');
};
