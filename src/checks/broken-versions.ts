import { ssl2, ssl3 } from '../probes/broken-versions.js';
import type { Probe } from '../probes/probe.js';
import type { VersionFacts } from '../probes/versions.js';
import { number, vector } from '../tls/byte-writer.js';
import { defineCheck, fail, inconclusive, pass, type Check, type ServerFlaw } from './check.js';
import { strangersPort, usersPort } from './subjects.js';

/** A version of SSL that is refused, as it should be. */
const defineBrokenVersion = (
  version: '2.0' | '3.0',
  needed: Probe<VersionFacts>,
  frame: Pick<Check, 'why' | 'references' | 'cve' | 'covers'> & {
    readonly relay: string;
    readonly flaw: ServerFlaw['server'];
  },
): Check =>
  defineCheck({
    id: `ssl-${version.charAt(0)}-accepted`,
    title: `SSL ${version} is refused`,
    why: frame.why,
    references: frame.references,
    ...(frame.cve && { cve: frame.cve }),
    cwe: ['CWE-326', 'CWE-327'],
    severity: 'high',
    relay: { status: 'warn', because: frame.relay },
    intrusiveness: 'passive',
    needs: { version: needed },
    judge: ({ version: { accepted, detail, control, at } }) => {
      const proof = at && { text: detail, at };
      if (accepted) return fail(`SSL ${version} is accepted (${detail})`, { proof });
      return control
        ? pass(`SSL ${version} is refused (${detail})`, { proof })
        : inconclusive(`SSL ${version} was refused (${detail}), but so was everything else`, { proof });
    },
    remedy: {
      postfix:
        'smtpd_tls_mandatory_protocols and smtpd_tls_protocols = !SSLv2, !SSLv3, !TLSv1, !TLSv1.1 (3.6 and later also: >=TLSv1.2)',
      dovecot: 'ssl_min_protocol = TLSv1.2',
      'exim with OpenSSL': 'openssl_options = +no_sslv2 +no_sslv3',
      'any server': 'update its TLS library: maintained ones no longer have SSL',
    },
    byHand: 'not with common tools',
    flaw: { name: `accepts SSL ${version}`, server: frame.flaw },
    covers: frame.covers,
    examples: [
      {
        given: { version: { accepted: false, detail: 'alert protocol_version', control: true } },
        on: usersPort,
        then: 'pass',
      },
      {
        given: { version: { accepted: false, detail: 'closed', control: false } },
        on: usersPort,
        then: 'inconclusive',
      },
      { given: { version: { accepted: true, detail: '', control: true } }, on: usersPort, then: 'fail' },
      { given: { version: { accepted: true, detail: '', control: true } }, on: strangersPort, then: 'warn' },
    ],
  });

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
  defineBrokenVersion('2.0', ssl2, {
    why: 'SSL 2.0 does not protect its own handshake. It also breaks the TLS of all other servers that use the same key (DROWN).',
    references: ['RFC 6176'],
    cve: ['CVE-2016-0800'],
    relay: 'it endangers every server with the same key',
    flaw: { answersHello: ({ versions }) => (versions.includes('SSLv2') ? ssl2ServerHello() : undefined) },
    covers: ['srv-tls-ssl2', 'srv-tls-drown'],
  }),
  defineBrokenVersion('3.0', ssl3, {
    why: 'The padding of SSL 3.0 is not authenticated: an attacker on the path who can make a client repeat a request reads it byte by byte (POODLE).',
    references: ['RFC 7568'],
    cve: ['CVE-2014-3566'],
    relay: 'no server of today needs it',
    flaw: { answersHello: ({ versions }) => (versions.includes('SSLv3') ? { version: 'SSLv3' } : undefined) },
    covers: ['srv-tls-ssl3'],
  }),
];
