import { NO_VARIANT } from '../scenarios/scenario.js';
import { judgeVisit } from '../document/judge-visit.js';
import type { Seen } from '../document/seen.js';
import type { Visit } from '../verdict/visit.js';

/** A person's word: `yes` means that the attack had its effect on the client's screen. */
export type Attestation = NonNullable<Visit['attested']>['answer'];

/** What a person in front of the client is to be asked about this connection; undefined if nothing depends on it. */
export const questionAbout = ({
  one: { scenario, variant = NO_VARIANT },
  visit,
  judgement,
}: Pick<Seen, 'one' | 'visit' | 'judgement'>): string | undefined =>
  visit.attested === undefined && judgement.status === 'not-applicable'
    ? scenario.asks?.(variant, visit.canaries)
    : undefined;

/** The same connection with a person's answer: noted in its visit, and judged by it. */
export const attested = <S extends Seen>(seen: S, answer: Attestation): S => {
  const question = questionAbout(seen);
  if (question === undefined) return seen;
  const visit: Visit = { ...seen.visit, attested: { question, answer } };
  return { ...seen, visit, judgement: judgeVisit(seen.one, visit) };
};
