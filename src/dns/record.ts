/** A record of DNS, as far as mail needs it: addresses (RFC 1035 §3.4.1, RFC 3596), names, MX, SRV (RFC 2782), TXT, TLSA (RFC 6698), CAA (RFC 8659). */
export type DnsRecord = { readonly name: string } & (
  | { readonly type: 'A' | 'AAAA' | 'CNAME'; readonly data: string }
  | { readonly type: 'MX'; readonly data: { readonly preference: number; readonly exchange: string } }
  | { readonly type: 'SRV'; readonly data: { readonly target: string; readonly port: number } }
  /** The strings of one record, in order. */
  | { readonly type: 'TXT'; readonly data: readonly string[] }
  | { readonly type: 'TLSA'; readonly data: TlsaData }
  | { readonly type: 'CAA'; readonly data: { readonly tag: string; readonly value: string } }
);

/** RFC 6698 §2.1. */
export interface TlsaData {
  readonly usage: number;
  readonly selector: number;
  readonly matchingType: number;
  readonly certificate: Buffer;
}
