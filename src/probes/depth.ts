/** How thorough an audit is, the least first: `glance` makes one connection to each listener, `verdict` at most 20, and those that tell a refusal from a limit of connections. */
export const DEPTHS = ['glance', 'verdict', 'full'] as const;
export type Depth = (typeof DEPTHS)[number];

/** Connections to one listener at each depth. */
export const MOST_CONNECTIONS: Readonly<Record<Depth, number>> = { glance: 1, verdict: 20, full: 400 };
