import { honestInside } from '../endpoints/honest.js';
import type { Offer } from '../protocols/protocol.js';
import { NO_VARIANT } from '../scenarios/scenario.js';
import type { ControlFacts } from '../verdict/visit.js';
import { comparedControl, type Case } from './case.js';

/** The control that a case is compared with, offering inside TLS what the case does; `cases` are all of its set-up. */
export const comparisonOf = (one: Case, cases: readonly Case[]): Case | undefined => {
  const id = comparedControl(one);
  const honest = cases.find(({ scenario }) => scenario.id === id);
  // The middle seat has another honest offer than ours: what is changed about it is the same.
  return (
    honest && {
      ...honest,
      scenario: { ...honest.scenario, inside: (offer, _, learnt) => insideOf(one, offer, learnt) },
    }
  );
};

/** The same text for cases that one visit is enough for, of a client with this control. */
export const comparisonKey = (one: Case, control?: ControlFacts): string =>
  JSON.stringify([comparedControl(one), insideOf(one, honestInside(one.protocol), control)]);

const insideOf = ({ scenario, variant }: Case, honest: Offer, control: ControlFacts | undefined): Offer =>
  scenario.inside === undefined ? honest : scenario.inside(honest, variant ?? NO_VARIANT, control);
