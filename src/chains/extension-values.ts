import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { element, integer, objectIdentifier, sequence, TAG } from '../tls/der.js';
import type { RawExtension } from './issue-chain.js';

/** A subtree of name constraints (RFC 5280 §4.2.1.10): a DNS name, an address with its prefix (`127.0.0.0/8`), or another kind. */
export type Subtree = string | { readonly directory: string } | { readonly email: string } | { readonly uri: string };

/** The extension nameConstraints; critical by default, as RFC 5280 demands. */
export const nameConstraints = (
  {
    permitted = [],
    excluded = [],
  }: { readonly permitted?: readonly Subtree[]; readonly excluded?: readonly Subtree[] },
  critical = true,
): RawExtension => ({
  oid: '2.5.29.30',
  critical,
  value: sequence(
    ...(permitted.length === 0 ? [] : [element(0xa0, ...permitted.map(subtree))]),
    ...(excluded.length === 0 ? [] : [element(0xa1, ...excluded.map(subtree))]),
  ),
});

/** The extension certificatePolicies (RFC 5280 §4.2.1.4). */
export const policies = (...oids: readonly string[]): RawExtension => ({
  oid: '2.5.29.32',
  critical: false,
  value: sequence(...oids.map((oid) => sequence(objectIdentifier(oid)))),
});

/** The extension policyConstraints with requireExplicitPolicy (RFC 5280 §4.2.1.11): a policy is required after so many certificates. */
export const explicitPolicyAfter = (certificates: number): RawExtension => ({
  oid: '2.5.29.36',
  critical: true,
  value: sequence(element(0x80, Buffer.from([certificates]))),
});

/** The extension inhibitAnyPolicy (RFC 5280 §4.2.1.14). */
export const anyPolicyUntil = (certificates: number): RawExtension => ({
  oid: '2.5.29.54',
  critical: true,
  value: integer(certificates),
});

/** An extension that nobody knows. */
export const unknownExtension = (critical: boolean): RawExtension => ({
  // Below the arc of UUIDs (ITU-T X.667): it is nobody else's.
  oid: '2.25.20261126',
  critical,
  value: element(TAG.utf8String, Buffer.from('waxseal')),
});

/** A name of a certificate: of DNS, in latin1 or UTF-8 as it is written, an address, or another kind; `other` is an otherName with a IA5String. */
export type AltName =
  string | { readonly uri: string } | { readonly email: string } | { readonly other: string; readonly value: string };

/** The extension subjectAltName (RFC 5280 §4.2.1.6), with whatever stands in its names. */
export const subjectAltName = (names: readonly AltName[], critical = false): RawExtension => ({
  oid: '2.5.29.17',
  critical,
  value: sequence(...names.map(altName)),
});

/** The extension that demands a stapled status (RFC 7633 §4.1). */
export const unstapledStatus = (): RawExtension => ({
  oid: '1.3.6.1.5.5.7.1.24',
  critical: false,
  value: sequence(integer(5)),
});

const altName = (name: AltName): Buffer => {
  if (typeof name === 'string') return element(0x82, Buffer.from(name, 'utf8'));
  if ('uri' in name) return element(0x86, Buffer.from(name.uri, 'ascii'));
  if ('email' in name) return element(0x81, Buffer.from(name.email, 'ascii'));
  const value = element(0xa0, element(0x16, Buffer.from(name.value, 'ascii')));
  return element(0xa0, objectIdentifier(name.other), value);
};

const subtree = (name: Subtree): Buffer => sequence(generalName(name));

const generalName = (name: Subtree): Buffer => {
  if (typeof name !== 'string') {
    if ('email' in name) return element(0x81, Buffer.from(name.email, 'ascii'));
    if ('uri' in name) return element(0x86, Buffer.from(name.uri, 'ascii'));
    const attribute = sequence(objectIdentifier('2.5.4.10'), element(TAG.utf8String, Buffer.from(name.directory)));
    return element(0xa4, sequence(element(TAG.set, attribute)));
  }
  const [address = '', bits] = name.split('/');
  if (isIP(address) === 0 || bits === undefined) return element(0x82, Buffer.from(name, 'ascii'));
  const octets = ipaddr.parse(address).toByteArray();
  const mask = octets.map((_, index) => (0xff00 >> Math.min(Math.max(Number(bits) - index * 8, 0), 8)) & 0xff);
  return element(0x87, Buffer.from([...octets, ...mask]));
};
