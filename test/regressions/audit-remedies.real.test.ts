import { expect } from 'chai';
import { audit } from '../../src/audit/audit.js';
import checks from '../../src/checks/index.js';
import { startDovecot } from '../../src/endpoints/daemons/dovecot.js';
import { startPostfix } from '../../src/endpoints/daemons/postfix.js';
import type { DaemonConfiguration } from '../../src/endpoints/daemons/running-daemon.js';
import type { PortRole } from '../../src/protocols/protocol.js';
import { createAuthority } from '../../src/tls/certificate-authority.js';
import { requireReal } from '../support/real.js';

// What a remedy says is applied to the daemon that has the defect: afterwards the finding is gone.

const OLD_AGAIN = ['tls_medium_cipherlist = DEFAULT:@SECLEVEL=0', 'tls_high_cipherlist = DEFAULT:@SECLEVEL=0'];

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
];

const start = { dovecot: startDovecot, postfix: startPostfix };

describe('remedies', () => {
  for (const [id, daemon, role, configuration, defect, remedy] of ROWS) {
    it(`${id}, ${daemon}: ${remedy.join(', ')}`, async function () {
      requireReal(this, daemon);
      const authority = await createAuthority({ keyType: 'rsa' });
      const statusWith = async (settings: readonly string[]): Promise<string | undefined> => {
        await using server = await start[daemon]({
          address: daemon === 'dovecot' ? '127.0.0.2' : '127.0.0.3',
          configuration,
          certificate: await authority.issue('good', { dns: ['mail.lab.test'], ip: [] }),
          users: [{ user: 'alice', password: 'correcthorse' }],
          roles: [role],
          settings,
        });
        const { results } = await audit(
          server.listeners.map((each) => `${each.portRole}://${each.address}:${String(each.port)}`),
          {
            checks: checks.filter((check) => check.id === id),
            authorities: [authority.pem],
            servername: 'mail.lab.test',
          },
        );
        return results[0]?.status;
      };
      expect(await statusWith(defect)).to.equal('fail');
      expect(await statusWith([...defect, ...remedy])).to.equal('pass');
    }).timeout(60_000);
  }
});
