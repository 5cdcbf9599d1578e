import protocols from '../protocols/index.js';
import { reading, type Said } from './reading.js';
import type { ConnectionRecord } from './visit.js';

/** All that judges read of a connection, without the words that only say what it was about; equal outlines are judged alike. */
export const outline = (connection: ConnectionRecord): string => {
  const grammar = protocols[connection.protocol];
  const { said, heard, rest, accepted } = reading(connection);
  return JSON.stringify([
    said.map(saidOutline),
    heard.map(({ reply, entry }) => [entry, reply.kind, reply.status, nameOf(reply.code), grammar.offer([reply])]),
    rest.map(({ entry, wasDue }) => [entry, wasDue]),
    accepted,
  ]);
};

const saidOutline = ({ unit, entry, isKnown }: Said): readonly unknown[] => [
  entry,
  unit.kind,
  unit.moment,
  'mechanism' in unit ? mechanismOutline(unit.mechanism) : undefined,
  'secrets' in unit ? unit.secrets.map((secret) => secret.class) : undefined,
  unit.kind === 'command' && isKnown ? unit.verb : undefined,
  unit.kind === 'command' && unit.moment === 'identify' ? saysNothing(unit.args[0]) : undefined,
];

/** What a client says of itself is told by its place, not by its words (RFC 2971 §3.1; `NIL` says nothing). */
const saysNothing = (identity = ''): boolean => ['', 'NIL', '()'].includes(identity.toUpperCase());

/** Mechanisms that nobody has registered are one to judges: what stands in their place may be a password said once more. */
const mechanismOutline = (name: string | undefined): string | undefined =>
  name === undefined || MECHANISMS.has(name.toUpperCase()) ? name : '';

/** A response code without its arguments, which may repeat what the client said (RFC 5804 §1.3, TAG). */
const nameOf = (code: string | undefined): string | undefined => code?.replace(/[ "{].*$/s, '');

/** IANA’s registry of SASL mechanisms, what mail clients use besides, and the logins without SASL. */
const MECHANISMS: ReadonlySet<string> = new Set([
  ...'9798-M-DSA-SHA1 9798-M-ECDSA-SHA1 9798-M-RSA-SHA1-ENC 9798-U-DSA-SHA1 9798-U-ECDSA-SHA1 9798-U-RSA-SHA1-ENC'.split(
    ' ',
  ),
  ...'ANONYMOUS CRAM-MD5 CRAM-SHA1 CRAM-SHA256 DIGEST-MD5 EAP-AES128 EAP-AES128-PLUS ECDH-X25519-CHALLENGE'.split(' '),
  ...'ECDSA-NIST256P-CHALLENGE EXTERNAL GS2-KRB5 GS2-KRB5-PLUS GSS-SPNEGO GSSAPI KERBEROS_V4 KERBEROS_V5 LOGIN MSN'.split(
    ' ',
  ),
  ...'NMAS-SAMBA-AUTH NMAS_AUTHEN NMAS_LOGIN NTLM OAUTH10A OAUTHBEARER OPENID20 OTP PLAIN SAML20 SCRAM-SHA-1'.split(
    ' ',
  ),
  ...'SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-256-PLUS SCRAM-SHA-512 SCRAM-SHA-512-PLUS SECURID SKEY SPNEGO'.split(
    ' ',
  ),
  ...'SPNEGO-PLUS SRP SXOVER-PLUS XOAUTH XOAUTH2'.split(' '),
  ...['APOP', 'LOGIN command', 'USER/PASS'].map((name) => name.toUpperCase()),
]);
