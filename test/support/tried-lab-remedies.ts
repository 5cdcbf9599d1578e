import type { Settings } from '../../src/lab/daemon.js';
import type { PortRole } from '../../src/protocols/protocol.js';

/** Remedies that no weakness of the lab has, each applied to a daemon with the defect (test/lab/remedies.real.test.ts). */
export const TRIED_LAB_REMEDIES: readonly (readonly [
  check: string,
  daemon: string,
  role: PortRole,
  defect: Settings,
  remedy: Settings,
])[] = [
  [
    'triple-des-accepted',
    'courier',
    'imaps',
    { TLS_PRIORITY: 'NORMAL:-VERS-TLS1.0:-VERS-TLS1.1:+3DES-CBC' },
    { TLS_PRIORITY: 'NORMAL:-VERS-TLS1.0:-VERS-TLS1.1' },
  ],
  [
    'weak-signatures',
    'courier',
    'imaps',
    { TLS_PRIORITY: 'NORMAL:+SIGN-RSA-SHA1:+SIGN-ECDSA-SHA1' },
    { TLS_PRIORITY: 'NORMAL:-SIGN-RSA-SHA1:-SIGN-ECDSA-SHA1' },
  ],
  ['version-in-banner', 'cyrus', 'imap', { serverinfo: 'on' }, { serverinfo: 'off' }],
  [
    'outdated-logins',
    'cyrus',
    'imaps',
    { sasl_mech_list: 'PLAIN DIGEST-MD5' },
    { sasl_mech_list: 'PLAIN SCRAM-SHA-256' },
  ],
];
