import { dialogue } from '../probes/dialogue.js';
import { portOf } from '../protocols/port-roles.js';
import type { Observer } from './observer.js';

/** A listener to audit. */
interface Subject {
  readonly observer: Observer;
}

/** Login attempts are few: listeners that offer a login in clear come first, then the likeliest roles. */
export const likeliestFirst = async (subjects: readonly Subject[]): Promise<Subject[]> => {
  const ranked = await Promise.all(
    subjects.map(async (subject) => {
      const met = await subject.observer.observe(dialogue);
      const offers = met.kind === 'facts' && (met.facts.outside?.logins.some((login) => login !== 'APOP') ?? false);
      const { loginRank = LAST } = portOf(subject.observer.listener.role);
      return { subject, isOffering: offers, rank: loginRank };
    }),
  );
  return ranked
    .sort((a, b) => Number(b.isOffering) - Number(a.isOffering) || a.rank - b.rank)
    .map(({ subject }) => subject);
};

const LAST = 100;
