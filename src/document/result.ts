import type { Cause, Evidence } from '../verdict/evidence.js';
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
    ...(judgement.decidedBy !== undefined && { decidedBy: judgement.decidedBy }),
    ...adviceFor(judgement),
    references: [...scenario.references],
    cve: [...(scenario.cve ?? [])],
    cwe: [...(scenario.cwe ?? [])],
    ...shownEvidence(judgement),
    ...(visit && { visit: visit.number }),
    reproduce: [...reproduce],
    ...(visit && { duration: Math.round(visit.client.duration) }),
  };
};

/** The decisive piece, and as many others as one can look at, in their order. */
const shownEvidence = (judgement: Judgement): Pick<Result, 'evidence' | 'moreEvidence'> => {
  const all = judgement.evidence;
  const first = all.slice(0, MOST_EVIDENCE);
  const decisive = decisiveOf(judgement);
  if (decisive !== undefined && !first.includes(decisive)) first[MOST_EVIDENCE - 1] = decisive;
  return {
    evidence: first.map(({ connection, entry, quote, why }) => ({ connection, entry, quote, why })),
    ...(all.length > first.length && { moreEvidence: all.length - first.length }),
  };
};

const decisiveOf = ({ because, evidence }: Judgement): Evidence | undefined =>
  evidence.find(({ why }) => why === because) ?? evidence[0];

const MOST_EVIDENCE = 2000;

/** Advice for what the verdict was given for: the evidence that its sentence is about. */
const adviceFor = (judgement: Judgement): Partial<Advice> => {
  if (judgement.status !== 'unsafe' && judgement.status !== 'downgradable') return {};
  const decisive = decisiveOf(judgement);
  return decisive === undefined ? {} : ADVICE[decisive.cause satisfies Cause];
};
