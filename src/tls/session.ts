import { elements, TAG, type DerElement } from './der.js';

/** What a session of OpenSSL (its `SSL_SESSION`, DER) holds that the server said. */
export interface SessionFacts {
  /** It is resumed by a ticket (RFC 5077, RFC 8446 §4.6.1), or by the server's memory of its id. */
  readonly by: 'ticket' | 'id';
  readonly ticket?: Buffer;
  /** Seconds for which the server says that the ticket can be used; 0: it does not say (TLS 1.2). */
  readonly lifetime?: number;
  /** Octets of early data that the server invites (TLS 1.3). */
  readonly earlyData: number;
  /** Number of the suite. */
  readonly suite: number;
}

/** Reads a session as `tls.TLSSocket` gives it; undefined where it is none. */
export const sessionFacts = (session: Buffer): SessionFacts | undefined => {
  const der = withoutName(session);
  const parts = elements(elements(der)?.[0]?.contents ?? Buffer.alloc(0)) ?? [];
  const [, , suite] = parts;
  if (suite?.tag !== TAG.octetString || suite.contents.length !== 2) return undefined;
  const field = (tag: number): DerElement | undefined =>
    elements(parts.find((part) => part.tag === tag)?.contents ?? Buffer.alloc(0))?.[0];
  const ticket = field(TICKET)?.contents;
  const lifetime = field(LIFETIME_HINT)?.contents;
  return {
    by: ticket === undefined || ticket.length === 0 ? 'id' : 'ticket',
    ...(ticket && { ticket }),
    ...(lifetime && { lifetime: valueOf(lifetime) }),
    earlyData: valueOf(field(MAX_EARLY_DATA)?.contents ?? Buffer.alloc(0)),
    suite: suite.contents.readUInt16BE(0),
  };
};

/** Node 24.21 puts the server's name before it, behind a mark, so that a session is not offered to another server. */
const withoutName = (session: Buffer): Buffer => {
  const end = session.indexOf(0, MARK.length);
  if (!session.subarray(0, MARK.length).equals(MARK) || end === -1 || session.length < end + 3) return session;
  return session.subarray(end + 3 + session.readUInt16BE(end + 1));
};

const MARK = Buffer.from('\0nodejs:tls:session:', 'latin1');

const valueOf = (octets: Buffer): number => octets.reduce((value, octet) => value * 256 + octet, 0);

// Explicit tags of the fields of SSL_SESSION_ASN1.
const LIFETIME_HINT = 0xa9;
const TICKET = 0xaa;
const MAX_EARLY_DATA = 0xaf;
