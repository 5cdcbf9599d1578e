/** How thorough an audit is, the least first: `quick` makes one connection to each listener, `normal` at most 20, and those that tell a refusal from a limit of connections. */
export const DEPTHS = ['quick', 'normal', 'full'] as const;
export type Depth = (typeof DEPTHS)[number];

/** Connections to one listener at each depth. */
export const MOST_CONNECTIONS: Readonly<Record<Depth, number>> = { quick: 1, normal: 20, full: 400 };
