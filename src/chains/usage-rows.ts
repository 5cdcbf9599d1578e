import type { Expectation } from './chain.js';
import type { Usage } from './issue-chain.js';
import { chainOf, places, type Draft } from './row.js';

/** serverAuth. */
export const SERVER = '1.3.6.1.5.5.7.3.1';
const CLIENT = '1.3.6.1.5.5.7.3.2';
const CODE = '1.3.6.1.5.5.7.3.3';
const MAIL = '1.3.6.1.5.5.7.3.4';
const ANY = '2.5.29.37.0';

const PURPOSES: readonly { readonly name: string; readonly purposes: readonly string[]; readonly leaf: Expectation }[] =
  [
    { name: 'server', purposes: [SERVER], leaf: 'accept' },
    { name: 'server-and-client', purposes: [CLIENT, SERVER], leaf: 'accept' },
    { name: 'none', purposes: [], leaf: 'accept' },
    { name: 'any', purposes: [ANY], leaf: 'either' },
    { name: 'client', purposes: [CLIENT], leaf: 'reject' },
    { name: 'mail', purposes: [MAIL], leaf: 'reject' },
    { name: 'code-signing', purposes: [CODE], leaf: 'reject' },
    { name: 'unknown', purposes: ['2.25.20261126'], leaf: 'reject' },
  ];

/** Extended key usage of leaf and authorities (RFC 5280 §4.2.1.12). */
export const extendedKeyUsage = (): Draft[] => [
  ...PURPOSES.flatMap(({ name, purposes, leaf }) =>
    [1, 2].flatMap((depth) =>
      (purposes.length === 0 ? [false] : [false, true]).map((critical): Draft => ({
        name: `leaf-${name}${critical ? '-critical' : ''}-${String(depth)}`,
        expected: leaf,
        why: `extended key usage of the leaf: ${name.replaceAll('-', ' ')} (RFC 5280 §4.2.1.12)`,
        links: chainOf(depth, { [depth]: { purposes, ...(critical && { purposesCritical: true as const }) } }),
      })),
    ),
  ),
  // RFC 5280 knows no such rule for authorities; browsers and their CAs do, and so do most libraries.
  ...PURPOSES.flatMap(({ name, purposes, leaf }) =>
    [1, 2].flatMap((depth) =>
      places(depth, false).map(({ at, who }): Draft => ({
        name: `${who}-${name}-${String(depth)}`,
        expected: leaf === 'reject' ? 'either' : 'accept',
        ...(name === 'any' && { soft: true as const }),
        why: `extended key usage of the ${who}: ${name.replaceAll('-', ' ')} (RFC 5280 §4.2.1.12 leaves authorities open)`,
        links: chainOf(depth, { [at]: { purposes } }),
      })),
    ),
  ),
];

const USAGES: readonly {
  readonly name: string;
  readonly usage: 'absent' | readonly Usage[];
  readonly authority: Expectation;
  readonly leaf: Expectation;
}[] = [
  { name: 'absent', usage: 'absent', authority: 'accept', leaf: 'accept' },
  { name: 'both', usage: ['digitalSignature', 'keyCertSign'], authority: 'accept', leaf: 'either' },
  { name: 'lists-only', usage: ['cRLSign'], authority: 'reject', leaf: 'reject' },
  { name: 'signature', usage: ['digitalSignature'], authority: 'reject', leaf: 'accept' },
  { name: 'agreement', usage: ['keyAgreement'], authority: 'reject', leaf: 'reject' },
  { name: 'encipherment', usage: ['dataEncipherment'], authority: 'reject', leaf: 'reject' },
];

/** Key usage of leaf and authorities (RFC 5280 §4.2.1.3). */
export const keyUsage = (): Draft[] => [
  ...USAGES.flatMap(({ name, usage, authority }) =>
    [1, 2, 3].flatMap((depth) =>
      places(depth, false).map(({ at, who }): Draft => ({
        name: `${name}-in-${who}-${String(depth)}`,
        expected: authority,
        why: `key usage of the ${who}: ${name.replaceAll('-', ' ')} (RFC 5280 §6.1.4 (n))`,
        links: chainOf(depth, { [at]: { usage } }),
      })),
    ),
  ),
  ...USAGES.map(({ name, usage, leaf }): Draft => ({
    name: `${name}-in-leaf`,
    expected: leaf,
    // Libraries also take a key for agreement, as static ECDH had it.
    ...(name === 'agreement' && { soft: true as const }),
    why: `key usage of the leaf: ${name.replaceAll('-', ' ')}, and the key signs the handshake (RFC 5280 §4.2.1.3, RFC 8446 §4.4.2.2)`,
    links: chainOf(1, { 1: { usage } }),
  })),
];
