import { startPostfix } from '../../endpoints/daemons/postfix.js';
import { certificateWeaknesses, KNOWN, staleCertificate } from '../certificates.js';
import { defineLabDaemon, settingLines } from '../daemon.js';

const SUBMISSION = ['submission', 'submissions'] as const;

/** Postfix, its logins checked by Dovecot; settings that begin with `-o` are those of submission and submissions in master.cf. */
export default defineLabDaemon({
  id: 'postfix',
  title: 'Postfix',
  packages: 'postfix dovecot-imapd',
  needsRoot: 'it runs as several users',
  roles: ['smtp', 'submission', 'submissions'],
  known: KNOWN.doors,
  weaknesses: {
    ...certificateWeaknesses,
    'small-rsa': {
      ...certificateWeaknesses['small-rsa'],
      settings: {
        tls_medium_cipherlist: 'DEFAULT@SECLEVEL=1',
        tls_high_cipherlist: 'DEFAULT@SECLEVEL=1',
        smtpd_tls_dh1024_param_file: 'FOLDER/dh2048.pem',
      },
    },
    'stale-certificate': staleCertificate(SUBMISSION),
    'plaintext-login': {
      title: 'logins are taken before TLS',
      finds: ['login-accepted-before-tls', 'login-offered-before-tls', 'mail-accepted-before-tls'],
      roles: ['submission'],
      settings: { smtpd_tls_auth_only: 'no', '-o smtpd_tls_security_level': 'may' },
      mended: { smtpd_tls_auth_only: 'yes', '-o smtpd_tls_security_level': 'encrypt' },
    },
    'optional-tls': {
      title: 'mail is taken before TLS on the submission port',
      finds: ['mail-accepted-before-tls'],
      roles: ['submission'],
      settings: { '-o smtpd_tls_security_level': 'may' },
      mended: { '-o smtpd_tls_security_level': 'encrypt' },
    },
    'no-starttls': {
      title: 'TLS is off',
      finds: ['mail-accepted-before-tls', 'starttls-not-advertised'],
      roles: ['submission'],
      settings: { smtpd_tls_security_level: 'none', '-o smtpd_tls_security_level': 'none' },
      mended: { '-o smtpd_tls_security_level': 'encrypt' },
    },
    'tls-1.0': {
      title: 'TLS 1.0 and 1.1 are accepted',
      finds: ['tls-1-0-accepted', 'tls-1-1-accepted'],
      roles: SUBMISSION,
      settings: {
        smtpd_tls_mandatory_protocols: '>=TLSv1',
        tls_medium_cipherlist: 'DEFAULT:@SECLEVEL=0',
        tls_high_cipherlist: 'DEFAULT:@SECLEVEL=0',
      },
      mended: { smtpd_tls_mandatory_protocols: '>=TLSv1.2' },
    },
    'weak-suites': {
      title: 'suites without a certificate are accepted',
      finds: ['anonymous-suites-accepted'],
      roles: SUBMISSION,
      settings: { smtpd_tls_exclude_ciphers: '' },
      mended: { smtpd_tls_exclude_ciphers: 'aNULL' },
    },
    'dh-1024': {
      title: 'DHE uses a prime of 1024 bits',
      finds: ['dh-weak'],
      settings: {
        smtpd_tls_dh1024_param_file: 'FOLDER/dh1024.pem',
        tls_medium_cipherlist: 'DEFAULT@SECLEVEL=1',
        tls_high_cipherlist: 'DEFAULT@SECLEVEL=1',
      },
      mended: { smtpd_tls_dh1024_param_file: 'auto' },
    },
    'wrong-door': {
      title: 'the ports of STARTTLS expect TLS from the first byte',
      finds: ['port-mismatch'],
      roles: ['submission'],
      settings: { smtpd_tls_wrappermode: 'yes' },
      mended: { smtpd_tls_wrappermode: 'no' },
      ready: 'connection',
    },
  },
  start: ({ settings, ...order }) =>
    startPostfix({
      ...order,
      configuration: 'good',
      settings: settingLines(settings).map((line) => line.replaceAll('FOLDER', order.files)),
    }),
});
