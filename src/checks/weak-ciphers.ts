import { weakSuites, type WeakClass } from '../probes/weak-suites.js';
import type { Severity } from '../verdict/visit.js';
import { defineCheck, fail, inconclusive, pass, type Check } from './check.js';
import { takesSuites } from './flaws.js';
import { oneOfEachKind } from './subjects.js';

/** A class of ciphers that is refused, as it should be. */
const defineWeakCipher = (frame: {
  readonly id: string;
  readonly ciphers: string;
  readonly classes: readonly WeakClass[];
  readonly why: string;
  readonly references: readonly string[];
  readonly cve?: readonly string[];
  readonly severity: Severity;
  /** A suite of the kind, by its IANA name. */
  readonly flaw: RegExp;
  readonly covers: readonly string[];
}): Check =>
  defineCheck({
    id: frame.id,
    title: `${frame.ciphers.replace(/^[a-z]/, (first) => first.toUpperCase())} are refused`,
    why: frame.why,
    references: frame.references,
    ...(frame.cve && { cve: frame.cve }),
    cwe: ['CWE-327'],
    severity: frame.severity,
    relay: { status: 'info', because: 'between servers a weak cipher is still better than none' },
    intrusiveness: 'passive',
    needs: { weak: weakSuites },
    judge: ({ weak: { accepted, refusal, control, untried } }) => {
      const found = accepted.find(({ classes }) => classes.some((each) => frame.classes.includes(each)));
      if (found !== undefined)
        return fail(`a client that offers nothing better gets ${found.suite}`, {
          proof: found.at && { text: found.suite, at: found.at },
        });
      if (untried !== undefined) return inconclusive(untried);
      return control
        ? pass(`${frame.ciphers} are refused (${refusal})`)
        : inconclusive(`${frame.ciphers} were refused (${refusal}), but so was everything else`);
    },
    remedy: {
      'any other server': 'no list of ciphers of your own: that of a maintained TLS library has none of these',
      postfix:
        'smtpd_tls_mandatory_ciphers = high and smtpd_tls_ciphers = high; tls_high_cipherlist as it is by default',
      dovecot: 'no ssl_cipher_list of your own (the default has none of these)',
      'exim with OpenSSL (exim -bV tells; Debian’s has GnuTLS)': 'tls_require_ciphers = HIGH:!aNULL:!3DES:!RC4',
      'exim with GnuTLS (Debian)': 'tls_require_ciphers = NORMAL',
      'Courier with GnuTLS (Debian)': 'TLS_PRIORITY=NORMAL:-VERS-TLS1.0:-VERS-TLS1.1',
    },
    // Today's builds of OpenSSL do not know most of these.
    byHand: 'not with common tools',
    flaw: {
      name: `takes ${frame.ciphers}`,
      server: { answersHello: takesSuites(frame.flaw) },
      roles: oneOfEachKind,
    },
    covers: frame.covers,
    examples: [
      { given: { weak: { accepted: [], refusal: 'alert handshake_failure', control: true } }, then: 'pass' },
      { given: { weak: { accepted: [], refusal: 'closed', control: false } }, then: 'inconclusive' },
      {
        given: {
          weak: {
            accepted: [{ suite: 'TLS_X', classes: ['anon'] }],
            refusal: '',
            untried: 'not tried: connection limit reached',
            control: true,
          },
        },
        then: 'inconclusive',
      },
      {
        given: { weak: { accepted: [{ suite: 'TLS_X', classes: [...frame.classes] }], refusal: '', control: true } },
        then: 'fail',
      },
    ],
  });

export default [
  defineWeakCipher({
    id: 'export-suites-accepted',
    ciphers: 'export suites',
    classes: ['export'],
    why: 'Export suites have keys of 40 or 56 bits on purpose. An attacker on the path can force careless clients down to them and read along (FREAK).',
    references: ['RFC 9325 §4.1', 'RFC 4346 §1.1'],
    cve: ['CVE-2015-0204'],
    severity: 'high',
    flaw: /^TLS_RSA_EXPORT_WITH_RC4_40_MD5/,
    covers: ['srv-tls-cipher-export', 'srv-tls-freak'],
  }),
  defineWeakCipher({
    id: 'rc4-accepted',
    ciphers: 'RC4 suites',
    classes: ['rc4'],
    why: 'RC4 has biases by which passwords that are sent often, as mail clients do, can be recovered.',
    references: ['RFC 7465 §2', 'RFC 9325 §4.1'],
    cve: ['CVE-2013-2566', 'CVE-2015-2808'],
    severity: 'medium',
    flaw: /^TLS_RSA_WITH_RC4_128_SHA/,
    covers: ['srv-tls-cipher-rc4'],
  }),
  defineWeakCipher({
    id: 'des-accepted',
    ciphers: 'DES and RC2 suites',
    classes: ['des', 'rc2'],
    why: 'A key of DES has 56 bits, and is found in a day by trying all keys.',
    references: ['RFC 5469', 'RFC 9325 §4.1'],
    severity: 'high',
    flaw: /^TLS_RSA_WITH_DES_CBC_SHA/,
    covers: ['srv-tls-cipher-des'],
  }),
  defineWeakCipher({
    id: 'triple-des-accepted',
    ciphers: '3DES suites',
    classes: ['3des'],
    why: 'Blocks of 64 bits repeat within some 32 GB on one connection, and then give plaintext away (Sweet32); 112 bits of security are fewer than the 128 that are asked for today.',
    references: ['RFC 9325 §4.1'],
    cve: ['CVE-2016-2183'],
    severity: 'low',
    flaw: /^TLS_RSA_WITH_3DES_EDE_CBC_SHA/,
    covers: ['srv-tls-cipher-3des', 'srv-tls-sweet32'],
  }),
  defineWeakCipher({
    id: 'rare-ciphers-accepted',
    ciphers: 'IDEA, SEED and GOST suites',
    classes: ['idea', 'seed', 'gost'],
    why: 'Nobody uses these ciphers in mail, few libraries maintain them, and none of them is recommended.',
    references: ['RFC 5469', 'RFC 9325 §4.2'],
    severity: 'low',
    flaw: /^TLS_RSA_WITH_SEED_CBC_SHA/,
    covers: ['srv-tls-cipher-gost'],
  }),
];
