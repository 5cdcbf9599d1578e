import { isImplicit } from '../../endpoints/daemons/running-daemon.js';
import { Fault } from '../../fault.js';
import { standing } from '../../endpoints/daemons/accounts.js';
import { certificateWeaknesses, KNOWN, staleCertificate } from '../certificates.js';
import { defineLabDaemon, portFor, type LabOrder } from '../daemon.js';
import { labProgram, startProgram, UNPACKED } from '../program.js';

const PACKAGES = 'courier-imap courier-pop';
const GOOD = { TLS_REQUIRED: '1', TLS_PRIORITY: 'NORMAL:-VERS-TLS1.0:-VERS-TLS1.1' };

/** Courier’s IMAP and POP3 servers, without the daemon that knows accounts: nobody can log in. */
export default defineLabDaemon({
  id: 'courier',
  title: 'Courier',
  packages: PACKAGES,
  needsRoot: 'it changes to users of its own',
  roles: ['imap', 'imaps', 'pop3', 'pop3s'],
  known: {
    ...KNOWN.doors,
    ...KNOWN.parameter,
    'injection-full-line': 'CVE-2021-38084: mended in Courier 1.1.5, Debian 12 has 1.0.16',
    'injection-partial-line': 'CVE-2021-38084 too',
    'injection-differs': 'its IMAP server has no such defect',
    'login-offered-before-tls': 'its POP3 server always lists USER, and refuses it',
  },
  weaknesses: {
    ...certificateWeaknesses,
    'stale-certificate': staleCertificate(['imap', 'imaps']),
    'plaintext-login': {
      title: 'logins are taken before TLS',
      finds: ['login-accepted-before-tls', 'login-offered-before-tls'],
      roles: ['imap'],
      settings: { TLS_REQUIRED: '0' },
      mended: { TLS_REQUIRED: '1' },
    },
    'tls-1.0': {
      title: 'TLS 1.0 and 1.1 are accepted, as by default',
      finds: ['tls-1-0-accepted', 'tls-1-1-accepted'],
      settings: { TLS_PRIORITY: 'NORMAL' },
      mended: { TLS_PRIORITY: 'NORMAL:-VERS-TLS1.0:-VERS-TLS1.1' },
    },
    'weak-suites': {
      title: 'suites without a certificate, without encryption and with RC4 are accepted, and TLS 1.3 is not',
      finds: ['anonymous-suites-accepted', 'rc4-accepted', 'tls-1-3-missing', 'unencrypted-suites-accepted'],
      settings: { TLS_PRIORITY: 'NORMAL:-VERS-TLS1.0:-VERS-TLS1.1:-VERS-TLS1.3:+ANON-ECDH:+NULL:+ARCFOUR-128' },
      mended: { TLS_PRIORITY: 'NORMAL:-VERS-TLS1.0:-VERS-TLS1.1' },
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
    const imap = labProgram(`${BIN}/imaplogin`, PACKAGES, `courier-imap${BIN}/imaplogin`);
    const pop3 = labProgram(`${BIN}/courierpop3login`, PACKAGES, `courier-pop${BIN}/courierpop3login`);
    const couriertls = labProgram('couriertls', PACKAGES, 'courier-base/usr/bin/couriertls');
    const couriertcpd = labProgram('couriertcpd', PACKAGES, 'courier-base/usr/sbin/couriertcpd');
    if (standing() !== 'root')
      throw new Fault('DAEMON_MISSING', 'Courier needs root, because it changes to users of its own; run as root');
    const programs = { imap, pop3, couriertls, couriertcpd };
    return startProgram(order, {
      name: 'Courier',
      files: (_folder, listeners) => ({
        'start.sh': start(order, programs, (role) => String(portFor(listeners, role) ?? '')),
      }),
      command: (folder) => ['/bin/sh', `${folder}/start.sh`],
    });
  },
});

const BIN = '/usr/lib/courier/courier';

const start = (
  { address, roles, settings, files }: LabOrder,
  { imap, pop3, couriertls, couriertcpd }: Readonly<Record<'imap' | 'pop3' | 'couriertls' | 'couriertcpd', string>>,
  port: (role: LabOrder['roles'][number]) => string,
): string => {
  const { door, TLS_REQUIRED: required, TLS_PRIORITY: priority } = { door: 'starttls', ...GOOD, ...settings };
  return [
    `export LD_LIBRARY_PATH=$(dirname "$(find ${UNPACKED}/courier-authlib /usr/lib -name libcourierauth.so.0 2>/dev/null | head -n 1)")`,
    `export COURIERTLS=${couriertls} TLS_CERTFILE=${files}/both.pem TLS_DHPARAMS=${files}/dh2048.pem TLS_VERIFYPEER=NONE TLS_PRIORITY=${priority}`,
    'export IMAP_CAPABILITY="IMAP4rev1" IMAP_CAPABILITY_TLS="IMAP4rev1 AUTH=PLAIN" POP3AUTH_TLS=PLAIN POP3AUTH=',
    ...roles.map((role) => {
      const isTls = isImplicit(role) || door === 'implicit';
      const login = role.startsWith('imap') ? `${imap} /bin/false` : `${pop3} /bin/false`;
      const offered = isTls ? 'IMAP_STARTTLS=NO POP3_STARTTLS=NO' : 'IMAP_STARTTLS=YES POP3_STARTTLS=YES';
      const need = isTls ? '0' : required;
      const tls = isTls ? `${couriertls} -server -tcpd ` : '';
      return `IMAP_TLS_REQUIRED=${need} POP3_TLS_REQUIRED=${need} ${offered} ${isTls ? 'IMAP_TLS=1 POP3_TLS=1 ' : ''}${couriertcpd} -address=${address} -maxprocs=40 -maxperip=40 -nodnslookup -noidentlookup ${port(role)} ${tls}${login} Maildir & pids="$pids $!"`;
    }),
    // couriertcpd makes a process group of its own.
    "trap 'kill $pids' TERM",
    'wait',
    'wait',
    '',
  ].join('\n');
};
