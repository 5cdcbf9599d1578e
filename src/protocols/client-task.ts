import type { PortRole, ProtocolName, TlsMode } from './protocol.js';

/** What a mail client must be told: where to connect to, whom to trust, as whom, and with what. */
export interface MailTask {
  readonly protocol: ProtocolName;
  readonly tls: TlsMode;
  readonly portRole: PortRole;
  /** Name (or address) to connect to. */
  readonly host: string;
  readonly port: number;
  /** The domain of the mail address, where its DNS server stands at `ip`. */
  readonly domain?: string;
  /** IPv4 address of the endpoint. */
  readonly ip: string;
  /** The name that the certificate must carry. */
  readonly servername: string;
  readonly user: string;
  readonly password: string;
  /** OAuth 2.0 bearer token. */
  readonly token: string;
  /** Sender's and recipient's addresses. */
  readonly from: string;
  readonly to: string;
  /** The message to send, RFC 5322 with CRLF, with this visit's canary. */
  readonly message: string;
  /** PEM of the session's CA. */
  readonly ca: string;
  /** Ends when waxseal gives the client up. */
  readonly signal: AbortSignal;
}
