import ipaddr from 'ipaddr.js';

import { elements } from './der.js';

/** The subtrees of one kind, permitted or excluded: DNS names, and addresses with their masks. */
interface Subtrees {
  readonly dns: readonly string[];
  readonly ip: readonly Buffer[];
}

/** Name constraints of an authority (RFC 5280 §4.2.1.10), as far as servers have such names: DNS names and addresses. */
export interface NameConstraints {
  readonly permitted: Subtrees;
  readonly excluded: Subtrees;
}

/** Reads the contents of the extension; undefined without it. */
export const nameConstraintsOf = (extension: Buffer | undefined): NameConstraints | undefined => {
  if (extension === undefined) return undefined;
  const fields = elements(elements(extension)?.[0]?.contents ?? NOTHING) ?? [];
  const subtrees = (tag: number): Subtrees => {
    const bases = fields
      .filter((field) => field.tag === tag)
      .flatMap(({ contents }) => elements(contents) ?? [])
      .flatMap(({ contents }) => elements(contents)?.[0] ?? []);
    return {
      dns: bases.filter((base) => base.tag === DNS_NAME).map(({ contents }) => contents.toString('latin1')),
      ip: bases.filter((base) => base.tag === IP_ADDRESS).map(({ contents }) => contents),
    };
  };
  return { permitted: subtrees(PERMITTED), excluded: subtrees(EXCLUDED) };
};

/** Whether an authority with these constraints may certify all of these names. */
export const permits = (
  { permitted, excluded }: NameConstraints,
  { dns, ip }: { readonly dns: readonly string[]; readonly ip: readonly string[] },
): boolean =>
  dns.every((name) => isWithin(name, permitted.dns, isBelow, true) && !isWithin(name, excluded.dns, isBelow, false)) &&
  ip.every((name) => isWithin(name, permitted.ip, isInNet, true) && !isWithin(name, excluded.ip, isInNet, false));

const isWithin = <Subtree>(
  name: string,
  subtrees: readonly Subtree[],
  test: (name: string, subtree: Subtree) => boolean,
  withoutAny: boolean,
): boolean => (subtrees.length === 0 ? withoutAny : subtrees.some((subtree) => test(name, subtree)));

/** With a leading dot, which the RFC does not know and libraries do, it covers what is below only. */
const isBelow = (name: string, domain: string): boolean => {
  const [one, other] = [name.toLowerCase(), domain.toLowerCase()];
  if (other === '') return true;
  return other.startsWith('.') ? one.endsWith(other) : one === other || one.endsWith(`.${other}`);
};

const isInNet = (name: string, net: Buffer): boolean => {
  const octets = ipaddr.isValid(name) ? ipaddr.parse(name).toByteArray() : [];
  return (
    octets.length * 2 === net.length &&
    octets.every((octet, index) => {
      const mask = net[octets.length + index] ?? 0;
      return (octet & mask) === ((net[index] ?? 0) & mask);
    })
  );
};

const NOTHING = Buffer.alloc(0);
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;
const PERMITTED = 0xa0;
const EXCLUDED = 0xa1;
