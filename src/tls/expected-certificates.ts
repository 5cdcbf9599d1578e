import type { CertificateFacts } from './inspect.js';

/** What a user says that a server should show. */
export interface ExpectedCertificates {
  /** Certificates of files; a server should show one of them. Empty if none was named. */
  readonly onDisk: readonly { readonly path: string; readonly leaf: CertificateFacts }[];
  /** SHA-256 of public keys, base64; a server should have one of them. Empty if none was named. */
  readonly pins: readonly string[];
}
