import { certificateWeaknesses } from '../certificates.js';
import { defineLabDaemon, portFor } from '../daemon.js';
import { plainServers } from '../plain-daemon.js';
import { labProgram, startProgram } from '../program.js';

const PACKAGES = 'haproxy';
const GOOD = {
  'ssl-default-bind-ciphers': 'DEFAULT',
  'ssl-default-bind-options': 'ssl-min-ver TLSv1.2',
  crt: 'both.pem',
  ssl: 'yes',
};

/** HAProxy in front of a Dovecot and a smtp-server without TLS. */
export default defineLabDaemon({
  id: 'haproxy',
  title: 'HAProxy in front of plain servers',
  packages: `${PACKAGES} dovecot-imapd dovecot-pop3d`,
  isProxy: true,
  roles: ['imaps', 'pop3s', 'submissions'],
  weaknesses: {
    ...certificateWeaknesses,
    'small-rsa': {
      ...certificateWeaknesses['small-rsa'],
      // It reads certificates before its own settings.
      settings: { 'openssl.cnf': 'DEFAULT@SECLEVEL=1', 'ssl-default-bind-ciphers': 'DEFAULT@SECLEVEL=1' },
    },
    'tls-1.0': {
      title: 'TLS 1.0 and 1.1 are accepted',
      finds: ['tls-1-0-accepted', 'tls-1-1-accepted'],
      settings: {
        'ssl-default-bind-options': 'ssl-min-ver TLSv1.0',
        'ssl-default-bind-ciphers': 'DEFAULT:@SECLEVEL=0',
      },
      mended: { 'ssl-default-bind-options': 'ssl-min-ver TLSv1.2' },
    },
    'weak-suites': {
      title: 'suites without a certificate and without encryption are accepted',
      finds: ['anonymous-suites-accepted', 'unencrypted-suites-accepted'],
      settings: { 'ssl-default-bind-ciphers': 'ALL:eNULL:@SECLEVEL=0' },
      mended: { 'ssl-default-bind-ciphers': 'ECDHE+AESGCM:ECDHE+CHACHA20' },
    },
    'dh-1024': {
      title: 'DHE uses a prime of 1024 bits',
      finds: ['dh-weak'],
      settings: {
        crt: 'both-dh1024.pem',
        'openssl.cnf': 'DEFAULT@SECLEVEL=1',
        'ssl-default-bind-ciphers': 'DEFAULT@SECLEVEL=1',
      },
    },
    'wrong-door': {
      title: 'the port of implicit TLS is served without TLS',
      finds: ['login-accepted-before-tls', 'login-offered-before-tls', 'port-mismatch', 'starttls-not-advertised'],
      roles: ['imaps'],
      settings: { ssl: 'no' },
      ready: 'connection',
    },
  },
  start: async (order) => {
    const haproxy = labProgram('haproxy', PACKAGES, 'haproxy/usr/sbin/haproxy');
    const servers = await plainServers(order);
    const { ssl, crt, 'openssl.cnf': openssl, ...global } = { 'openssl.cnf': 'DEFAULT', ...GOOD, ...order.settings };
    return servers.until(() =>
      startProgram(order, {
        name: 'HAProxy',
        version: [[haproxy, '-v'], /version (\S+)/],
        files: (_folder, listeners) => ({
          'openssl.cnf': `openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nCipherString = ${openssl}\n`,
          'haproxy.cfg': [
            'global',
            ...Object.entries(global).map(([name, value]) => `  ${name} ${value}`),
            'defaults\n  mode tcp\n  timeout connect 3s\n  timeout client 60s\n  timeout server 60s',
            ...order.roles.map((role) =>
              [
                `listen ${role}`,
                `  bind ${order.address}:${String(portFor(listeners, role))}${ssl === 'yes' ? ` ssl crt ${order.files}/${crt}` : ''}`,
                `  server one ${servers.behind(role)}`,
              ].join('\n'),
            ),
            '',
          ].join('\n'),
        }),
        env: (folder) => ({ OPENSSL_CONF: `${folder}/openssl.cnf` }),
        command: (folder) => [haproxy, '-db', '-f', `${folder}/haproxy.cfg`],
      }),
    );
  },
});
