import type { TlsVersion } from '../tls/registries.js';

/** `guideline`: what a body recommends; `controls`: evidence for controls of a standard, never a claim that it is complied with. */
export type ProfileKind = 'guideline' | 'controls';

/** What a server must be like; each is judged from facts of one listener alone. */
export type Requirement =
  | { readonly kind: 'versions'; readonly required?: readonly TlsVersion[]; readonly refused?: readonly TlsVersion[] }
  /** No other suites are accepted (IANA names), in TLS 1.2 and older, or in TLS 1.3. */
  | { readonly kind: 'suites'; readonly in: '1.2' | '1.3'; readonly allowed: readonly string[] }
  /** No other groups are accepted (names of the registry, in lower case). */
  | { readonly kind: 'groups'; readonly allowed: readonly string[] }
  /** At least one of these groups is accepted. */
  | { readonly kind: 'one-group'; readonly of: readonly string[] }
  /** No other schemes sign the key exchange of TLS 1.2. */
  | { readonly kind: 'signatures'; readonly allowed: readonly string[] }
  /** DHE is refused, or its prime is long enough, or one of the named ones. */
  | { readonly kind: 'dh'; readonly leastBits?: number; readonly primes?: readonly string[]; readonly refused?: true }
  /** Key of the certificate: least bits of RSA (absent: RSA is not allowed), and the curves (OpenSSL’s names) and EdDSA keys allowed. */
  | { readonly kind: 'key'; readonly rsaBits?: number; readonly others: readonly string[] }
  /** How the certificate, and its intermediates unless `leafOnly`, are signed: `rsa-sha256` and the like. */
  | { readonly kind: 'certificate-signatures'; readonly allowed: readonly string[]; readonly leafOnly?: true }
  /** Days of validity at most. */
  | { readonly kind: 'lifetime'; readonly mostDays: number }
  | {
      readonly kind: 'trait';
      readonly trait: 'compression' | 'extendedMasterSecret' | 'secureRenegotiation' | 'encryptThenMac';
      readonly is: boolean;
    }
  /** These checks do not fail or warn. */
  | { readonly kind: 'checks'; readonly ids: readonly string[] }
  /** These checks pass: what is only for information, or has no object, is not enough. */
  | { readonly kind: 'passes'; readonly ids: readonly string[] };

/** One rule of a profile. */
export interface ProfileRule {
  /** Kebab-case; unique in its profile. */
  readonly id: string;
  /** Where the source says so. */
  readonly section: string;
  /** What it asks for, in a few words of ours. */
  readonly says: string;
  /** `should`: told, but it does not change the exit code. */
  readonly level: 'must' | 'should';
  /** On ports where users log in, on those for other servers, or of the domain (audit --domain); on all ports unless given. */
  readonly on?: 'users' | 'servers' | 'domain';
  readonly requires: Requirement;
}

/** A norm as data: what it asks of TLS, rule by rule. */
export interface Profile {
  /** Kebab-case; what `--profile` takes. */
  readonly id: string;
  readonly title: string;
  /** Edition of the source. */
  readonly version: string;
  readonly kind: ProfileKind;
  readonly source: string;
  /** What of the source is left out, and why. */
  readonly leavesOut: string;
  /** Rows of the catalogue of servers. */
  readonly covers?: readonly string[];
  readonly rules: readonly ProfileRule[];
}

/** Declares a profile. */
export const defineProfile = (profile: Profile): Profile => profile;
