import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { loopback } from '../../src/place/loopback.js';
import type { SetUp } from '../../src/cases/plan.js';
import { selfTest, type SelfTest } from '../../src/testing/self-test.js';
import registry from '../../src/scenarios/index.js';
import type { Scenario } from '../../src/scenarios/scenario.js';
import { createAuthority, type Authority } from '../../src/tls/certificate-authority.js';
import type { Judge } from '../../src/verdict/judgement.js';
import type { ClientStatus } from '../../src/verdict/visit.js';
import { it } from '../support/in-turn.js';

const SET_UPS: readonly SetUp[] = [
  { protocol: 'smtp', tls: 'starttls' },
  { protocol: 'smtp', tls: 'implicit' },
  { protocol: 'imap', tls: 'starttls' },
  { protocol: 'imap', tls: 'implicit' },
  { protocol: 'pop3', tls: 'starttls' },
  { protocol: 'pop3', tls: 'implicit' },
  { protocol: 'managesieve', tls: 'starttls' },
];

describe('the self-test', () => {
  let authority: Authority;
  before(async () => {
    authority = await createAuthority();
  });

  const run = (setUp: SetUp, scenarios: readonly Scenario[] = registry, signal?: AbortSignal): Promise<SelfTest> =>
    selfTest({
      settings: { seed: 'self-test', place: loopback, authority, maxTime: 20_000, ...(signal && { signal }) },
      scenarios,
      setUps: [setUp],
      seat: 'server',
    });

  for (const setUp of SET_UPS) {
    it(`passes on loopback for ${setUp.protocol} with ${setUp.tls}`, async () => {
      expect(await run(setUp)).to.deep.equal({ passed: true });
    });
  }

  it('makes many visits under one signal without a warning of Node', async () => {
    const warnings: string[] = [];
    const onWarning = ({ message }: Error): void => void warnings.push(message);
    process.on('warning', onWarning);
    await run({ protocol: 'imap', tls: 'starttls' }, registry, new AbortController().signal);
    await turn();
    process.off('warning', onWarning);
    expect(warnings).to.deep.equal([]);
  });

  it('fails where a judge is blind, and names the toy and the case', async () => {
    const blind = registry.map((scenario): Scenario =>
      scenario.id === 'capability-list-empty' ? { ...scenario, judge: always('safe') } : scenario,
    );
    const { passed, why } = await run({ protocol: 'imap', tls: 'starttls' }, blind);
    expect(passed).to.equal(false);
    expect(why).to.match(
      /^capability-list-empty@imap\+starttls#server could not be proved here: the self-test client that .* was judged safe instead of unsafe \(it always is\)$/,
    );
  });

  it('looks once more, more patiently, at a toy that could not be judged, as on a busy machine', async () => {
    let looks = 0;
    const busy = registry.map((scenario): Scenario =>
      scenario.id === 'capability-list-empty'
        ? {
            ...scenario,
            judge: (visit, variant) => {
              looks += 1;
              return looks === 1 ? always('inconclusive')(visit) : scenario.judge(visit, variant);
            },
          }
        : scenario,
    );
    expect(await run({ protocol: 'imap', tls: 'starttls' }, busy)).to.deep.equal({ passed: true });
    expect(looks).to.equal(2);
  });

  it('fails where a judge accuses the careful', async () => {
    const harsh = registry.map((scenario): Scenario =>
      scenario.id === 'control' ? { ...scenario, judge: always('unsafe') } : scenario,
    );
    const { why } = await run({ protocol: 'pop3', tls: 'implicit' }, harsh);
    expect(why).to.include('the careful self-test client was judged unsafe instead of safe');
  });
});

const always =
  (status: ClientStatus): Judge =>
  () => ({ status, because: 'it always is', leaked: [], evidence: [] });
