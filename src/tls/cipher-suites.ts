import { CIPHER_SUITES, OPENSSL_NAMES } from './iana.js';

/** What is notable about a cipher suite; a suite may have several. */
export type CipherClass =
  | 'null'
  | 'anon'
  | 'export'
  | 'rc2'
  | 'rc4'
  | 'des'
  | '3des'
  | 'idea'
  | 'seed'
  | 'gost'
  | 'cbc'
  | 'aead'
  | 'md5'
  | 'static-rsa'
  | 'static-dh'
  | 'psk'
  | 'srp'
  | 'krb5'
  | 'forward-secret'
  | 'tls13'
  | 'signalling';

/** One cipher suite: its number in the IANA registry, its IANA name, OpenSSL's where it has one, and its classes. */
export interface CipherSuite {
  readonly id: number;
  readonly name: string;
  readonly openssl?: string;
  readonly classes: ReadonlySet<CipherClass>;
}

/** The suite with this number; unknown and GREASE numbers get a name that says so and no classes. */
export const cipherSuite = (id: number): CipherSuite =>
  SUITES.get(id) ?? {
    id,
    name: `${(id & 0x0f0f) === 0x0a0a && id >> 8 === (id & 0xff) ? 'GREASE' : 'unknown'}_0x${id.toString(16).padStart(4, '0')}`,
    classes: new Set(),
  };

/** Numbers of all known suites that have every one of the classes, in registry order; signalling values only when asked for. */
export const cipherSuitesOf = (...classes: readonly CipherClass[]): number[] =>
  [...SUITES.values()]
    .filter((suite) => classes.every((one) => suite.classes.has(one)))
    .filter((suite) => classes.includes('signalling') || !suite.classes.has('signalling'))
    .map(({ id }) => id);

const classesOf = (name: string): Set<CipherClass> => {
  const classes = new Set(PATTERNS.filter(([, pattern]) => pattern.test(name)).map(([one]) => one));
  if (classes.has('tls13')) classes.add('forward-secret');
  return classes;
};

const PATTERNS: readonly (readonly [CipherClass, RegExp])[] = [
  ['signalling', /SCSV$/],
  ['null', /_NULL|^TLS_SHA(256|384)_/],
  ['anon', /_anon_|^TLS_NULL_WITH/],
  ['export', /_EXPORT/],
  ['rc2', /_RC2_/],
  ['rc4', /_RC4_/],
  ['des', /_WITH_DES(40)?_/],
  ['3des', /_3DES_/],
  ['idea', /_IDEA_/],
  ['seed', /_SEED_/],
  ['gost', /_GOSTR/],
  ['cbc', /_CBC_/],
  ['aead', /_(GCM|CCM|POLY1305|MGM|AEGIS)(_|$)|_AEGIS_/],
  ['md5', /_MD5$/],
  ['static-rsa', /^TLS_RSA_(EXPORT(1024)?_|FIPS_)?WITH|^TLS_RSA_PSK/],
  ['static-dh', /^TLS_(DH|ECDH)_(RSA|DSS|ECDSA)_/],
  ['psk', /PSK/],
  ['srp', /_SRP_/],
  ['krb5', /_KRB5_/],
  ['forward-secret', /^TLS_(PSK_)?(EC)?DHE_|^TLS_(EC)?DH_anon_|^TLS_ECCPWD_/],
  ['tls13', /^TLS_(AES|CHACHA20|AEGIS|SM4|SHA\d+)_|_MGM_[LS]$/],
];

const OPENSSL: ReadonlyMap<number, string> = new Map(OPENSSL_NAMES);

const SUITES: ReadonlyMap<number, CipherSuite> = new Map(
  CIPHER_SUITES.map(([id, name]) => {
    const openssl = OPENSSL.get(id);
    return [id, { id, name, ...(openssl !== undefined && { openssl }), classes: classesOf(name) }];
  }),
);
