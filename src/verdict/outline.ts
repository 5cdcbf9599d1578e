import protocols from '../protocols/index.js';
import { reading, type Said } from './reading.js';
import type { ConnectionRecord } from './visit.js';

/** All that judges read of a connection, without the words that only say what it was about; equal outlines are judged alike. */
export const outline = (connection: ConnectionRecord): string => outlined(connection).whole;

/** An outline, and its parts by what was said and heard, in order. */
export interface Outlined {
  readonly whole: string;
  readonly said: readonly Part[];
  readonly heard: readonly Part[];
}

interface Part {
  /** Transcript entry in which it begins, for what was said; in which it ends, for what was heard. */
  readonly entry: number;
  readonly text: string;
}

/** The outline of a connection, in parts that can be compared. */
export const outlined = (connection: ConnectionRecord): Outlined => {
  const grammar = protocols[connection.protocol];
  const { said, heard, rest, accepted } = reading(connection);
  const parts = {
    said: said.map((each) => ({ entry: each.entry, text: JSON.stringify(saidOutline(each)) })),
    heard: heard.map(({ reply, entry }) => ({
      entry,
      text: JSON.stringify([entry, reply.kind, reply.status, nameOf(reply.code), grammar.offer([reply])]),
    })),
  };
  const others = JSON.stringify([rest.map(({ entry, wasDue }) => [entry, wasDue]), accepted]);
  const texts = [parts.said, parts.heard].map((each) => each.map(({ text }) => text).join());
  return { ...parts, whole: [...texts, others].join('\n') };
};

/** Entries of one side in which what judges read is not the same; those of the first difference alone where one has more parts than the other. */
export const differences = (
  before: Outlined,
  after: Outlined,
): { readonly from: 'client' | 'server'; readonly spans: readonly (readonly [first: number, last: number])[] } => {
  const from = isSame(before.said, after.said) ? 'server' : 'client';
  const [old, now] = from === 'client' ? [before.said, after.said] : [before.heard, after.heard];
  const differing = old.flatMap((part, index) => (part.text === now[index]?.text ? [] : [index]));
  const told = old.length === now.length ? differing : [differing[0] ?? old.length];
  // What begins in one entry may end in another.
  return { from, spans: told.map((index) => [old[index - 1]?.entry ?? 0, old[index + 1]?.entry ?? Infinity]) };
};

const isSame = (a: readonly Part[], b: readonly Part[]): boolean =>
  a.length === b.length && a.every(({ text }, index) => text === b[index]?.text);

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
  name === undefined || isRegistered(name) ? name : '';

/** Whether a mechanism, or a login without SASL, is one that judges tell from others. */
export const isRegistered = (mechanism: string): boolean => MECHANISMS.has(mechanism.toUpperCase());

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
