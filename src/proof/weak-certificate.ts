import { checkPrimeSync, generatePrimeSync, webcrypto } from 'node:crypto';
import 'reflect-metadata';
import {
  AuthorityInfoAccessExtension,
  BasicConstraintsExtension,
  CertificatePolicyExtension,
  CRLDistributionPointsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension as CertificateExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  type Extension,
} from '@peculiar/x509';
import type { OddCertificate, WeakCertificate } from '../checks/check.js';
import { integer, sequence } from '../tls/der.js';

/** Where the status of a `revocable` certificate is told. */
export interface StatusUrls {
  readonly ocsp?: string;
  readonly crl?: string;
}

/** Self-signed certificates that no authority would issue any more, or that no server should have. */
export const weakCredential = async (
  kind: WeakCertificate | OddCertificate,
  names: readonly string[],
  urls: StatusUrls = {},
): Promise<{ certPem: string; keyPem: string }> => {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: kind === 'weak-key' ? 1024 : 2048,
    publicExponent: kind === 'small-exponent' ? new Uint8Array([3]) : new Uint8Array([1, 0, 1]),
    hash: kind === 'weak-signature' ? 'SHA-1' : 'SHA-256',
  };
  const keys =
    kind === 'guessable-key'
      ? await closeKeys(algorithm)
      : await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=weak',
      notBefore: new Date(Date.now() - 3_600_000),
      notAfter: new Date(Date.now() + 7 * 86_400_000),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new SubjectAlternativeNameExtension(
          [...names, ...(kind === 'for-internal-names' ? ['dc1.corp.local'] : [])].map((value) => ({
            type: 'dns',
            value,
          })),
        ),
        ...oddities(kind, urls),
      ],
    },
    webcrypto,
  );
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    certPem: certificate.toString('pem'),
    keyPem: `-----BEGIN PRIVATE KEY-----\n${der.match(/.{1,64}/g)?.join('\n') ?? ''}\n-----END PRIVATE KEY-----\n`,
  };
};

const oddities = (kind: WeakCertificate | OddCertificate, { ocsp, crl }: StatusUrls): Extension[] => {
  switch (kind) {
    case 'marked-as-authority':
      return [new BasicConstraintsExtension(true, undefined, true)];
    case 'for-clients':
      return [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])];
    case 'must-staple':
      return [new CertificateExtension(TLS_FEATURES, false, sequence(integer(STATUS_REQUEST)))];
    case 'not-logged':
      return [new CertificatePolicyExtension([DOMAIN_VALIDATED])];
    case 'revocable':
      return [
        ...(ocsp === undefined ? [] : [new AuthorityInfoAccessExtension({ ocsp })]),
        ...(crl === undefined ? [] : [new CRLDistributionPointsExtension([crl])]),
      ];
    default:
      return [];
  }
};

const TLS_FEATURES = '1.3.6.1.5.5.7.1.24';
const STATUS_REQUEST = 5;
const DOMAIN_VALIDATED = '2.23.140.1.2.1';

/** Keys whose primes follow one another. */
const closeKeys = async (algorithm: webcrypto.RsaHashedImportParams): Promise<webcrypto.CryptoKeyPair> => {
  const { p, q } = (closePrimes ??= nextPrimes());
  const d = inverse(EXPONENT, (p - 1n) * (q - 1n));
  const publicPart = { kty: 'RSA', n: base64(p * q), e: base64(EXPONENT) };
  const secret = { d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) };
  const secretPart = Object.fromEntries(Object.entries(secret).map(([name, value]) => [name, base64(value)]));
  return {
    publicKey: await webcrypto.subtle.importKey('jwk', publicPart, algorithm, true, ['verify']),
    privateKey: await webcrypto.subtle.importKey('jwk', { ...publicPart, ...secretPart }, algorithm, true, ['sign']),
  };
};

/** Two primes of 1024 bits, one right after the other, to both of which the exponent has an inverse. */
const nextPrimes = (): { readonly p: bigint; readonly q: bigint } => {
  const p = generatePrimeSync(1024, { bigint: true });
  let q = p + 2n;
  while (!checkPrimeSync(q) || (q - 1n) % EXPONENT === 0n) q += 2n;
  return (p - 1n) % EXPONENT === 0n ? nextPrimes() : { p, q };
};

/** By the extended Euclidean algorithm. */
const inverse = (value: bigint, modulus: bigint): bigint => {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n];
  while (b !== 0n) {
    const quotient = a / b;
    [a, b, x, y] = [b, a - quotient * b, y, x - quotient * y];
  }
  return ((x % modulus) + modulus) % modulus;
};

const base64 = (value: bigint): string => {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url');
};

const EXPONENT = 65_537n;
let closePrimes: ReturnType<typeof nextPrimes> | undefined;
