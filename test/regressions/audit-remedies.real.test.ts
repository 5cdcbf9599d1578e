import { expect } from 'chai';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { audit } from '../../src/audit/audit.js';
import checks from '../../src/checks/index.js';
import { startDovecot } from '../../src/endpoints/daemons/dovecot.js';
import { startPostfix } from '../../src/endpoints/daemons/postfix.js';
import type { DaemonConfiguration } from '../../src/endpoints/daemons/running-daemon.js';
import type { AuditResult } from '../../src/audit/result.js';
import type { PortRole } from '../../src/protocols/protocol.js';
import { createAuthority } from '../../src/tls/certificate-authority.js';
import { requireReal } from '../support/real.js';

// What a remedy says is applied to the daemon that has the defect: afterwards the finding is gone.

const OLD_AGAIN = ['tls_medium_cipherlist = DEFAULT:@SECLEVEL=0', 'tls_high_cipherlist = DEFAULT:@SECLEVEL=0'];

const ANONYMOUS = 'ssl_cipher_list = ALL:aNULL:@SECLEVEL=0';
const DH = 'ssl_dh = </usr/share/dovecot/dh.pem';
const NULL = 'ssl_cipher_list = ALL:eNULL:@SECLEVEL=0';
const DOVECOT_SUITES =
  'ssl_cipher_list = ALL:!kRSA:!SRP:!kDHd:!DSS:!aNULL:!eNULL:!EXPORT:!DES:!3DES:!MD5:!PSK:!RC4:!ADH:!LOW@STRENGTH';
/** Stands for the folder with key and certificate. */
const FOLDER = 'FOLDER';
const CHAIN = `smtpd_tls_chain_files = ${FOLDER}/key.pem, ${FOLDER}/cert.pem`;
const WITH_TLS = ['smtpd_tls_security_level = encrypt', CHAIN];

const ROWS: readonly (readonly [
  check: string,
  daemon: 'dovecot' | 'postfix',
  role: PortRole,
  configuration: DaemonConfiguration,
  /** Makes the defect, where the configuration does not. */
  defect: readonly string[],
  remedy: readonly string[],
])[] = [
  ['tls-1-0-accepted', 'postfix', 'submission', 'tls10', OLD_AGAIN, ['smtpd_tls_mandatory_protocols = >=TLSv1.2']],
  [
    'tls-1-1-accepted',
    'postfix',
    'submission',
    'tls10',
    OLD_AGAIN,
    ['smtpd_tls_mandatory_protocols = !SSLv2, !SSLv3, !TLSv1, !TLSv1.1'],
  ],
  ['tls-1-0-accepted', 'dovecot', 'imap', 'tls10', [], ['ssl_min_protocol = TLSv1.2']],
  ['login-accepted-before-tls', 'postfix', 'submission', 'plaintext-allowed', [], ['smtpd_tls_auth_only = yes']],
  ['login-offered-before-tls', 'postfix', 'submission', 'plaintext-allowed', [], ['smtpd_tls_auth_only = yes']],
  ['login-accepted-before-tls', 'dovecot', 'imap', 'plaintext-allowed', [], ['disable_plaintext_auth = yes']],
  [
    'mail-accepted-before-tls',
    'postfix',
    'submission',
    'plaintext-allowed',
    [],
    ['smtpd_tls_security_level = encrypt'],
  ],
  [
    'anonymous-suites-accepted',
    'postfix',
    'submission',
    'good',
    ['smtpd_tls_exclude_ciphers ='],
    ['smtpd_tls_exclude_ciphers = aNULL'],
  ],
  ['dhe-breaks-handshake', 'dovecot', 'imaps', 'good', [], ['ssl_cipher_list = DEFAULT:!DHE']],
  ['dhe-breaks-handshake', 'dovecot', 'imap', 'good', [], [DH]],
  ['login-offered-before-tls', 'dovecot', 'imap', 'plaintext-allowed', [], ['disable_plaintext_auth = yes']],
  ['login-accepted-before-tls', 'dovecot', 'pop3', 'plaintext-allowed', [], ['disable_plaintext_auth = yes']],
  ['login-accepted-before-tls', 'dovecot', 'sieve', 'plaintext-allowed', [], ['disable_plaintext_auth = yes']],
  [
    'login-accepted-before-tls',
    'dovecot',
    'imap',
    'good',
    ['login_trusted_networks = 127.0.0.0/8'],
    ['login_trusted_networks ='],
  ],
  ['tls-1-1-accepted', 'dovecot', 'pop3s', 'tls10', [], ['ssl_min_protocol = TLSv1.2']],
  ['tls-1-2-missing', 'dovecot', 'imap', 'good', ['ssl_min_protocol = TLSv1.3'], ['ssl_min_protocol = TLSv1.2']],
  ['starttls-not-advertised', 'dovecot', 'imap', 'good', ['ssl = no'], ['ssl = required']],
  ['starttls-not-advertised', 'dovecot', 'pop3', 'good', ['ssl = no'], ['ssl = required']],
  ['anonymous-suites-accepted', 'dovecot', 'imaps', 'good', [ANONYMOUS, DH], [DOVECOT_SUITES]],
  ['unencrypted-suites-accepted', 'dovecot', 'imaps', 'good', [NULL], [DOVECOT_SUITES]],
  [
    'tls-1-0-accepted',
    'postfix',
    'submissions',
    'tls10',
    OLD_AGAIN,
    ['smtpd_tls_mandatory_protocols = !SSLv2, !SSLv3, !TLSv1, !TLSv1.1'],
  ],
  [
    'tls-1-2-missing',
    'postfix',
    'submission',
    'tls10',
    [...OLD_AGAIN, 'smtpd_tls_mandatory_protocols = TLSv1, TLSv1.1'],
    ['smtpd_tls_mandatory_protocols = !SSLv2, !SSLv3, !TLSv1, !TLSv1.1'],
  ],
  [
    'tls-1-2-missing',
    'postfix',
    'smtp',
    'tls10',
    [...OLD_AGAIN, 'smtpd_tls_protocols = TLSv1, TLSv1.1'],
    ['smtpd_tls_protocols = !SSLv2, !SSLv3, !TLSv1, !TLSv1.1'],
  ],
  ['starttls-not-advertised', 'postfix', 'submission', 'no-tls', [], WITH_TLS],
  [
    'anonymous-suites-accepted',
    'postfix',
    'submissions',
    'good',
    ['smtpd_tls_exclude_ciphers ='],
    ['smtpd_tls_exclude_ciphers = aNULL'],
  ],
  [
    'unencrypted-suites-accepted',
    'postfix',
    'submission',
    'good',
    ['tls_medium_cipherlist = ALL:eNULL:@SECLEVEL=0', 'smtpd_tls_exclude_ciphers ='],
    ['smtpd_tls_exclude_ciphers = eNULL'],
  ],
  [
    'starttls-unusable',
    'postfix',
    'submission',
    'good',
    ['smtpd_tls_cert_file = none', 'smtpd_tls_key_file =', 'smtpd_tls_exclude_ciphers ='],
    [CHAIN],
  ],
  [
    'static-rsa-accepted',
    'postfix',
    'submission',
    'good',
    ['smtpd_tls_mandatory_exclude_ciphers ='],
    ['smtpd_tls_mandatory_exclude_ciphers = kRSA'],
  ],
  [
    'static-rsa-accepted',
    'dovecot',
    'imaps',
    'good',
    ['ssl_cipher_list = ALL', DH],
    ['ssl_cipher_list = ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM'],
  ],
  [
    'weaker-suite-chosen',
    'postfix',
    'submission',
    'good',
    [
      'tls_preempt_cipherlist = yes',
      'tls_medium_cipherlist = AES128-SHA:ECDHE-RSA-AES256-GCM-SHA384',
      'tls_high_cipherlist = AES128-SHA:ECDHE-RSA-AES256-GCM-SHA384',
    ],
    ['tls_preempt_cipherlist = no'],
  ],
  [
    'weaker-suite-chosen',
    'dovecot',
    'imap',
    'good',
    ['ssl_prefer_server_ciphers = yes', 'ssl_cipher_list = AES128-SHA:ECDHE-RSA-AES256-GCM-SHA384'],
    ['ssl_prefer_server_ciphers = no'],
  ],
];

const OTHERS = { dovecot: /postfix|exim/, postfix: /dovecot|exim/ };
const start = { dovecot: startDovecot, postfix: startPostfix };

describe('remedies', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'remedies-'));
    chmodSync(folder, 0o755);
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  for (const [id, daemon, role, configuration, defect, remedy] of ROWS) {
    it(`${id}, ${daemon}: ${remedy.join(', ')}`, async function () {
      requireReal(this, daemon);
      const authority = await createAuthority({ keyType: 'rsa' });
      const certificate = await authority.issue('good', { dns: ['mail.lab.test'], ip: [] });
      writeFileSync(join(folder, 'key.pem'), certificate.keyPem);
      writeFileSync(join(folder, 'cert.pem'), certificate.certPem);
      const audited = async (settings: readonly string[]): Promise<AuditResult | undefined> => {
        await using server = await start[daemon]({
          address: daemon === 'dovecot' ? '127.0.0.2' : '127.0.0.3',
          configuration,
          certificate,
          users: [{ user: 'alice', password: 'correcthorse' }],
          roles: [role],
          settings: settings.map((line) => line.replaceAll(FOLDER, folder)),
        });
        const { results } = await audit(
          server.listeners.map((each) => `${each.portRole}://${each.address}:${String(each.port)}`),
          {
            checks: checks.filter((check) => check.id === id),
            depth: 'full',
            authorities: [authority.pem],
            servername: 'mail.lab.test',
          },
        );
        return results[0];
      };
      const found = await audited(defect);
      expect(found?.status).to.be.oneOf(['fail', 'warn']);
      // What is tried is what is shown, and nothing for other programs is.
      const shown = Object.entries(found?.remedy ?? {});
      expect(shown.map(([software]) => software.split(' ')[0])).to.include.oneOf([daemon, 'any']);
      expect(shown.filter(([software]) => OTHERS[daemon].test(software))).to.deep.equal([]);
      const words = shown.map(([, text]) => text).join('\n');
      for (const line of remedy) expect(words).to.include(line.split(/[ =]/)[0]);
      const after = await audited([...defect, ...remedy]);
      expect(after?.status, after?.because).to.equal('pass');
    }).timeout(60_000);
  }
});
