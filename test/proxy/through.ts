import type { Driver } from '../../src/clients/driver.js';
import { loopback } from '../../src/place/loopback.js';
import type { RealServer } from '../../src/proxy/server.js';
import { casesOf } from '../../src/cases/case.js';
import type { Through } from '../../src/stage/middle-seat.js';
import { visit, type VisitSettings } from '../../src/stage/visit.js';
import scenarios from '../../src/scenarios/index.js';
import type { Authority } from '../../src/tls/certificate-authority.js';
import { controlFacts } from '../../src/verdict/control.js';
import type { Judgement } from '../../src/verdict/judgement.js';
import type { Visit } from '../../src/verdict/visit.js';
import { judgeVisit } from '../../src/document/judge-visit.js';
import { storyOf } from '../../src/proof/oracle.js';
import { ACCOUNT } from '../support/submission-server.js';

export interface Judged {
  readonly visit: Visit;
  readonly judgement: Judgement;
  /** For messages of failed tests. */
  readonly story: string;
}

/** Lets a client visit a real server through the middle seat: the control first, then the scenarios named. */
export const visitThrough = async (
  driver: Driver,
  authority: Authority,
  server: RealServer,
  ids: readonly string[],
  more: Partial<Through> & Pick<Partial<VisitSettings>, 'maxTime'> = {},
): Promise<Record<string, Judged>> => {
  const { maxTime = 15_000, ...rest } = more;
  const settings: VisitSettings = {
    seed: 'through',
    place: loopback,
    authority,
    driver,
    policy: 'required',
    maxTime,
    secrets: new Map(),
    through: { server, account: ACCOUNT, ...rest },
  };
  const cases = casesOf(scenarios, server.protocol, server.tls, 'middle').filter(({ scenario }) =>
    ['control', ...ids].includes(scenario.id),
  );
  const judged: Record<string, Judged> = {};
  for (const [index, one] of cases.entries()) {
    const control = judged['control'];
    const seen = await visit(
      one,
      index + 1,
      settings,
      control === undefined ? {} : { control: controlFacts(control.visit) },
    );
    const judgement = judgeVisit(one, seen);
    judged[one.scenario.id] = { visit: seen, judgement, story: storyOf(one, seen, judgement) };
  }
  return judged;
};
