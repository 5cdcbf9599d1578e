import pLimit from 'p-limit';
import registry from '../scenarios/index.js';
import type { Scenario } from '../scenarios/scenario.js';
import { Oracle } from './oracle.js';
import { oracleRows } from './oracle-rows.js';
import { proofOf, type Proof } from './proof.js';

/**
 * Proves a scenario from both sides, on loopback and without a client of yours: careful toy clients of many styles are never unsafe,
 * the plain one is safe in every case, and the toy with the scenario's flaw is found in every case. A scenario that needs well-known
 * ports or names cannot be proved there, and is not.
 */
export const proveScenario = async (scenario: Scenario): Promise<Proof> => {
  const oracle = new Oracle([...registry.filter(({ id }) => id !== scenario.id), scenario]);
  const limit = pLimit(VISITS_AT_ONCE);
  const outcomes = oracleRows([scenario]).map((row) =>
    limit(async () => {
      const { judgement, story } = await oracle.judge(row.one, row.toy, row.policy);
      return row.allowed.includes(judgement.status)
        ? undefined
        : `${row.title}, but was judged ${judgement.status}\n${story}`;
    }),
  );
  return proofOf(await Promise.all(outcomes));
};

/** Most of a visit is waiting. */
const VISITS_AT_ONCE = 16;
