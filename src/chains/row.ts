import type { Expectation } from './chain.js';
import type { Link } from './issue-chain.js';

/** A chain to make. */
export interface Row {
  readonly family: string;
  /** Unique in its family. */
  readonly name: string;
  readonly expected: Expectation;
  readonly soft?: true;
  readonly why: string;
  readonly host: string;
  readonly links: readonly Link[];
  /** How the certificates are sent; as issued, leaf first, by default. */
  readonly sent?:
    'reversed' | 'with-root' | 'twice' | 'with-lookalike' | 'leaf-only' | 'without-lowest' | 'without-highest';
}

/** A row without its family; for the usual host by default. */
export type Draft = Omit<Row, 'family' | 'host'> & { readonly host?: string };

/** `depth` authorities and a leaf, with changes by position: 0 is the authority below the root, `depth` the leaf. */
export const chainOf = (depth: number, changes: Readonly<Record<number, Link>> = {}): Link[] =>
  Array.from({ length: depth + 1 }, (_, index) => changes[index] ?? {});

/** Every place of a chain, or those of its authorities, in words. */
export const places = (depth: number, leafToo: boolean): { readonly at: number; readonly who: string }[] =>
  Array.from({ length: depth + (leafToo ? 1 : 0) }, (_, at) => ({
    at,
    who: at === depth ? 'leaf' : depth === 1 ? 'authority' : `authority-${String(at + 1)}`,
  }));

/** A chain with nothing wrong in it. */
export const good = (depth: number): Draft => ({
  name: `good-${String(depth)}`,
  expected: 'accept',
  why: `${String(depth)} intermediate authorities, nothing wrong (RFC 5280 §6.1)`,
  links: chainOf(depth),
});
