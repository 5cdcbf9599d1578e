import { isIP } from 'node:net';
import type { Expectation } from './chain.js';
import { nameConstraints, type Subtree } from './extension-values.js';
import type { Link } from './issue-chain.js';
import { chainOf, places, type Draft } from './row.js';

interface Constrained {
  readonly name: string;
  readonly permitted?: readonly Subtree[];
  readonly excluded?: readonly Subtree[];
  readonly expected: Expectation;
  readonly soft?: true;
  readonly leaf?: Link;
}

const constraintsFor = (host: string): Constrained[] =>
  isIP(host) === 0
    ? [
        { name: 'permitted', permitted: [host], expected: 'accept' },
        { name: 'permitted-twice', permitted: ['other.test', host], expected: 'accept' },
        { name: 'permitted-other', permitted: ['other.test'], expected: 'reject' },
        { name: 'permitted-longer', permitted: [`a.${host}`], expected: 'reject' },
        { name: 'permitted-suffix', permitted: [host.slice(1)], expected: 'reject' },
        { name: 'excluded', excluded: [host], expected: 'reject' },
        { name: 'excluded-everything', excluded: [''], expected: 'reject' },
        { name: 'excluded-other', excluded: ['other.test'], expected: 'accept' },
        { name: 'excluded-longer', excluded: [`a.${host}`], expected: 'accept' },
        { name: 'permitted-and-excluded', permitted: [host], excluded: [host], expected: 'reject' },
        { name: 'upper-case', permitted: [host.toUpperCase()], expected: 'accept', soft: true },
        { name: 'upper-case-excluded', excluded: [host.toUpperCase()], expected: 'reject' },
        { name: 'leading-dot', permitted: [`.${host}`], expected: 'either' },
        { name: 'addresses-only', permitted: ['127.0.0.0/8'], expected: 'accept' },
        { name: 'mail-only', permitted: [{ email: 'other.test' }], expected: 'accept' },
        { name: 'uri-only', permitted: [{ uri: 'other.test' }], expected: 'accept', soft: true },
        { name: 'directory', permitted: [{ directory: 'Waxseal' }], expected: 'accept' },
        { name: 'directory-other', permitted: [{ directory: 'Somebody else' }], expected: 'reject' },
        { name: 'directory-excluded', excluded: [{ directory: 'Waxseal' }], expected: 'reject' },
        {
          name: 'second-name-outside',
          permitted: [host],
          expected: 'reject',
          leaf: {
            names: [
              { type: 'dns', value: host },
              { type: 'dns', value: 'other.test' },
            ],
          },
        },
        {
          name: 'second-name-excluded',
          excluded: ['other.test'],
          expected: 'reject',
          leaf: {
            names: [
              { type: 'dns', value: host },
              { type: 'dns', value: 'a.other.test' },
            ],
          },
        },
        { name: 'common-name-outside', permitted: [host], expected: 'either', leaf: { commonName: 'other.test' } },
      ]
    : [
        { name: 'permitted-net', permitted: ['127.0.0.0/8'], expected: 'accept' },
        { name: 'permitted-address', permitted: [`${host}/32`], expected: 'accept' },
        { name: 'permitted-other-net', permitted: ['10.0.0.0/8'], expected: 'reject' },
        { name: 'permitted-other-address', permitted: ['127.0.0.2/32'], expected: 'reject' },
        { name: 'permitted-ipv6-only', permitted: ['::/0'], expected: 'reject' },
        { name: 'excluded-net', excluded: ['127.0.0.0/8'], expected: 'reject' },
        { name: 'excluded-everything', excluded: ['0.0.0.0/0'], expected: 'reject' },
        { name: 'excluded-other-net', excluded: ['10.0.0.0/8'], expected: 'accept' },
        { name: 'excluded-ipv6', excluded: ['::/0'], expected: 'accept' },
        { name: 'permitted-and-excluded', permitted: ['127.0.0.0/8'], excluded: [`${host}/32`], expected: 'reject' },
        { name: 'names-only', permitted: ['other.test'], expected: 'accept' },
        {
          name: 'second-address-outside',
          permitted: ['127.0.0.0/8'],
          expected: 'reject',
          leaf: {
            names: [
              { type: 'ip', value: host },
              { type: 'ip', value: '10.1.2.3' },
            ],
          },
        },
      ];

const constrained = (host: string): Draft[] =>
  constraintsFor(host).flatMap(({ name, expected, soft, leaf = {}, ...subtrees }) =>
    [1, 2].flatMap((depth) =>
      places(depth, false).flatMap(({ at, who }) =>
        (expected === 'reject' && depth === 1 ? [true, false] : [true]).map((critical): Draft => ({
          name: `${name}${critical ? '' : '-not-critical'}-in-${who}`,
          expected,
          ...(soft && { soft }),
          why: `name constraints of the ${who}: ${name.replaceAll('-', ' ')}${critical ? '' : ', not critical'} (RFC 5280 §4.2.1.10, §6.1.3 (b), (c))`,
          host,
          links: chainOf(depth, { [at]: { further: [nameConstraints(subtrees, critical)] }, [depth]: leaf }),
        })),
      ),
    ),
  );

/** Name constraints (RFC 5280 §4.2.1.10), for the host's name and for an address. */
export const nameConstraintRows = (host: string): Draft[] => [
  ...constrained(host),
  ...constrained('127.0.0.1').map((row) => ({ ...row, name: `address-${row.name}` })),
];
