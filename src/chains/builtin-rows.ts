import { nameConstraintRows } from './constraint-rows.js';
import { unknownExtension } from './extension-values.js';
import type { Expectation } from './chain.js';
import type { LeafKey } from './issue-chain.js';
import { nameRows } from './name-rows.js';
import { policy } from './policy-rows.js';
import { chainOf, good, places, type Draft, type Row } from './row.js';
import { extendedKeyUsage, keyUsage, SERVER } from './usage-rows.js';

/** All rows, family by family, a good one first in each. `host` is the name by which clients reach the endpoint. */
export const builtinRows = (host: string): Row[] =>
  FAMILIES.flatMap(([family, rowsOf]) => rowsOf(host).map((row) => ({ host, ...row, family })));

const pathBuilding = (): Draft[] => [
  ...DEPTHS.map(good),
  ...DEPTHS.flatMap((depth): Draft[] => {
    const links = chainOf(depth);
    const named = (name: string): string => `${name}-${String(depth)}`;
    return [
      {
        name: named('root-sent'),
        expected: 'accept',
        why: 'the root is sent too (RFC 8446 §4.4.2)',
        links,
        sent: 'with-root',
      },
      {
        name: named('lookalike-root-sent'),
        expected: 'accept',
        soft: true,
        why: 'a stranger with the root’s name and key identifier is sent too (RFC 8446 §4.4.2)',
        links,
        sent: 'with-lookalike',
      },
      {
        name: named('sent-twice'),
        expected: 'either',
        why: 'each authority is sent twice (RFC 5246 §7.4.2 forbids, RFC 8446 §4.4.2 tolerates it)',
        links,
        sent: 'twice',
      },
      ...(depth === 1
        ? []
        : [
            {
              name: named('reversed'),
              expected: 'either',
              why: 'the authorities come in the wrong order (RFC 5246 §7.4.2 forbids, RFC 8446 §4.4.2 tolerates it)',
              links,
              sent: 'reversed',
            } as const,
          ]),
      {
        name: named('leaf-only'),
        expected: 'reject',
        why: 'all authorities are missing (RFC 5280 §6.1)',
        links,
        sent: 'leaf-only',
      },
      ...(depth === 1
        ? []
        : [
            {
              name: named('lowest-missing'),
              expected: 'reject',
              why: 'the leaf’s issuer is missing (RFC 5280 §6.1)',
              links,
              sent: 'without-lowest',
            } as const,
            {
              name: named('highest-missing'),
              expected: 'reject',
              why: 'the authority below the root is missing (RFC 5280 §6.1)',
              links,
              sent: 'without-highest',
            } as const,
          ]),
      ...places(depth, true).flatMap(({ at, who }): Draft[] => [
        {
          name: named(`forged-${who}`),
          expected: 'reject',
          why: `the ${who} is signed by a stranger under its issuer’s name (RFC 5280 §6.1.3 (a)(1))`,
          links: chainOf(depth, { [at]: { forged: true } }),
        },
        {
          name: named(`damaged-${who}`),
          expected: 'reject',
          why: `one bit of the signature of the ${who} is changed (RFC 5280 §6.1.3 (a)(1))`,
          links: chainOf(depth, { [at]: { damaged: true } }),
        },
        {
          name: named(`misnamed-issuer-of-${who}`),
          expected: 'reject',
          why: `the ${who} names another issuer (RFC 5280 §6.1.3 (a)(4))`,
          links: chainOf(depth, { [at]: { misnamedIssuer: true } }),
        },
      ]),
    ];
  }),
];

const validity = (): Draft[] => [
  ...DEPTHS.map(good),
  ...DEPTHS.flatMap((depth) =>
    places(depth, true).flatMap(({ at, who }): Draft[] => [
      {
        name: `expired-${who}-${String(depth)}`,
        expected: 'reject',
        why: `the ${who} has expired (RFC 5280 §6.1.3 (a)(2))`,
        links: chainOf(depth, { [at]: { days: [-30, -2] } }),
      },
      {
        name: `future-${who}-${String(depth)}`,
        expected: 'reject',
        why: `the ${who} is not valid yet (RFC 5280 §6.1.3 (a)(2))`,
        links: chainOf(depth, { [at]: { days: [2, 30] } }),
      },
    ]),
  ),
];

const caFlag = (): Draft[] => [
  ...DEPTHS.map(good),
  ...DEPTHS.flatMap((depth) =>
    places(depth, false).flatMap(({ at, who }): Draft[] => [
      {
        name: `false-in-${who}-${String(depth)}`,
        expected: 'reject',
        why: `the ${who} says that it is none: cA is false (RFC 5280 §6.1.4 (k))`,
        links: chainOf(depth, { [at]: { basic: { ca: false } } }),
      },
      {
        name: `absent-in-${who}-${String(depth)}`,
        expected: 'reject',
        why: `the ${who} has no basicConstraints (RFC 5280 §6.1.4 (k))`,
        links: chainOf(depth, { [at]: { basic: 'absent' } }),
      },
      {
        name: `leaf-as-${who}-${String(depth)}`,
        expected: 'reject',
        why: `a server’s certificate stands in the place of the ${who} (RFC 5280 §6.1.4 (k), (n))`,
        links: chainOf(depth, { [at]: { basic: { ca: false }, usage: ['digitalSignature'], purposes: [SERVER] } }),
      },
      {
        name: `not-critical-in-${who}-${String(depth)}`,
        expected: 'accept',
        soft: true,
        why: `basicConstraints of the ${who} is not critical (RFC 5280 §4.2.1.9 binds issuers)`,
        links: chainOf(depth, { [at]: { basic: { ca: true, critical: false } } }),
      },
    ]),
  ),
  {
    name: 'absent-in-leaf',
    expected: 'accept',
    why: 'the leaf has no basicConstraints (RFC 5280 §4.2.1.9)',
    links: chainOf(1, { 1: { basic: 'absent' } }),
  },
  {
    name: 'true-in-leaf',
    expected: 'either',
    why: 'the leaf is an authority (RFC 5280 §6.1 does not forbid it)',
    links: chainOf(1, { 1: { basic: { ca: true } } }),
  },
];

const pathLength = (): Draft[] => [
  ...[1, 2, 3, 4].flatMap((depth) =>
    places(depth, false).flatMap(({ at, who }) =>
      [0, 1, 2, 3].map((limit): Draft => {
        const below = depth - 1 - at;
        return {
          name: `${String(limit)}-in-${who}-of-${String(depth)}`,
          expected: below <= limit ? 'accept' : 'reject',
          why: `the ${who} allows ${String(limit)} authorities below it, ${String(below)} follow (RFC 5280 §6.1.4 (l), (m))`,
          links: chainOf(depth, { [at]: { basic: { ca: true, pathLength: limit } } }),
        };
      }),
    ),
  ),
  {
    name: 'self-issued',
    expected: 'accept',
    soft: true,
    why: 'a self-issued authority does not count (RFC 5280 §6.1.4 (l))',
    links: chainOf(2, { 0: { basic: { ca: true, pathLength: 0 } }, 1: { selfIssued: true } }),
  },
];

const criticalExtension = (): Draft[] =>
  [false, true].flatMap((critical) =>
    DEPTHS.flatMap((depth) =>
      places(depth, true).map(({ at, who }): Draft => ({
        name: `${critical ? 'critical' : 'optional'}-in-${who}-${String(depth)}`,
        expected: critical ? 'reject' : 'accept',
        why: `an extension that nobody knows, ${critical ? 'critical' : 'not critical'}, in the ${who} (RFC 5280 §4.2, §6.1.4 (o), §6.1.5 (f))`,
        links: chainOf(depth, { [at]: { further: [unknownExtension(critical)] } }),
      })),
    ),
  );

/** RFC 8446 §4.4.2.4 forbids MD5. It recommends to refuse SHA-1, and does not demand it: told, not judged. */
const signatureHash = (): Draft[] => [
  ...DEPTHS.map(good),
  ...DEPTHS.flatMap((depth) =>
    places(depth, true).map(({ at, who }): Draft => ({
      name: `sha1-in-${who}-${String(depth)}`,
      expected: 'reject',
      soft: true,
      why: `the ${who} is signed with SHA-1 (RFC 8446 §4.4.2.4 recommends to refuse it)`,
      links: chainOf(depth, { [at]: { hash: 'SHA-1' } }),
    })),
  ),
  {
    name: 'rsa-authority',
    expected: 'accept',
    why: 'the authority has an RSA key, nothing wrong (RFC 5280 §6.1)',
    links: chainOf(1, { 0: { key: 'rsa-2048' } }),
  },
  {
    name: 'md5-in-leaf',
    expected: 'reject',
    why: 'the leaf is signed with MD5 (RFC 8446 §4.4.2.4)',
    links: chainOf(1, { 0: { key: 'rsa-2048' }, 1: { hash: 'MD5' } }),
  },
  {
    name: 'md5-in-authority',
    expected: 'reject',
    why: 'an authority is signed with MD5 (RFC 8446 §4.4.2.4)',
    links: chainOf(2, { 0: { key: 'rsa-2048' }, 1: { hash: 'MD5' } }),
  },
];

const KEYS: readonly {
  readonly key: LeafKey;
  readonly expected: Expectation;
  readonly soft?: true;
  readonly why: string;
}[] = [
  { key: 'rsa-512', expected: 'reject', why: 'an RSA key of 512 bits (RFC 9325 §4.5)' },
  { key: 'rsa-768', expected: 'reject', soft: true, why: 'an RSA key of 768 bits (RFC 9325 §4.5)' },
  { key: 'rsa-1024', expected: 'reject', soft: true, why: 'an RSA key of 1024 bits (RFC 9325 §4.5)' },
  { key: 'rsa-4096', expected: 'accept', why: 'an RSA key of 4096 bits (RFC 9325 §4.5)' },
  { key: 'p-384', expected: 'accept', why: 'a key on P-384 (RFC 8422 §5.1.1)' },
  { key: 'ed25519', expected: 'either', why: 'an Ed25519 key (RFC 8446 §9.1 leaves it open)' },
];

const leafKey = (): Draft[] => [
  good(1),
  ...KEYS.map(({ key, ...row }): Draft => ({ ...row, name: key, links: chainOf(1, { 1: { key } }) })),
];

const DEPTHS = [1, 2, 3];

const FAMILIES: readonly (readonly [family: string, rows: (host: string) => Draft[]])[] = [
  ['path-building', pathBuilding],
  ['validity', validity],
  ['name-constraints', nameConstraintRows],
  ['extended-key-usage', extendedKeyUsage],
  ['ca-flag', caFlag],
  ['path-length', pathLength],
  ['key-usage', keyUsage],
  ['critical-extension', criticalExtension],
  ['policy', policy],
  ['signature-hash', signatureHash],
  ['names', nameRows],
  ['leaf-key', leafKey],
];
