import type { Report, Result } from '../document/report-model.js';
import { carefulConnections, firstDifference } from './careful/careful.js';
import type { RenderContext } from './format.js';
import { canariesOf, shownConnections } from './observed.js';
import { isBad } from './text/style.js';
import { lanesOf, type Lane } from './wire-chart.js';

/** A result as sequence charts: what was seen, and what a careful client does in the same case. */
export interface Sides {
  readonly own: readonly Lane[];
  /** Connections of which nothing is shown. */
  readonly left: number;
  /** Findings about clients only, where the case can be played on loopback. */
  readonly careful?: readonly Lane[];
  /** The first difference after the attack began, in words. */
  readonly difference?: string;
}

/** Undefined where the report holds no transcript of it. */
export const sidesOf = (report: Report, result: Result, visits: RenderContext['visits']): Sides | undefined => {
  const connections = shownConnections(report, result, visits);
  if (connections.length === 0) return undefined;
  const isFinding = report.kind !== 'audit' && isBad(result.status);
  const careful = isFinding ? carefulConnections(result) : undefined;
  const secrets = canariesOf(report, result);
  const differences = careful && firstDifference(connections, secrets, careful);
  const limits = { connections: MOST_CONNECTIONS, steps: MOST_STEPS };
  const own = lanesOf(
    connections,
    result.evidence,
    { ...limits, hasTimes: true },
    { difference: differences?.own, secrets },
  );
  return {
    own,
    left: connections.length - own.length,
    ...(careful && {
      careful: lanesOf(careful, [], { ...limits, hasTimes: false }, { difference: differences?.careful }),
      ...(differences && { difference: differences.words }),
    }),
  };
};

/** Of one result. */
const MOST_CONNECTIONS = 4;
/** Of one connection. */
const MOST_STEPS = 28;
