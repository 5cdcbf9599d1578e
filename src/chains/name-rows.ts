import { isIP } from 'node:net';
import type { Expectation } from './chain.js';
import { subjectAltName, unstapledStatus, type AltName } from './extension-values.js';
import type { Link } from './issue-chain.js';
import { chainOf, good, type Draft } from './row.js';

interface Named {
  readonly name: string;
  readonly expected: Expectation;
  readonly soft?: true;
  readonly why: string;
  /** The name that the client asks for; `mail.waxseal.test` by default, as a wildcard needs labels. */
  readonly host?: string;
  readonly names?: readonly AltName[];
  readonly leaf?: Link;
}

const DOMAIN = 'waxseal.test';
const HOST = `mail.${DOMAIN}`;
/** serviceName of RFC 4985, an otherName. */
const SRV_NAME = '1.3.6.1.5.5.7.8.7';

/** Where the name stands, how it is spelled, and what a wildcard covers. */
const NAMES: readonly Named[] = [
  {
    name: 'empty-subject',
    expected: 'accept',
    soft: true,
    why: 'no subject, and the right alternative name, which is critical then (RFC 5280 §4.1.2.6)',
    names: [HOST],
    leaf: { noSubject: true },
  },
  { name: 'none', expected: 'reject', why: 'no name at all (RFC 9525 §6.3)', names: [], leaf: { noSubject: true } },
  {
    name: 'other-and-common-name',
    expected: 'reject',
    why: 'another alternative name; the right one is the common name, which does not count then (RFC 7817 §3)',
    names: ['other.test'],
    leaf: { commonName: HOST },
  },
  {
    name: 'common-name',
    expected: 'either',
    why: 'the name is the common name only (RFC 7817 §3 permits, RFC 9525 §2 forbids it)',
    names: [],
    leaf: { commonName: HOST },
  },
  { name: 'capitals', expected: 'accept', why: 'capital letters (RFC 9525 §6.3)', names: [HOST.toUpperCase()] },
  { name: 'last-dot', expected: 'either', why: 'a dot behind the name (RFC 9525 is silent)', names: [`${HOST}.`] },
  { name: 'longer', expected: 'reject', why: 'a longer name (RFC 9525 §6.3)', names: [`${HOST}.other.test`] },
  { name: 'shorter', expected: 'reject', why: 'the domain only (RFC 9525 §6.3)', names: [DOMAIN] },
  { name: 'suffix', expected: 'reject', why: 'a name that ends like it (RFC 9525 §6.3)', names: [`x${HOST}`] },
  {
    name: 'wildcard',
    expected: 'accept',
    soft: true,
    why: 'a wildcard that covers the name (RFC 9525 §6.3)',
    names: [`*.${DOMAIN}`],
  },
  {
    name: 'wildcard-two-labels',
    expected: 'reject',
    host: `a.${HOST}`,
    why: 'a wildcard covers one label, and the name has two (RFC 9525 §6.3)',
    names: [`*.${DOMAIN}`],
  },
  {
    name: 'wildcard-no-label',
    expected: 'reject',
    host: DOMAIN,
    why: 'a wildcard does not cover the domain itself (RFC 9525 §6.3)',
    names: [`*.${DOMAIN}`],
  },
  ...['m*l', '*il', 'ma*'].map((label, index): Named => ({
    name: `wildcard-in-label-${String(index + 1)}`,
    expected: 'reject',
    soft: true,
    why: `the wildcard is a part of a label: ${label} (RFC 9525 §6.3 forbids, RFC 6125 §6.4.3 permitted it)`,
    names: [`${label}.${DOMAIN}`],
  })),
  {
    name: 'wildcard-not-first',
    expected: 'reject',
    why: 'the wildcard is not the first label (RFC 9525 §6.3)',
    names: ['mail.*.test'],
  },
  {
    name: 'wildcard-twice',
    expected: 'reject',
    why: 'two wildcards (RFC 9525 §6.3)',
    names: ['*.*.test'],
  },
  {
    name: 'wildcard-top',
    expected: 'reject',
    soft: true,
    host: DOMAIN,
    why: 'a wildcard for a top-level domain (RFC 9525 §6.3 leaves it to issuers)',
    names: ['*.test'],
  },
  { name: 'wildcard-alone', expected: 'reject', why: 'a lone star (RFC 9525 §6.3)', names: ['*'] },
  {
    name: 'zero-byte',
    expected: 'reject',
    why: 'the right name ends at a zero byte, and goes on (RFC 5280 §4.2.1.6)',
    names: [`${HOST}\0.other.test`],
  },
  {
    name: 'other-alphabet',
    expected: 'reject',
    why: 'it looks the same, and one letter is Cyrillic: xn--mil-6cd (RFC 9525 §6.3)',
    names: [`xn--mil-6cd.${DOMAIN}`],
  },
  {
    name: 'other-alphabet-unencoded',
    expected: 'reject',
    why: 'the same letter in UTF-8, where ASCII is due (RFC 5280 §4.2.1.6)',
    names: [`m\u0430il.${DOMAIN}`],
  },
  {
    name: 'uri',
    expected: 'reject',
    why: 'the name stands in a URI only (RFC 7817 §3)',
    names: [{ uri: `imaps://${HOST}/` }],
  },
  {
    name: 'service',
    expected: 'either',
    why: 'the name is one of a service, for clients that found the server by its domain (RFC 7817 §3)',
    names: [{ other: SRV_NAME, value: `_imaps.${HOST}` }],
  },
  {
    name: 'mail-address',
    expected: 'reject',
    why: 'the name stands in a mail address only (RFC 9525 §6.2)',
    names: [{ email: `postmaster@${HOST}` }],
  },
  {
    name: 'many',
    expected: 'accept',
    soft: true,
    why: 'a thousand names, the right one last (RFC 5280 §4.2.1.6 has no limit)',
    names: [...Array.from({ length: 1000 }, (_, index) => `n${String(index)}.${DOMAIN}`), HOST],
  },
  {
    name: 'very-many',
    expected: 'either',
    why: 'five thousand names, more than 100 kB (RFC 5280 §4.2.1.6 has no limit, libraries have)',
    names: [...Array.from({ length: 5000 }, (_, index) => `number-${String(index)}.${DOMAIN}`), HOST],
  },
  {
    name: 'status-missing',
    expected: 'either',
    why: 'a status of the certificate must be stapled, and is not (RFC 7633 §4.2.3.1)',
    names: [HOST],
    leaf: { further: [unstapledStatus()] },
  },
];

const ADDRESSES = (host: string): Named[] => [
  {
    name: 'address-as-name',
    expected: 'reject',
    soft: true,
    host,
    why: 'the address is written as a name (RFC 9525 §6.4)',
    names: [host],
  },
  {
    name: 'address-as-common-name',
    expected: 'either',
    host,
    why: 'the address is the common name only (RFC 9525 §2 forbids it)',
    names: [],
    leaf: { commonName: host },
  },
  {
    name: 'name-for-address',
    expected: 'reject',
    host,
    why: 'a name, and the client wants an address (RFC 9525 §6.4)',
    names: [HOST],
  },
];

/** How the leaf names its host (RFC 9525, RFC 7817 §3). */
export const nameRows = (host: string): Draft[] => [
  { ...good(1), host: HOST },
  { ...good(1), name: 'good-address', host: addressOf(host) },
  ...[...NAMES, ...ADDRESSES(addressOf(host))].map(({ names, leaf, ...row }): Draft => {
    const { noSubject } = leaf ?? {};
    const extension = names === undefined || names.length === 0 ? [] : [subjectAltName(names, noSubject === true)];
    return {
      host: HOST,
      ...row,
      links: chainOf(1, { 1: { ...leaf, names: [], further: [...(leaf?.further ?? []), ...extension] } }),
    };
  }),
];

const addressOf = (host: string): string => (isIP(host) === 0 ? '127.0.0.1' : host);
