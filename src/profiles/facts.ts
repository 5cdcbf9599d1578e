import type { TlsVersion } from '../tls/registries.js';

/** What was seen of one listener, as far as profiles ask; what is absent was not looked at. */
export interface ListenerFacts {
  readonly versions: ReadonlyMap<TlsVersion, boolean>;
  /** IANA names of all suites, by version. */
  readonly suites?: ReadonlyMap<TlsVersion, readonly string[]>;
  /** Suites that are known to be accepted, where not all were tried. */
  readonly seenSuites: readonly string[];
  readonly groups?: readonly string[];
  /** Empty where none is seen in clear. */
  readonly signatures?: readonly string[];
  readonly dh?: { readonly bits: number; readonly name: string } | 'refused';
  readonly traits?: Readonly<
    Record<'extendedMasterSecret' | 'secureRenegotiation' | 'encryptThenMac' | 'compression', boolean>
  >;
  readonly chain?: {
    readonly keyType: string;
    readonly keyBits?: number;
    readonly curve?: string;
    readonly daysInAll: number;
    /** Of the leaf and its intermediates; not of roots, which are trusted for what they are. */
    readonly signatures: readonly string[];
  };
  /** Status and reason of checks, by id. */
  readonly checks: ReadonlyMap<string, { readonly status: string; readonly because: string }>;
}

/** What a rule comes to on one listener, with the fact that shows it. */
export interface RuleVerdict {
  readonly state: 'met' | 'not-met' | 'not-looked-at';
  readonly because: string;
}

/** An object whose members may be looked at. */
export const isFact = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
