import { Fault } from '../../fault.js';
import { standing, userId } from '../../endpoints/daemons/accounts.js';
import { certificateWeaknesses, KNOWN, staleCertificate } from '../certificates.js';
import { defineLabDaemon, portFor, type LabOrder } from '../daemon.js';
import { labProgram, startProgram, versionOf } from '../program.js';

const PACKAGES = 'opensmtpd';
const WHY =
  'OpenSMTPD 6.8 of Debian 12 completes no TLS handshake with OpenSSL 3; this configuration needs OpenSMTPD 7, of Debian 13';
const SUBMISSION = ['submission', 'submissions'] as const;

/** OpenSMTPD; it refuses a configuration that would take logins without TLS. */
export default defineLabDaemon({
  id: 'opensmtpd',
  title: 'OpenSMTPD',
  packages: PACKAGES,
  needsRoot: 'it runs as several users, and its folders have fixed places, which a mount namespace replaces',
  roles: ['smtp', ...SUBMISSION],
  known: KNOWN.doors,
  needsNewer: { allBut: ['broken-tls', 'no-starttls'], why: WHY },
  weaknesses: {
    'broken-tls': {
      title:
        'no handshake succeeds: OpenSMTPD 6.8 of Debian 12 cannot use the OpenSSL that it is built with (its issue 1239)',
      finds: ['starttls-unusable'],
      roles: ['submission'],
      hides: true,
      settings: { handshakes: 'fail' },
      ready: 'connection',
    },
    ...certificateWeaknesses,
    'small-rsa': { ...certificateWeaknesses['small-rsa'], settings: { ciphers: 'DEFAULT@SECLEVEL=1' } },
    'stale-certificate': staleCertificate(SUBMISSION),
    'no-starttls': {
      title: 'STARTTLS is not offered',
      finds: ['starttls-not-advertised', 'mail-accepted-before-tls'],
      roles: ['submission'],
      settings: { submission: '' },
    },
    'optional-tls': {
      title: 'mail is taken before TLS on the submission port',
      finds: ['mail-accepted-before-tls'],
      roles: ['submission'],
      settings: { submission: 'tls' },
      mended: { submission: 'tls-require' },
    },
    'tls-1.0': {
      title: 'TLS 1.0 and 1.1 are accepted',
      finds: ['tls-1-0-accepted', 'tls-1-1-accepted'],
      settings: { ciphers: 'DEFAULT:@SECLEVEL=0' },
    },
    'weak-suites': {
      title: 'suites without a certificate and without encryption are accepted',
      finds: ['anonymous-suites-accepted', 'unencrypted-suites-accepted'],
      settings: { ciphers: 'ALL:eNULL:@SECLEVEL=0' },
      mended: { ciphers: 'HIGH:!aNULL:!MD5' },
    },
    'wrong-door': {
      title: 'the ports of STARTTLS expect TLS from the first byte',
      finds: ['port-mismatch'],
      roles: ['submission'],
      settings: { submission: 'smtps' },
      mended: { submission: 'tls-require' },
      ready: 'connection',
    },
  },
  start: async (order) => {
    const smtpd = labProgram('smtpd', PACKAGES, 'opensmtpd/usr/sbin/smtpd');
    if (standing() !== 'root' || userId('opensmtpd') === undefined || userId('opensmtpq') === undefined)
      throw new Fault(
        'DAEMON_MISSING',
        'OpenSMTPD needs root, and the users opensmtpd and opensmtpq; run as root, after scripts/install-daemons',
      );
    const version = [[smtpd, '-h'], /OpenSMTPD (\d[\w.]*)/] as const;
    const { handshakes, submission } = order.settings;
    if (handshakes !== 'fail' && submission !== '' && Number.parseInt(await versionOf(version), 10) < 7)
      throw new Fault('DAEMON_MISSING', WHY);
    return startProgram(order, {
      name: 'OpenSMTPD',
      version,
      folders: { names: ['run'], uid: undefined, gid: undefined },
      files: (folder, listeners) => ({
        'cert.pem': order.certificate.certPem,
        'private.key': order.certificate.keyPem,
        'smtpd.conf': configuration(order, folder, (role) => String(portFor(listeners, role) ?? '')),
        'start.sh': start(folder, smtpd),
      }),
      command: (folder) => ['unshare', '--mount', '/bin/sh', '-e', `${folder}/start.sh`],
    });
  },
});

const configuration = (
  { address, roles, settings, users }: LabOrder,
  folder: string,
  port: (role: LabOrder['roles'][number]) => string,
): string => {
  const { ciphers = 'DEFAULT', submission = 'tls-require' } = settings;
  const how: Readonly<Record<string, string>> = { smtp: 'tls', submission, submissions: 'smtps' };
  return [
    `pki lab cert "${folder}/cert.pem"`,
    `pki lab key "${folder}/private.key"`,
    `table accounts { ${users.map(({ user }) => `${user} = "*"`).join(', ')} }`,
    `smtp ciphers "${ciphers}"`,
    ...roles.map((role) => {
      const tls = how[role] ?? '';
      const login = role !== 'smtp' && tls !== '' && tls !== 'tls' ? ' auth <accounts>' : '';
      return `listen on ${address} port ${port(role)} ${tls === '' ? '' : `${tls} pki lab`}${login} hostname mail.lab.test`;
    }),
    'action "drop" mda "/bin/true"',
    'match from any for domain "lab.test" action "drop"',
    'match auth from any for any action "drop"',
    '',
  ].join('\n');
};

/** The folders whose places are compiled in, replaced for this process alone. */
const start = (folder: string, smtpd: string): string => `
mount --make-rprivate /
mount -t tmpfs none /var/spool
mkdir -m 711 /var/spool/smtpd
for name in queue incoming purge temporary corrupt; do
  mkdir -m 700 "/var/spool/smtpd/$name"
  chown opensmtpq "/var/spool/smtpd/$name"
done
mkdir -m 770 /var/spool/smtpd/offline
chgrp opensmtpq /var/spool/smtpd/offline
mount -t tmpfs none /var/lib
mkdir -p /var/lib/opensmtpd/empty
mount --bind ${folder}/run /run
exec ${smtpd} -d -f ${folder}/smtpd.conf
`;
