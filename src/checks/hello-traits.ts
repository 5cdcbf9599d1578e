import { helloTraits, type HelloTraits } from '../probes/hello-traits.js';
import { EXTENSION } from '../tls/registries.js';
import { cipherSuite, cipherSuitesOf } from '../tls/cipher-suites.js';
import type { FlightOrder } from '../tls/server-messages.js';
import type { ClientHelloFacts } from '../tls/client-hello.js';
import { defineCheck, fail, pass, type Check, type Finding } from './check.js';
import { upToTls12 } from './flaws.js';
import { oneOfEachKind, usersPort } from './subjects.js';

/** What a server of TLS 1.2 answers besides the suite, or which suite it chooses for an ordinary client. */
const defineTrait = (
  frame: Pick<
    Check,
    'id' | 'title' | 'why' | 'references' | 'cve' | 'cwe' | 'severity' | 'remedy' | 'covers' | 'relay'
  > & {
    readonly good: string;
    readonly bad: (traits: HelloTraits) => string | undefined;
    readonly openssl: string;
    readonly flaw: { readonly name: string; readonly order: (hello: ClientHelloFacts) => Partial<FlightOrder> };
    readonly example: Partial<HelloTraits>;
    readonly counter: Partial<HelloTraits>;
  },
): Check => {
  const { good, bad, openssl, flaw, example, counter, ...rest } = frame;
  return defineCheck({
    ...rest,
    intrusiveness: 'passive',
    needs: { traits: helloTraits },
    judge: ({ traits }): Finding => {
      const { version, suite, at } = traits;
      const proof = at && { text: `${version}, ${suite}`, at };
      const found = bad(traits);
      return found === undefined ? pass(good, { proof }) : fail(found, { proof });
    },
    byHand: { openssl },
    flaw: {
      name: flaw.name,
      server: { answersHello: upToTls12(flaw.order) },
      roles: oneOfEachKind,
    },
    examples: [
      { given: { traits: example }, then: 'pass' },
      { given: { traits: counter }, on: usersPort, then: 'fail' },
    ],
  });
};

const classesOf = (suite: string): ReadonlySet<string> =>
  cipherSuite(cipherSuitesOf().find((id) => cipherSuite(id).name === suite) ?? 0).classes;

/** The hello as one that does not ask for it. */
const without = (hello: ClientHelloFacts, extension: number): ClientHelloFacts => ({
  ...hello,
  extensions: hello.extensions.filter((each) => each !== extension),
});

export default [
  defineTrait({
    id: 'secure-renegotiation-missing',
    title: 'Secure renegotiation is supported',
    why: 'Without it an attacker on the path can put their own commands before those of the client, in the client’s own session.',
    references: ['RFC 5746', 'RFC 9325 §3.5'],
    cve: ['CVE-2009-3555'],
    cwe: ['CWE-300'],
    severity: 'medium',
    good: 'secure renegotiation is supported',
    bad: ({ secureRenegotiation, version }) =>
      secureRenegotiation ? undefined : `a ${version} handshake is not protected against renegotiation by an attacker`,
    remedy: { 'any server': 'update its TLS library: all that are maintained support it' },
    openssl: '-tls1_2 | grep -i renegotiation',
    flaw: {
      name: 'does not know of secure renegotiation',
      order: (hello) => ({
        hello: {
          ...without(hello, EXTENSION.renegotiationInfo),
          cipherSuites: hello.cipherSuites.filter((id) => id !== 0x00ff),
        },
      }),
    },
    covers: ['srv-tls-renego-info'],
    example: { secureRenegotiation: true },
    counter: { secureRenegotiation: false, version: 'TLSv1.2' },
  }),
  defineTrait({
    id: 'compression-accepted',
    title: 'TLS compression is refused',
    why: 'The length of compressed data gives away what is in it: an attacker who can add text to a connection guesses its secrets (CRIME).',
    references: ['RFC 9325 §3.3'],
    cve: ['CVE-2012-4929'],
    cwe: ['CWE-310'],
    severity: 'medium',
    good: 'TLS compression is refused',
    bad: ({ compression }) => (compression === 0 ? undefined : `compression method ${String(compression)} is accepted`),
    remedy: {
      'any other server': 'turn TLS compression off, or update its TLS library',
      postfix: 'tls_ssl_options = no_compression',
      dovecot: 'ssl_options without compression (the default)',
      'exim with OpenSSL (exim -bV tells; Debian’s has GnuTLS)': 'openssl_options = +no_compression',
    },
    openssl: '-tls1_2 -comp | grep Compression',
    flaw: { name: 'compresses', order: () => ({ compression: 1 }) },
    covers: ['srv-tls-compression'],
    example: { compression: 0 },
    counter: { compression: 1 },
  }),
  defineTrait({
    id: 'extended-master-secret-missing',
    title: 'The extended master secret is supported',
    why: 'Without it two sessions of TLS 1.2 can be made to share their keys (triple handshake), and client certificates or channel bindings then prove nothing.',
    references: ['RFC 7627', 'RFC 9325 §3.5'],
    severity: 'low',
    relay: { status: 'info', because: 'servers bind nothing to their sessions' },
    good: 'the extended master secret is supported',
    bad: ({ extendedMasterSecret, version }) =>
      extendedMasterSecret ? undefined : `the server has no extended master secret in ${version}`,
    remedy: { 'any server': 'update its TLS library: OpenSSL 1.1.0, GnuTLS 3.4, or later' },
    openssl: '-tls1_2 | grep -i "extended master"',
    flaw: { name: 'has no extended master secret', order: () => ({}) },
    covers: ['srv-tls-ems'],
    example: { extendedMasterSecret: true },
    counter: { extendedMasterSecret: false },
  }),
  defineTrait({
    id: 'forward-secrecy-missing',
    title: 'An ordinary client gets forward secrecy',
    why: 'Without it a server key that is stolen one day opens all mail and passwords that were recorded before.',
    references: ['RFC 9325 §4.1', 'RFC 9325 §6.3'],
    cwe: ['CWE-326'],
    severity: 'medium',
    relay: { status: 'warn', because: 'between servers such a suite is still better than no TLS' },
    good: 'an ordinary client gets forward secrecy',
    bad: ({ suite }) =>
      classesOf(suite).has('forward-secret')
        ? undefined
        : `a client that lists ECDHE first gets ${suite}, without forward secrecy`,
    remedy: {
      'any other server': 'no list of ciphers of your own, or one that begins with ECDHE',
      postfix: 'smtpd_tls_eecdh_grade = auto (the default), and no kEECDH in smtpd_tls_exclude_ciphers',
      dovecot: 'no ssl_cipher_list of your own; ssl_prefer_server_ciphers = no',
      'exim with OpenSSL (exim -bV tells; Debian’s has GnuTLS)': 'tls_eccurve = auto (the default)',
    },
    openssl: '-tls1_2 -cipher ECDHE:DHE',
    flaw: {
      name: 'prefers a suite without forward secrecy',
      order: ({ cipherSuites }) => ({
        suite: cipherSuites.find((id) => cipherSuite(id).name.startsWith('TLS_RSA_WITH_AES')) ?? 0x002f,
        exchange: { kind: 'rsa' },
      }),
    },
    covers: ['srv-tls-fs'],
    example: { suite: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256' },
    counter: { suite: 'TLS_RSA_WITH_AES_128_GCM_SHA256' },
  }),
  defineTrait({
    id: 'authenticated-encryption-missing',
    title: 'An ordinary client of TLS 1.2 gets authenticated encryption (AEAD)',
    why: 'CBC suites have been broken again and again by measuring how long servers take to answer (Lucky 13).',
    references: ['RFC 9325 §4.2', 'RFC 7366'],
    severity: 'low',
    relay: { status: 'info', because: 'between servers such a suite is still better than no TLS' },
    good: 'an ordinary client gets authenticated encryption',
    bad: ({ suite, version }) =>
      classesOf(suite).has('aead') ? undefined : `a client that lists AES-GCM first gets ${suite} in ${version}`,
    remedy: {
      postfix: 'smtpd_tls_mandatory_ciphers = high, and no AESGCM in smtpd_tls_exclude_ciphers',
      dovecot: 'no ssl_cipher_list of your own; TLS 1.2 or newer',
      'any server': 'TLS 1.2 or newer, with AES-GCM or ChaCha20-Poly1305',
    },
    openssl: '-tls1_2 -cipher ECDHE+AESGCM:ECDHE+CHACHA20',
    flaw: {
      name: 'knows CBC only',
      order: ({ cipherSuites }) => ({
        suite: cipherSuites.find((id) => cipherSuite(id).name === 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA') ?? 0xc013,
      }),
    },
    covers: ['srv-tls-cipher-cbc-only', 'srv-tls-lucky13'],
    example: { suite: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256' },
    counter: { suite: 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA' },
  }),
];
