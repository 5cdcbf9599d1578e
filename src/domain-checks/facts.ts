/** What DNS says to one question. */
export type Lookup<T> =
  | { readonly status: 'found'; readonly records: readonly T[]; readonly isValidated: boolean }
  | { readonly status: 'none' }
  | { readonly status: 'failed'; readonly why: string };

/** A host that the domain names for mail. */
export interface HostFacts {
  readonly host: string;
  /** Absent where the lookup failed. */
  readonly addresses?: readonly string[];
  /** It is an alias, which an MX or SRV target must not be (RFC 5321 §5.1, RFC 2782). */
  readonly alias?: string;
  readonly why?: string;
}

/** A TLSA record, and whether it matches what the port serves (RFC 6698, RFC 7672 §3.1). */
export interface TlsaFacts {
  readonly usage: number;
  readonly selector: number;
  readonly matchingType: number;
  /** `unused`: senders ignore it on port 25; `unseen`: no certificate was seen. */
  readonly match: 'matches' | 'differs' | 'unused' | 'unseen';
}

/** What a port serves, as far as policies ask. */
export interface ServedFacts {
  readonly host: string;
  readonly port: number;
  /** What the port was taken for, as SRV records name it; a port may be named as several things. */
  readonly service?: string;
  readonly isReached: boolean;
  /** TLS works there. */
  readonly isEncrypted?: boolean;
  /** `good` where a careful sender trusts the certificate for this name; else why not. */
  readonly certificate?: string;
}

/** What an MTA-STS policy says (RFC 8461 §3.2); or why there is none to read. */
export type PolicyFacts =
  | { readonly mode: 'enforce' | 'testing' | 'none'; readonly mx: readonly string[]; readonly maxAge: number }
  | { readonly failure: string };

/** A server in a file for mail clients. */
export interface FileServer {
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
  readonly encryption: 'implicit' | 'starttls' | 'none' | 'unknown';
}

/** Mozilla's autoconfig file or Exchange's autodiscover file. */
export interface ClientFile {
  readonly kind: 'autoconfig' | 'autodiscover';
  readonly url: string;
  readonly servers: readonly FileServer[];
}

/** Everything that was looked up for one domain. */
export interface DomainFacts {
  readonly domain: string;
  readonly mx: Lookup<{ readonly preference: number; readonly exchange: string }>;
  readonly hosts: readonly HostFacts[];
  readonly mtaSts: Lookup<string>;
  /** Absent where no record asks for one. */
  readonly policy?: PolicyFacts;
  readonly tlsa: readonly { readonly host: string; readonly port: number; readonly records: Lookup<TlsaFacts> }[];
  readonly tlsRpt: Lookup<string>;
  readonly caa: Lookup<{ readonly tag: string; readonly value: string }>;
  /** Absent with `--mx`. */
  readonly srv?: readonly {
    readonly service: string;
    readonly records: Lookup<{ readonly target: string; readonly port: number }>;
  }[];
  /** Absent with `--mx`. */
  readonly files?: readonly ClientFile[];
  readonly served: readonly ServedFacts[];
}
