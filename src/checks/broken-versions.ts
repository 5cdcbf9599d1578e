import { ssl2, ssl3 } from '../probes/broken-versions.js';
import { number, vector } from '../tls/byte-writer.js';
import { defineVersionCheck, type VersionCheck } from './version-check.js';

/** What the versions of SSL have in common. */
const broken = {
  severity: 'high',
  remedy: {
    postfix:
      'smtpd_tls_mandatory_protocols and smtpd_tls_protocols = !SSLv2, !SSLv3, !TLSv1, !TLSv1.1 (3.6 and later also: >=TLSv1.2)',
    dovecot: 'ssl_min_protocol = TLSv1.2',
    'exim with OpenSSL (exim -bV tells; Debian’s has GnuTLS)': 'openssl_options = +no_sslv2 +no_sslv3',
    'any server': 'update its TLS library: maintained ones no longer have SSL',
  },
  byHand: 'not with common tools',
  namesSuite: true,
} satisfies Partial<VersionCheck>;

/** A SERVER-HELLO of SSL 2.0 (RFC 6101 appendix E): no certificate, one kind of cipher, a connection id. */
const ssl2ServerHello = (): Buffer => {
  const body = Buffer.concat([
    Buffer.from([4, 0, 1]),
    number(2, 2),
    number(2, 0),
    number(2, 3),
    number(2, 16),
    number(3, 0x010080),
    Buffer.alloc(16, 7),
  ]);
  return Buffer.concat([Buffer.from([0x80]), vector(1, body)]);
};

export default [
  defineVersionCheck({
    ...broken,
    version: 'SSL 2.0',
    id: 'ssl-2-accepted',
    probe: ssl2,
    why: 'SSL 2.0 does not protect its own handshake. It also breaks the TLS of all other servers that use the same key (DROWN).',
    references: ['RFC 6176'],
    cve: ['CVE-2016-0800'],
    relay: { status: 'warn', because: 'it endangers every server with the same key' },
    server: { answersHello: ({ versions }) => (versions.includes('SSLv2') ? ssl2ServerHello() : undefined) },
    covers: ['srv-tls-ssl2', 'srv-tls-drown'],
  }),
  defineVersionCheck({
    ...broken,
    version: 'SSL 3.0',
    id: 'ssl-3-accepted',
    probe: ssl3,
    why: 'The padding of SSL 3.0 is not authenticated: an attacker on the path who can make a client repeat a request reads it byte by byte (POODLE).',
    references: ['RFC 7568'],
    cve: ['CVE-2014-3566'],
    relay: { status: 'warn', because: 'no server of today needs it' },
    server: { answersHello: ({ versions }) => (versions.includes('SSLv3') ? { version: 'SSLv3' } : undefined) },
    covers: ['srv-tls-ssl3'],
  }),
];
