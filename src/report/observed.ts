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
  if (result.visit === undefined) return [];
  const visit = visits.get(result.visit);
  return visit === undefined ? inline(report, result.visit) : allOf(visit);
};

/** Connections to mail servers, and those to web servers that led there, in the order in which they were opened. */
const allOf = ({
  connections,
  lookups,
}: Pick<InlineVisit['visit'], 'connections' | 'lookups'>): readonly ShownConnection[] =>
  lookups === undefined || lookups.web.length === 0
    ? connections
    : [...connections, ...lookups.web].toSorted((a, b) => a.id - b.id);

/** What waxseal made up for the visit of a result: names, passwords and markers; none where the report holds no visit of it. */
export const canariesOf = (report: Report, result: Result): readonly string[] => {
  if (report.kind === 'audit' || result.visit === undefined) return [];
  const { canaries = {} } = inlineVisit(report, result.visit) ?? {};
  return Object.values(canaries).filter((canary) => canary !== '');
};

/** The connections of a visit that the report holds itself; none where it holds a path. */
const inline = (report: Report, number: number): readonly ShownConnection[] => {
  const visit = inlineVisit(report, number);
  return visit === undefined ? [] : allOf(visit);
};

const inlineVisit = (report: Report, number: number): InlineVisit['visit'] | undefined => {
  for (const document of report.visits) {
    const { visit } = (typeof document === 'object' ? document : {}) as Partial<InlineVisit>;
    if (visit?.number === number) return visit;
  }
  return undefined;
};

interface InlineVisit {
  readonly visit: {
    readonly number: number;
    readonly canaries?: Readonly<Record<string, string>>;
    readonly connections: readonly ShownConnection[];
    readonly lookups?: { readonly web: readonly ShownConnection[] };
  };
}
