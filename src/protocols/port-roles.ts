import type { PortRole, ProtocolName, TlsMode } from './protocol.js';

/** A well-known mail port: number, protocol and how TLS starts on it (IANA; RFC 8314, 3207, 2595, 5804). */
export interface WellKnownPort {
  readonly role: PortRole;
  readonly port: number;
  readonly protocol: ProtocolName;
  readonly tls: TlsMode;
}

/** The eight mail ports and 4190's place among them. */
export const WELL_KNOWN_PORTS: readonly WellKnownPort[] = [
  { role: 'smtp', port: 25, protocol: 'smtp', tls: 'starttls' },
  { role: 'submission', port: 587, protocol: 'smtp', tls: 'starttls' },
  { role: 'submissions', port: 465, protocol: 'smtp', tls: 'implicit' },
  { role: 'imap', port: 143, protocol: 'imap', tls: 'starttls' },
  { role: 'imaps', port: 993, protocol: 'imap', tls: 'implicit' },
  { role: 'pop3', port: 110, protocol: 'pop3', tls: 'starttls' },
  { role: 'pop3s', port: 995, protocol: 'pop3', tls: 'implicit' },
  { role: 'sieve', port: 4190, protocol: 'managesieve', tls: 'starttls' },
];
