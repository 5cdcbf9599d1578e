import type { Judgement } from '../verdict/judgement.js';
import { knownState, type Known } from '../verdict/known.js';
import type { Visit } from '../verdict/visit.js';
import { caseKey, type Case } from '../cases/case.js';
import type { Report, Result } from './report-model.js';

/** What surrounds a judgement in a report. */
export interface ResultContext {
  readonly reproduce: readonly string[];
  readonly known: readonly Known[];
  /** `2026-01-31` */
  readonly today: string;
  readonly visit?: Visit;
}

/** A judgement as a row of the report. */
export const resultOf = (
  one: Case,
  judgement: Judgement,
  { reproduce, known, today, visit }: ResultContext,
): Result => {
  const { scenario, variant, protocol, tls, seat, portRole } = one;
  const key = caseKey(one);
  const state = knownState(known, key, judgement.status, today);
  const port = visit?.connections.find((connection) => connection.endpoint === 'own')?.port;
  return {
    case: key,
    id: scenario.id,
    title: scenario.title,
    ...(variant && { variant: variant.name }),
    protocol,
    tls,
    seat,
    portRole,
    ...(port !== undefined && { port }),
    status: judgement.status,
    ...(judgement.leaked.length > 0 && { leaked: [...judgement.leaked] }),
    ...(judgement.severity !== undefined && { severity: judgement.severity }),
    because: judgement.because,
    references: [...scenario.references],
    cve: [...(scenario.cve ?? [])],
    cwe: [...(scenario.cwe ?? [])],
    evidence: judgement.evidence.map(({ connection, entry, quote, why }) => ({ connection, entry, quote, why })),
    ...(visit && { visit: visit.number }),
    ...(state && { known: { ...state } }),
    reproduce: [...reproduce],
    ...(visit && { duration: Math.round(visit.client.duration) }),
  };
};

/** Counts by status; statuses of this kind of report that did not occur are 0. */
export const summaryOf = (kind: Report['kind'], results: readonly Result[]): Record<string, number> => {
  const summary: Record<string, number> = Object.fromEntries(
    (kind === 'audit' ? SERVER_STATUSES : CLIENT_STATUSES).map((status) => [status, 0]),
  );
  for (const { status } of results) summary[status] = (summary[status] ?? 0) + 1;
  return summary;
};

const CLIENT_STATUSES = ['safe', 'unsafe', 'downgradable', 'inconclusive', 'not-applicable'];
const SERVER_STATUSES = ['pass', 'fail', 'warn', 'info', 'inconclusive', 'not-applicable'];
