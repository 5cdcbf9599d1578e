import type { Cause } from '../verdict/evidence.js';
import type { Judgement } from '../verdict/judgement.js';
import { told } from '../verdict/told.js';
import type { Visit } from '../verdict/visit.js';
import { caseKey, type Case } from '../cases/case.js';
import { ADVICE, type Advice } from '../knowledge/advice.js';
import type { Result } from './report-model.js';

/** What surrounds a judgement in a report. */
export interface ResultContext {
  readonly reproduce: readonly string[];
  readonly visit?: Visit;
  /** Which client came; what the visit says by default. */
  readonly met?: Visit['met'];
}

/** A judgement as a row of the report; known results are applied to the whole report (`reportOf`). */
export const resultOf = (
  one: Case,
  judgement: Judgement,
  { reproduce, visit, met = visit?.met }: ResultContext,
): Result => {
  const { scenario, variant, protocol, tls, seat, portRole } = one;
  const key = caseKey(one);
  const report = visit && told(visit);
  const port = visit?.connections.find((connection) => connection.endpoint === 'own')?.port;
  return {
    case: key,
    id: scenario.id,
    title: scenario.title,
    family: scenario.family,
    ...(variant && { variant: variant.name }),
    protocol,
    tls,
    seat,
    portRole,
    ...(port !== undefined && { port }),
    ...(met && {
      ...(met.client !== undefined && { client: met.client }),
      peer: met.peer,
      at: met.at,
      ...(met.target !== undefined && { target: met.target }),
    }),
    status: judgement.status,
    ...(judgement.leaked.length > 0 && { leaked: [...judgement.leaked] }),
    ...(judgement.severity !== undefined && { severity: judgement.severity }),
    ...(report && { told: { ...report } }),
    because: judgement.because,
    ...adviceFor(judgement),
    references: [...scenario.references],
    cve: [...(scenario.cve ?? [])],
    cwe: [...(scenario.cwe ?? [])],
    evidence: judgement.evidence.map(({ connection, entry, quote, why }) => ({ connection, entry, quote, why })),
    ...(visit && { visit: visit.number }),
    reproduce: [...reproduce],
    ...(visit && { duration: Math.round(visit.client.duration) }),
  };
};

/** Advice for what the verdict was given for: the evidence that its sentence is about. */
const adviceFor = ({ status, because, evidence }: Judgement): Partial<Advice> => {
  if (status !== 'unsafe' && status !== 'downgradable') return {};
  const decisive = evidence.find(({ why }) => why === because) ?? evidence[0];
  return decisive === undefined ? {} : ADVICE[decisive.cause satisfies Cause];
};
