import { Fault } from '../../fault.js';
import { groupId, standing, userId } from '../../endpoints/daemons/accounts.js';
import { isImplicit } from '../../endpoints/daemons/running-daemon.js';
import { certificateWeaknesses, KNOWN, staleCertificate } from '../certificates.js';
import { defineLabDaemon, portFor, type LabOrder } from '../daemon.js';
import { labProgram, startProgram } from '../program.js';

const PACKAGES = 'cyrus-imapd cyrus-pop3d';
const GOOD = {
  allowplaintext: 'no',
  allowapop: 'no',
  tls_versions: 'tls1_2 tls1_3',
  tls_ciphers: 'DEFAULT',
  tls_required: 'no',
  sasl_mech_list: 'PLAIN LOGIN',
};

/** Cyrus, with IMAP, POP3 and ManageSieve. */
export default defineLabDaemon({
  id: 'cyrus',
  title: 'Cyrus',
  packages: PACKAGES,
  needsRoot: 'it changes to a user of its own',
  roles: ['imap', 'imaps', 'pop3', 'pop3s', 'sieve'],
  known: KNOWN.doors,
  weaknesses: {
    ...certificateWeaknesses,
    'small-rsa': { ...certificateWeaknesses['small-rsa'], settings: { tls_ciphers: 'DEFAULT:!DHE@SECLEVEL=1' } },
    'stale-certificate': staleCertificate(['imap', 'imaps']),
    'plaintext-login': {
      title: 'logins are taken before TLS',
      finds: ['login-accepted-before-tls', 'login-offered-before-tls', 'user-kept-over-upgrade'],
      roles: ['imap', 'pop3', 'sieve'],
      settings: { allowplaintext: 'yes' },
      mended: { allowplaintext: 'no' },
    },
    apop: {
      title: 'APOP is offered, which can be cracked offline',
      finds: ['apop-challenge-in-greeting'],
      roles: ['pop3'],
      settings: { allowapop: 'yes' },
      mended: { allowapop: 'no' },
    },
    'tls-1.0': {
      title: 'TLS 1.0 and 1.1 are accepted',
      finds: ['tls-1-0-accepted', 'tls-1-1-accepted'],
      settings: { tls_versions: 'tls1_0 tls1_1 tls1_2 tls1_3', tls_ciphers: 'DEFAULT:!DHE:@SECLEVEL=0' },
      mended: { tls_versions: 'tls1_2 tls1_3' },
    },
    'weak-suites': {
      title: 'suites without a certificate and without encryption are accepted',
      finds: ['anonymous-suites-accepted', 'unencrypted-suites-accepted'],
      settings: { tls_ciphers: 'ALL:eNULL:!DHE:@SECLEVEL=0' },
      mended: { tls_ciphers: 'HIGH:!aNULL:!MD5' },
    },
    'dh-1024': {
      title: 'DHE uses a prime of 1024 bits: below level 2 of OpenSSL’s security, Cyrus has no better one',
      finds: ['dh-weak'],
      settings: { tls_ciphers: 'DEFAULT@SECLEVEL=1' },
      mended: { tls_ciphers: 'DEFAULT:!DHE' },
    },
    'wrong-door': {
      title: 'the ports of STARTTLS expect TLS from the first byte',
      finds: ['port-mismatch'],
      roles: ['imap', 'pop3'],
      settings: { door: 'implicit' },
      ready: 'connection',
    },
  },
  start: (order) => {
    const master = labProgram(`${BIN}/master`, PACKAGES, `cyrus-common${BIN}/master`);
    const program = (name: string, unpacked: string): string =>
      labProgram(`${BIN}/${name}`, PACKAGES, `${unpacked}${BIN}/${name}`);
    const programs = {
      imap: program('imapd', 'cyrus-imapd'),
      pop3: program('pop3d', 'cyrus-pop3d'),
      sieve: program('timsieved', 'cyrus-common'),
    };
    const uid = userId('cyrus');
    if (standing() !== 'root' || uid === undefined)
      throw new Fault(
        'DAEMON_MISSING',
        'Cyrus needs root, and the user cyrus; run as root, after scripts/install-daemons',
      );
    return startProgram(order, {
      name: 'Cyrus',
      folders: { names: ['db', 'spool', 'proc', 'lock', 'run'], uid, gid: groupId('mail') },
      files: (folder, listeners) => ({
        'imapd.conf': configuration(order, folder),
        'cyrus.conf': services(order, folder, programs, (role) => String(portFor(listeners, role) ?? '')),
      }),
      command: (folder) => [
        master,
        '-D',
        '-C',
        `${folder}/imapd.conf`,
        '-M',
        `${folder}/cyrus.conf`,
        '-p',
        `${folder}/pid`,
      ],
    });
  },
});

const BIN = '/usr/lib/cyrus/bin';

const configuration = ({ settings, files }: LabOrder, folder: string): string => {
  const all = { ...GOOD, ...settings };
  return [
    `configdirectory: ${folder}/db`,
    `proc_path: ${folder}/proc`,
    `mboxname_lockpath: ${folder}/lock`,
    'defaultpartition: default',
    `partition-default: ${folder}/spool`,
    'servername: mail.lab.test',
    'sasl_pwcheck_method: auxprop',
    'sasl_auxprop_plugin: sasldb',
    `sasl_sasldb_path: ${folder}/db/sasldb2`,
    // Its usual three seconds after a wrong login would only cost time.
    'failedloginpause: 0',
    `tls_server_cert: ${files}/cert.pem`,
    `tls_server_key: ${files}/key.pem`,
    `idlesocket: ${folder}/run/idle`,
    `notifysocket: ${folder}/run/notify`,
    `lmtpsocket: ${folder}/run/lmtp`,
    ...Object.entries(all)
      .filter(([name]) => name !== 'door')
      .map(([name, value]) => `${name}: ${value}`),
    '',
  ].join('\n');
};

const services = (
  { address, roles, settings }: LabOrder,
  folder: string,
  programs: Readonly<Record<'imap' | 'pop3' | 'sieve', string>>,
  port: (role: LabOrder['roles'][number]) => string,
): string =>
  [
    'START {\n}\nSERVICES {',
    ...roles.map((role) => {
      const program = role === 'sieve' ? programs.sieve : role.startsWith('imap') ? programs.imap : programs.pop3;
      const isTls = isImplicit(role) || (settings['door'] === 'implicit' && role !== 'sieve');
      return `  ${role} cmd="${program}${isTls ? ' -s' : ''} -C ${folder}/imapd.conf" listen="${address}:${port(role)}" prefork=1 proto="tcp4"`;
    }),
    '}\n',
  ].join('\n');
