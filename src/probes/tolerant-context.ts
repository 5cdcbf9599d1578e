import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';

/** Suites to offer up to TLS 1.2. */
export type OfferedSuites = keyof typeof SUITES;

/** A certificate of our own, with its chain, and its key; PEM. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * Takes what the peer has: how old or weak it is, is for checks to say, and a local refusal is no fact about the peer.
 * It offers what careful clients offer: with anonymous suites a server without a certificate would look usable.
 */
export const tolerantContext = (
  newest: 'TLSv1.2' | 'TLSv1.3',
  suites: OfferedSuites,
  signatures?: string,
  certificate?: ClientCertificate,
): SecureContext => {
  const key = `${newest} ${suites} ${signatures ?? ''}`;
  const contexts = (certificate === undefined ? undefined : OWN.get(certificate)) ?? new Map<string, SecureContext>();
  if (certificate !== undefined) OWN.set(certificate, contexts);
  const known = (certificate === undefined ? CONTEXTS : contexts).get(key);
  if (known !== undefined) return known;
  const context = createSecureContext({
    ca: [],
    minVersion: 'TLSv1',
    maxVersion: newest,
    ciphers: SUITES[suites],
    // A server that knows no secure renegotiation must be met, and tried, too.
    secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT | constants.SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION,
    ...(signatures !== undefined && { sigalgs: signatures }),
    ...certificate,
  });
  (certificate === undefined ? CONTEXTS : contexts).set(key, context);
  return context;
};

const SUITES = {
  careful: 'ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE:DHE:kRSA:!aNULL:!eNULL:!EXPORT:!PSK:!SRP:@SECLEVEL=0',
  // Some servers fail as soon as DHE is offered.
  'ecdhe-only': 'ECDHE:!aNULL:!eNULL:@SECLEVEL=0',
  'certified-by-rsa': 'ECDHE+aRSA:DHE+aRSA:kRSA:!aNULL:!eNULL:!EXPORT:!PSK:!SRP:@SECLEVEL=0',
  'certified-by-ecdsa': 'aECDSA:!aNULL:!eNULL:@SECLEVEL=0',
} as const;
const CONTEXTS = new Map<string, SecureContext>();
/** By the certificate that is shown. */
const OWN = new WeakMap<ClientCertificate, Map<string, SecureContext>>();
