import type { PortRole } from '../../src/protocols/protocol.js';
import { GOOD_EXIM, type EximSettings } from './exim.js';

/** Everything is open. */
export const OPEN_EXIM: EximSettings = { main: ['tls_advertise_hosts = *', 'auth_advertise_hosts = *'] };
const OPEN = OPEN_EXIM;

/** Mail is refused before TLS as other servers refuse it, and there is one user. */
const TLS_FIRST: EximSettings = {
  mail: ['deny message = 530 5.7.0 Must issue a STARTTLS command first\n    condition = ${if !def:tls_in_cipher}'],
  router: ['local_parts = postmaster'],
};

const openWith = (...main: readonly string[]): EximSettings => ({ ...OPEN, main: [...(OPEN.main ?? []), ...main] });

/** Remedies of Exim, each applied to a daemon with the defect (test/regressions/audit-exim.real.test.ts). */
export const TRIED_EXIM_REMEDIES: readonly (readonly [
  check: string,
  role: PortRole,
  defect: EximSettings,
  remedied: EximSettings,
])[] = [
  ['login-offered-before-tls', 'submission', OPEN, { main: [OPEN.main?.[0] ?? '', GOOD_EXIM.main?.[2] ?? ''] }],
  [
    'login-accepted-before-tls',
    'submission',
    OPEN,
    { ...OPEN, authenticator: ['server_advertise_condition = ${if def:tls_in_cipher}'] },
  ],
  ['mail-accepted-before-tls', 'submission', OPEN, { ...OPEN, mail: GOOD_EXIM.mail ?? [] }],
  ['tls-1-0-accepted', 'submission', OPEN, { main: [...(OPEN.main ?? []), GOOD_EXIM.main?.[1] ?? ''] }],
  ['tls-1-1-accepted', 'submissions', OPEN, { main: [...(OPEN.main ?? []), GOOD_EXIM.main?.[1] ?? ''] }],
  [
    'tls-1-2-missing',
    'submission',
    { main: [...(OPEN.main ?? []), 'tls_require_ciphers = NORMAL:-VERS-TLS1.2:-VERS-TLS1.3'] },
    { main: [...(OPEN.main ?? []), GOOD_EXIM.main?.[1] ?? ''] },
  ],
  ['starttls-not-advertised', 'submission', { main: ['tls_advertise_hosts ='] }, { main: ['tls_advertise_hosts = *'] }],
  [
    'hello-name-refused',
    'submission',
    { main: [...(OPEN.main ?? []), 'helo_verify_hosts = *'] },
    { main: [...(OPEN.main ?? []), 'helo_accept_junk_hosts = *'] },
  ],
  [
    'client-certificate-asked',
    'submission',
    { main: [...(OPEN.main ?? []), 'tls_try_verify_hosts = *'] },
    { main: [...(OPEN.main ?? [])] },
  ],
  [
    'mail-refused-before-tls',
    'smtp',
    { ...OPEN, mail: ['deny message = STARTTLS first\n    condition = ${if !def:tls_in_cipher}'] },
    OPEN,
  ],
  [
    'version-in-banner',
    'submission',
    OPEN,
    { main: [...(OPEN.main ?? []), 'smtp_banner = $smtp_active_hostname ESMTP'] },
  ],
  [
    'challenge-given-before-tls',
    'submission',
    { ...OPEN, hasChallenges: true },
    { ...OPEN, hasChallenges: true, authenticator: ['server_advertise_condition = ${if def:tls_in_cipher}'] },
  ],
  ['cross-protocol-possible', 'submission', openWith('tls_alpn ='), OPEN],
  [
    'mandatory-suite-missing',
    'submission',
    openWith('tls_require_ciphers = NORMAL:-AES-128-GCM'),
    openWith('tls_require_ciphers = NORMAL'),
  ],
  [
    'static-rsa-accepted',
    'submission',
    { ...OPEN, keyType: 'rsa' },
    { ...openWith('tls_require_ciphers = NORMAL:-RSA'), keyType: 'rsa' },
  ],
  [
    'triple-des-accepted',
    'submission',
    openWith('tls_require_ciphers = NORMAL:+3DES-CBC'),
    openWith('tls_require_ciphers = NORMAL'),
  ],
  [
    'users-told-before-tls',
    'submission',
    { main: ['tls_advertise_hosts = *', 'acl_smtp_vrfy = accept'], ...TLS_FIRST },
    { main: ['tls_advertise_hosts = *', 'acl_smtp_vrfy = deny'], ...TLS_FIRST },
  ],
  [
    'weak-signatures',
    'submission',
    openWith('tls_require_ciphers = NORMAL:+SIGN-RSA-SHA1:+SIGN-ECDSA-SHA1'),
    openWith('tls_require_ciphers = NORMAL:-SIGN-RSA-SHA1:-SIGN-ECDSA-SHA1'),
  ],
  [
    'web-request-reflected',
    'submission',
    openWith('helo_accept_junk_hosts = *', 'smtp_max_unknown_commands = 1000', 'smtp_max_synprot_errors = 1000'),
    openWith('helo_accept_junk_hosts = *'),
  ],
  [
    'wrong-commands-tolerated',
    'submission',
    openWith('smtp_max_unknown_commands = 1000', 'smtp_max_synprot_errors = 1000'),
    openWith('smtp_max_unknown_commands = 3', 'smtp_max_synprot_errors = 1000'),
  ],
];
