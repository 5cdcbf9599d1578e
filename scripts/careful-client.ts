import { caseKey, casesOf, type Case } from '../src/cases/case.js';
import { ALL_PROTOCOLS } from '../src/protocols/port-roles.js';
import { Oracle } from '../src/proof/oracle.js';
import scenarios from '../src/scenarios/index.js';
import type { Visit } from '../src/verdict/visit.js';

/** Lets the careful test client play the wanted cases of loopback, each set-up in turn; visits by the key of the case. */
export const playedCarefully = async (isWanted: (one: Case) => boolean): Promise<ReadonlyMap<string, Visit>> => {
  const played = new Map<string, Visit>();
  const setUps = ALL_PROTOCOLS.flatMap(({ name, modes }) =>
    modes.map((tls) => casesOf(scenarios, name, tls, 'server')),
  );
  await Promise.all(
    setUps.map(async (cases) => {
      const oracle = new Oracle(scenarios);
      for (const one of cases) {
        if ((one.scenario.needs ?? []).length > 0 || !isWanted(one)) continue;
        // Little patience makes it fast; a client that must not give up early has the usual one.
        for (const habits of [{ patience: 1500 }, {}]) {
          const { visit, judgement } = await oracle.judge(one, { habits });
          // Where only a person can see the effect, what the client said is as careful as it gets.
          const isAsked = one.scenario.asks !== undefined && judgement.status === 'not-applicable';
          if (judgement.status !== 'safe' && !isAsked) continue;
          played.set(caseKey(one), visit);
          break;
        }
      }
    }),
  );
  return new Map([...played].toSorted(([a], [b]) => (a < b ? -1 : 1)));
};
