import type { Expectation } from './chain.js';
import { anyPolicyUntil, explicitPolicyAfter, policies } from './extension-values.js';
import type { Link } from './issue-chain.js';
import { chainOf, places, type Draft } from './row.js';

const ONE = '2.25.202611261';
const OTHER = '2.25.202611262';
const ANY_POLICY = '2.5.29.32.0';

/** Many libraries look at policies only where an application asks, and a wrong policy gains an attacker no name: told, not judged. */
export const policy = (): Draft[] =>
  [1, 2].flatMap((depth): Draft[] => {
    const withPolicies = (authorities: readonly string[], leaf: readonly string[], first: Link = {}): Link[] =>
      chainOf(
        depth,
        Object.fromEntries(
          places(depth, true).map(({ at }) => {
            const own = at === depth ? leaf : authorities;
            return [
              at,
              {
                further: [...(own.length === 0 ? [] : [policies(...own)]), ...(at === 0 ? (first.further ?? []) : [])],
              },
            ];
          }),
        ),
      );
    const row = (name: string, expected: Expectation, why: string, links: readonly Link[]): Draft => ({
      name: `${name}-${String(depth)}`,
      expected,
      ...(expected === 'reject' && { soft: true as const }),
      why,
      links,
    });
    const explicit = (after: number): Link => ({ further: [explicitPolicyAfter(after)] });
    return [
      row('same', 'accept', 'the same policy throughout (RFC 5280 §4.2.1.4)', withPolicies([ONE], [ONE])),
      row(
        'different',
        'accept',
        'policies differ, none is required (RFC 5280 §6.1.3 (d))',
        withPolicies([ONE], [OTHER]),
      ),
      row(
        'explicit-same',
        'accept',
        'a policy is required, and is there (RFC 5280 §4.2.1.11)',
        withPolicies([ONE], [ONE], explicit(0)),
      ),
      row(
        'explicit-any',
        'accept',
        'a policy is required, and the authority allows any (RFC 5280 §4.2.1.4)',
        withPolicies([ANY_POLICY], [ONE], explicit(0)),
      ),
      row(
        'explicit-none',
        'reject',
        'a policy is required, and nobody has one (RFC 5280 §6.1.5 (g))',
        withPolicies([], [], explicit(0)),
      ),
      row(
        'explicit-leaf-without',
        'reject',
        'a policy is required, and the leaf has none (RFC 5280 §6.1.5 (g))',
        withPolicies([ONE], [], explicit(0)),
      ),
      row(
        'explicit-different',
        'reject',
        'a policy is required, and those of leaf and authority differ (RFC 5280 §6.1.5 (g))',
        withPolicies([ONE], [OTHER], explicit(0)),
      ),
      row(
        'explicit-later',
        'accept',
        'a policy is required further down than the chain reaches (RFC 5280 §6.1.4 (h))',
        withPolicies([], [], explicit(9)),
      ),
      row(
        'any-inhibited',
        'reject',
        'a policy is required, and any no longer counts (RFC 5280 §4.2.1.14)',
        withPolicies([ANY_POLICY], [ANY_POLICY], { further: [explicitPolicyAfter(0), anyPolicyUntil(0)] }),
      ),
    ];
  });
