/** What an endpoint's TLS is limited to, or does in an unusual way that is allowed; whatever is absent is as usual. */
export interface ServedParameters {
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3';
  /** Suites of TLS 1.2, by OpenSSL's names; an RSA key is shown besides. */
  readonly suites?: string;
  /** Groups, by OpenSSL's names. */
  readonly groups?: string;
  /** The client is asked for a certificate, and needs none. */
  readonly asksForCertificate?: true;
  /** `records`: handshake messages in clear come in records of one byte; `segments`: every byte is written by itself. */
  readonly inPieces?: 'records' | 'segments';
}
