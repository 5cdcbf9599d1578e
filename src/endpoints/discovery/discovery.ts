/** What one source says of the client's mail server. `plaintext`: it has no TLS; `stranger`: it is a host of another domain. */
export type Statement = 'right' | 'plaintext' | 'stranger' | 'nothing';

/** How the domain's web servers deliver what they have. */
export type WebConduct =
  /** By HTTPS; HTTP redirects there. */
  | 'https'
  /** By HTTP; HTTPS ends every handshake. */
  | 'http-only'
  /** HTTPS redirects to HTTP, and that to a host of another domain. */
  | 'redirected'
  /** By both; the certificate is self-signed. */
  | 'bad-certificate';

/** What a client finds that looks for its mail server by itself; everything is right unless said otherwise. */
export interface Discovery {
  /** SRV records (RFC 6186, RFC 8314 §5.1); DNS is not signed. */
  readonly dns?: Statement;
  /** Mozilla's autoconfig. */
  readonly file?: Statement;
  /** Exchange's autodiscover. */
  readonly exchange?: Statement;
  readonly web?: WebConduct;
  /** Web servers that speak HTTP, or that stand in another domain, ask for a login (Basic, RFC 7617). */
  readonly asksLogin?: true;
}

/** Where a client may look: the source's name in `Discovery`. */
export type Source = 'dns' | 'file' | 'exchange';

/** A mail server as sources tell of it. */
export interface ToldServer {
  readonly protocol: string;
  /** Clients send mail by it; else they read mail. */
  readonly takesMail: boolean;
  /** The port's role for TLS of this kind, which is also the name of its service in DNS. */
  readonly service: string;
  readonly host: string;
  readonly port: number;
  readonly tls: 'implicit' | 'starttls' | 'none';
}

/** Names and addresses of one scene's machines, and what is said of its mail server. */
export interface Surroundings {
  /** The domain of the client's mail address. */
  readonly domain: string;
  readonly address: string;
  readonly stranger: { readonly host: string; readonly address: string };
  /** `nothing` is absent. */
  readonly told: Readonly<Partial<Record<Source, ToldServer>>>;
  readonly web: WebConduct;
  readonly asksLogin: boolean;
  /** The client's user, as the file tells it. */
  readonly user: string;
}

/** The names of the domain's machines, the domain itself first. */
export const domainHosts = (domain: string): string[] => [
  domain,
  ...['autoconfig', 'autodiscover', 'mail'].map((name) => `${name}.${domain}`),
];
