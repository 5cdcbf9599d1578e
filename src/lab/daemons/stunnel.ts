import { certificateWeaknesses } from '../certificates.js';
import { defineLabDaemon, portFor, type Settings } from '../daemon.js';
import { plainServers } from '../plain-daemon.js';
import { labProgram, startProgram } from '../program.js';

const PACKAGES = 'stunnel4';
const GOOD = { sslVersionMin: 'TLSv1.2' };

/** stunnel in front of a Dovecot and a smtp-server without TLS. */
export default defineLabDaemon({
  id: 'stunnel',
  title: 'stunnel in front of plain servers',
  packages: `${PACKAGES} dovecot-imapd dovecot-pop3d`,
  isProxy: true,
  roles: ['imaps', 'pop3s', 'submissions'],
  weaknesses: {
    ...certificateWeaknesses,
    'small-rsa': {
      ...certificateWeaknesses['small-rsa'],
      settings: { securityLevel: '1' },
    },
    'tls-1.0': {
      title: 'TLS 1.0 and 1.1 are accepted',
      finds: ['tls-1-0-accepted', 'tls-1-1-accepted'],
      settings: { sslVersionMin: 'TLSv1', securityLevel: '0' },
      mended: { sslVersionMin: 'TLSv1.2' },
    },
    'weak-suites': {
      title: 'suites without a certificate and without encryption are accepted',
      finds: ['anonymous-suites-accepted', 'unencrypted-suites-accepted'],
      settings: { ciphers: 'ALL:eNULL', securityLevel: '0' },
      mended: { ciphers: 'HIGH:!aNULL:!SSLv2:!DH:!kDHEPSK' },
    },
    'dh-1024': {
      title: 'DHE uses a prime of 1024 bits',
      finds: ['dh-weak'],
      settings: { cert: 'dh1024', ciphers: 'DEFAULT', securityLevel: '1' },
    },
    'wrong-service': {
      title: 'behind the port for IMAP there is a POP3 server',
      finds: ['port-mismatch'],
      roles: ['imaps'],
      settings: { connect: 'pop3s' },
      ready: 'connection',
    },
  },
  start: async (order) => {
    const stunnel = labProgram('stunnel4', PACKAGES, 'stunnel4/usr/bin/stunnel4');
    const { cert = '', connect, ...more } = { ...GOOD, ...order.settings } as Settings;
    const elsewhere = connect === 'pop3s' ? connect : undefined;
    const servers = await plainServers({ ...order, roles: elsewhere === undefined ? order.roles : [elsewhere] });
    return servers.until(() =>
      startProgram(order, {
        name: 'stunnel',
        version: [[stunnel, '-version'], /stunnel (\S+)/],
        files: (_folder, listeners) => ({
          'stunnel.conf': [
            'foreground = yes\npid =\nsyslog = no',
            ...order.roles.map((role) =>
              [
                `[${role}]`,
                `accept = ${order.address}:${String(portFor(listeners, role))}`,
                `connect = ${servers.behind(elsewhere ?? role)}`,
                `cert = ${order.files}/${cert === 'dh1024' ? 'both-dh1024.pem' : 'both.pem'}`,
                ...Object.entries(more).map(([name, value]) => `${name} = ${value}`),
              ].join('\n'),
            ),
            '',
          ].join('\n'),
        }),
        command: (folder) => [stunnel, `${folder}/stunnel.conf`],
      }),
    );
  },
});
