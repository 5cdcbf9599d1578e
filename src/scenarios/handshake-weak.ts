import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { HandshakeScript } from '../tls/handshake-script.js';
import { MODP_2048, usableSuite, type FlightOrder } from '../tls/server-messages.js';
import { refusesHandshake } from '../verdict/handshake.js';
import type { Severity } from '../verdict/visit.js';
import { FAULTY_HANDSHAKE, flightWith, makesHandshake } from './handshake-rules.js';
import { defineScenario, type Variant } from './scenario.js';

interface Row extends Variant {
  /** Completes “went on with …”. */
  readonly fault: string;
  readonly script: HandshakeScript;
  readonly atMost?: Severity;
}

const always = (order: Partial<FlightOrder>): HandshakeScript => flightWith(() => order);

/** By number in the IANA registry, with what a server of that suite says. */
const SUITES = {
  rc4: 0x0005,
  '3des': 0x000a,
  export: 0x0003,
  null: 0x0002,
  anonymous: 0x0034,
  dhe: 0x0033,
  ecdhe: 0xc013,
} as const;

const hexadecimal = (digits: string): Buffer => Buffer.from(digits, 'hex');

/** Primes p for which (p - 1) / 2 is prime too: only their length is wrong. */
const PRIMES = {
  480: hexadecimal(
    'f43aedf36ecdf97b9c331912d06baa5775fa58f3bdce5c2f217d98088e7319773fe6350439fcae93ba32ea6160fc79d4b38f87aec036be174571ba0f',
  ),
  512: hexadecimal(
    'fabd2572feab3c1c1f6fe7890a400d09033148ee13fba2e9a0ad6632634cb73b6f5e2c80702b66c9f756fb8534c9ab7e5b80a82ad7a827ae923562effe732d1b',
  ),
  768: hexadecimal(
    'ef67f17f9bc31b235d5fdb300938212e0939b280073ef57115d167f5ef27b8d42c26ab1600cfca485df1083a4c48236339ed910465889fa7e37ad257933a5bfad896f9146ee2c4ec1d64c315ef75553a04d2efd30974863ff29c1feb17ec6747',
  ),
  1024: hexadecimal(
    'ec64cb30cc66a63201beb154a9e616fcd17b98db7396dd0682c446c1280944046ac3de0e9c1f658beca8668adf97f2376f15a02192894fdc6938123292b51b987abb866cf5a8165541b9ff59cc40fd9d539ad2ce2280d7bd4949aad53530548e529f331ad829b516363861b5616cc20c6f6685a38ee0b0403d395951706e6c4b',
  ),
} as const;

/** The first suite of the client's that agrees on keys by Diffie-Hellman in a field; where it offers none, the usual one all the same. */
const overField = (prime: Buffer, value?: Buffer): HandshakeScript =>
  flightWith(({ hello }) => ({
    suite: hello.cipherSuites.find((id) => DHE_RSA.has(id)) ?? SUITES.dhe,
    exchange: { kind: 'dhe', prime, ...(value && { value }) },
  }));

/** TLS_DHE_RSA_WITH_AES and CHACHA20. */
const DHE_RSA: ReadonlySet<number> = new Set([0x009e, 0x009f, 0xccaa, 0x0067, 0x006b, 0x0033, 0x0039]);

/** A group that was offered, and a point that is not on it: the coordinates are the prime’s length, and satisfy nothing. */
const offCurve: HandshakeScript = flightWith(({ hello }) =>
  hello.groups.includes(SECP256R1)
    ? {
        suite: ecdheOf(hello.cipherSuites),
        exchange: { kind: 'ecdhe', group: SECP256R1, point: Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 1)]) },
      }
    : { unfit: 'the client does not offer the curve P-256' },
);

const ecdheOf = (suites: readonly number[]): number => suites.find((id) => ECDHE_RSA.has(id)) ?? SUITES.ecdhe;
const ECDHE_RSA: ReadonlySet<number> = new Set([0xc02f, 0xc030, 0xcca8, 0xc027, 0xc028, 0xc013, 0xc014]);
const SECP256R1 = 23;

/**
 * The certificate's key where the client knows how: there the server signs nothing, and there are clients that refuse these
 * versions for their signatures (MD5 with SHA-1) alone.
 */
const old = (version: 'TLSv1' | 'TLSv1.1'): HandshakeScript =>
  flightWith(({ hello }) => {
    const suite = hello.cipherSuites.find((id) => id === 0x002f || id === 0x0035);
    return { version, ...(suite === undefined ? { suite: SUITES.ecdhe } : { suite, exchange: { kind: 'rsa' } }) };
  });

/** FREAK: an export key where none was asked for. */
const exportKeyUnasked: HandshakeScript = flightWith(({ hello }) => ({
  suite: hello.cipherSuites.find((id) => STATIC_RSA.has(id)) ?? 0x002f,
  exchange: { kind: 'rsa-export', modulus: exportModulus() },
}));
const STATIC_RSA: ReadonlySet<number> = new Set([0x009c, 0x009d, 0x003c, 0x003d, 0x002f, 0x0035]);

/** 512 bits, the top and the last of them set. */
const exportModulus = (): Buffer => {
  const modulus = randomBytes(64);
  modulus[0] = (modulus[0] ?? 0) | 0x80;
  modulus[63] = (modulus[63] ?? 0) | 1;
  return modulus;
};

/** A signature is there to be wrong only where the server's half of the key is signed. */
const signedBy = (signature: () => FlightOrder['signature']): HandshakeScript =>
  flightWith(({ hello }) => {
    const suite = usableSuite(hello);
    const made = signature();
    return suite === undefined || STATIC_RSA.has(suite) || made === undefined
      ? { unfit: 'the client offers no suite with a signed key' }
      : { signature: made };
  });

let another: FlightOrder['signature'];
const anotherKey = (): FlightOrder['signature'] =>
  (another ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);

export default defineScenario<Row>({
  id: 'handshake-weak',
  ...FAULTY_HANDSHAKE,
  title: 'The handshake chooses keys, ciphers or signatures that protect nothing',
  attack:
    'begins a handshake that is weak, or wrong, in one thing, whether or not the client offers it; goes on to ServerHelloDone',
  why: 'An attacker needs to break only the weakest key, cipher or signature that a client accepts (FREAK, Logjam, POODLE). A client must refuse what it did not offer, and must offer nothing that is broken.',
  references: [
    'RFC 9325 §4',
    'RFC 8996 §4',
    'RFC 7465 §2',
    'RFC 7568 §3',
    'RFC 7919 §5.1',
    'RFC 8422 §5.11',
    'RFC 5246 §7.4.3',
  ],
  cve: ['CVE-2015-0204', 'CVE-2015-4000', 'CVE-2016-2183'],
  cwe: ['CWE-326', 'CWE-327', 'CWE-347'],
  variants: [
    {
      name: 'ssl-3',
      fault: 'SSL 3.0',
      script: always({ version: 'SSLv3', suite: 0x002f, exchange: { kind: 'rsa' } }),
      covers: ['tls-ssl3-only'],
    },
    { name: 'tls-1-0', fault: 'TLS 1.0', script: old('TLSv1'), atMost: 'medium', covers: ['tls10-only'] },
    { name: 'tls-1-1', fault: 'TLS 1.1', script: old('TLSv1.1'), atMost: 'medium', covers: ['tls11-only'] },
    {
      name: 'rc4',
      fault: 'a suite with RC4',
      script: always({ suite: SUITES.rc4, exchange: { kind: 'rsa' } }),
      covers: ['tls-cipher-rc4'],
    },
    {
      name: '3des',
      fault: 'a suite with 3DES',
      script: always({ suite: SUITES['3des'], exchange: { kind: 'rsa' } }),
      atMost: 'medium',
      covers: ['tls-cipher-3des'],
    },
    {
      name: 'export',
      fault: 'an export suite and an RSA key of 512 bits',
      script: flightWith(() => ({ suite: SUITES.export, exchange: { kind: 'rsa-export', modulus: exportModulus() } })),
      covers: ['tls-cipher-export'],
    },
    {
      name: 'freak',
      fault: 'an RSA key of 512 bits that it had not asked for',
      script: exportKeyUnasked,
      covers: ['tls-freak'],
    },
    {
      name: 'null',
      fault: 'a suite without encryption',
      script: always({ suite: SUITES.null, exchange: { kind: 'rsa' } }),
      covers: ['tls-cipher-null'],
    },
    {
      name: 'anonymous',
      fault: 'a suite without authentication',
      script: always({ suite: SUITES.anonymous, exchange: { kind: 'dhe', prime: MODP_2048 }, isAnonymous: true }),
      covers: ['tls-cipher-anon'],
    },
    {
      name: 'dh-480',
      fault: 'a Diffie-Hellman group of 480 bits',
      script: overField(PRIMES[480]),
      covers: ['tls-dh-480'],
    },
    {
      name: 'dh-512',
      fault: 'a Diffie-Hellman group of 512 bits',
      script: overField(PRIMES[512]),
      covers: ['tls-dh-512'],
    },
    { name: 'dh-768', fault: 'a Diffie-Hellman group of 768 bits', script: overField(PRIMES[768]) },
    {
      name: 'dh-1024',
      fault: 'a Diffie-Hellman group of 1024 bits',
      script: overField(PRIMES[1024]),
      atMost: 'medium',
      covers: ['tls-dh-1024'],
    },
    {
      name: 'dh-small-subgroup',
      fault: 'a Diffie-Hellman value of 1',
      script: overField(MODP_2048, Buffer.concat([Buffer.alloc(MODP_2048.length - 1), Buffer.from([1])])),
      covers: ['tls-dh-small-subgroup'],
    },
    {
      name: 'off-curve',
      fault: 'a point that is not on the curve',
      script: offCurve,
      covers: ['tls-ec-invalid-point'],
    },
    {
      name: 'signature',
      fault: 'a key whose signature is wrong in one bit',
      script: signedBy(() => 'broken'),
      covers: ['tls-signature-wrong'],
    },
    {
      name: 'other-key',
      fault: 'a key that is signed with another key than the certificate’s',
      script: signedBy(anotherKey),
      covers: ['cert-key-mismatch'],
    },
  ],
  tamper: makesHandshake(({ script }) => script),
  judge: (visit, { fault, atMost }) => refusesHandshake({ fault, ...(atMost && { atMost }) })(visit),
  covers: [],
});
