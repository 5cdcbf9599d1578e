import type { Report, Result } from '../document/report-model.js';
import type { RenderContext } from './format.js';
import type { ShownConnection } from './transcript.js';

/** What a result was concluded from: all connections of a visit; of an audit those in which something was found. */
export const shownConnections = (
  report: Report,
  result: Result,
  visits: RenderContext['visits'],
): readonly ShownConnection[] => {
  if (report.kind === 'audit') {
    // Written by our own audit, in the shape that a transcript is shown in.
    const connections = report.visits as readonly ShownConnection[];
    return connections.filter(({ id }) => result.evidence.some((each) => each.connection === id));
  }
  return result.visit === undefined ? [] : (visits.get(result.visit)?.connections ?? inline(report, result.visit));
};

/** The connections of a visit that the report holds itself; none where it holds a path. */
const inline = (report: Report, number: number): readonly ShownConnection[] => {
  for (const document of report.visits) {
    const { visit } = (typeof document === 'object' ? document : {}) as Partial<InlineVisit>;
    if (visit?.number === number) return visit.connections;
  }
  return [];
};

interface InlineVisit {
  readonly visit: { readonly number: number; readonly connections: readonly ShownConnection[] };
}
