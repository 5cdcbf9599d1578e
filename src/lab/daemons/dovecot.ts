import { startDovecot } from '../../endpoints/daemons/dovecot.js';
import { certificateWeaknesses, KNOWN, staleCertificate } from '../certificates.js';
import { defineLabDaemon, settingLines } from '../daemon.js';

/** Dovecot 2.3, with IMAP, POP3 and ManageSieve. */
export default defineLabDaemon({
  id: 'dovecot',
  title: 'Dovecot',
  packages: 'dovecot-imapd dovecot-pop3d dovecot-managesieved',
  roles: ['imap', 'imaps', 'pop3', 'pop3s', 'sieve'],
  known: { ...KNOWN.doors, ...KNOWN.parameter },
  weaknesses: {
    ...certificateWeaknesses,
    'small-rsa': { ...certificateWeaknesses['small-rsa'], settings: { ssl_cipher_list: 'DEFAULT@SECLEVEL=1' } },
    'stale-certificate': staleCertificate(['imap', 'imaps']),
    'plaintext-login': {
      title: 'logins are taken before TLS',
      finds: ['login-accepted-before-tls', 'login-offered-before-tls', 'user-kept-over-upgrade'],
      roles: ['imap', 'pop3', 'sieve'],
      settings: { ssl: 'yes', disable_plaintext_auth: 'no' },
      mended: { disable_plaintext_auth: 'yes' },
    },
    'no-starttls': {
      title: 'TLS is off',
      finds: ['starttls-not-advertised'],
      roles: ['imap', 'pop3'],
      settings: { ssl: 'no' },
      mended: { ssl: 'required' },
    },
    'tls-1.0': {
      title: 'TLS 1.0 and 1.1 are accepted',
      finds: ['tls-1-0-accepted', 'tls-1-1-accepted'],
      settings: { ssl_min_protocol: 'TLSv1', ssl_cipher_list: 'DEFAULT:@SECLEVEL=0' },
      mended: { ssl_min_protocol: 'TLSv1.2' },
    },
    'weak-suites': {
      title: 'suites without a certificate and without encryption are accepted',
      finds: ['anonymous-suites-accepted', 'unencrypted-suites-accepted'],
      settings: { ssl_cipher_list: 'ALL:eNULL:@SECLEVEL=0' },
      mended: {
        ssl_cipher_list: 'ALL:!kRSA:!SRP:!kDHd:!DSS:!aNULL:!eNULL:!EXPORT:!DES:!3DES:!MD5:!PSK:!RC4:!ADH:!LOW@STRENGTH',
      },
    },
    'dh-1024': {
      title: 'DHE uses a prime of 1024 bits',
      finds: ['dh-weak'],
      settings: { ssl_dh: '<FOLDER/dh1024.pem', ssl_cipher_list: 'DEFAULT@SECLEVEL=1' },
      mended: { ssl_dh: '<FOLDER/dh2048.pem' },
    },
    'no-ssl-dh': {
      title: 'suites with DHE are configured, and no parameters for them',
      finds: ['dhe-breaks-handshake'],
      settings: { ssl_dh: '' },
      mended: { ssl_dh: '<FOLDER/dh2048.pem' },
    },
    'wrong-door': {
      title: 'the ports of STARTTLS expect TLS from the first byte',
      finds: ['port-mismatch'],
      roles: ['imap', 'pop3'],
      settings: {
        'service imap-login': '{\n  inet_listener imap {\n    ssl = yes\n  }\n}',
        'service pop3-login': '{\n  inet_listener pop3 {\n    ssl = yes\n  }\n}',
      },
      ready: 'connection',
    },
  },
  start: ({ settings, ...order }) =>
    startDovecot({
      ...order,
      configuration: 'good',
      // Without parameters, Debian's default list of suites makes handshakes fail that would choose DHE.
      settings: settingLines({ ssl_dh: '<FOLDER/dh2048.pem', ...settings })
        .filter((line) => line !== 'ssl_dh = ')
        .map((line) => line.replaceAll('FOLDER', order.files)),
    }),
});
