import type { Case } from '../cases/case.js';
import { Fault } from '../fault.js';
import type { WellKnownPort } from '../protocols/port-roles.js';
import scenarios from '../scenarios/index.js';

/** The case of a scenario, in its first variant, on a well-known port; throws `HARNESS_BUG` where there is no such scenario. */
export const demoCase = (port: WellKnownPort, id: string): Case => {
  const scenario = scenarios.find((each) => each.id === id);
  if (scenario === undefined) throw new Fault('HARNESS_BUG', `there is no scenario ${id}`);
  const [variant] = scenario.variants ?? [];
  return {
    scenario,
    ...(variant && { variant }),
    protocol: port.protocol,
    tls: port.tls,
    seat: 'server',
    portRole: port.role,
  };
};
