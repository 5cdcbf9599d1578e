import { expect } from 'chai';
import { startDovecot } from '../../src/endpoints/daemons/dovecot.js';
import type { RunningDaemon } from '../../src/endpoints/daemons/running-daemon.js';
import { loopback } from '../../src/place/loopback.js';
import type { PortRole, ProtocolName, TlsMode } from '../../src/protocols/protocol.js';
import { caseKey, casesOf, comparedControl, flawOf, impossibility, type Case } from '../../src/cases/case.js';
import { visit, type VisitSettings } from '../../src/stage/visit.js';
import scenarios from '../../src/scenarios/index.js';
import type { Scenario } from '../../src/scenarios/scenario.js';
import { createAuthority, type Authority } from '../../src/tls/certificate-authority.js';
import { toyClient } from '../../src/toys/toy-client.js';
import { withheldFacts } from '../../src/verdict/comparison.js';
import { controlFacts } from '../../src/verdict/control.js';
import type { ControlFacts, Visit } from '../../src/verdict/visit.js';
import { judgeVisit } from '../../src/document/judge-visit.js';
import { isPossible } from '../../src/proof/oracle-rows.js';
import { storyOf, type ToyNature } from '../../src/proof/oracle.js';
import { requireReal } from '../support/real.js';

const ACCOUNT = { user: 'lab-account', password: 'n0t-A-Canary' };

const PORTS: readonly (readonly [protocol: ProtocolName, tls: TlsMode, role: PortRole])[] = [
  ['smtp', 'starttls', 'submission'],
  ['imap', 'starttls', 'imap'],
  ['imap', 'implicit', 'imaps'],
  ['pop3', 'starttls', 'pop3'],
  ['pop3', 'implicit', 'pop3s'],
  ['managesieve', 'starttls', 'sieve'],
];

/** One row of each scenario in each protocol: all rows are played in the server seat. */
const isChosen = ({ scenario, variant, protocol }: Case): boolean =>
  isPossible(scenario, loopback.provides) &&
  (variant === undefined ||
    variant.name === scenario.variants?.find(({ protocols }) => protocols?.includes(protocol) ?? true)?.name);

describe('scenarios in the middle seat, before a real Dovecot', function () {
  this.timeout(60_000);
  let ours: Authority;
  let theirs: Authority;
  let server: RunningDaemon;

  before(async function () {
    requireReal(this, 'dovecot');
    [ours, theirs] = await Promise.all([createAuthority(), createAuthority()]);
    const certificate = await theirs.issue('good', { dns: ['localhost'], ip: [ADDRESS] });
    server = await startDovecot({
      address: ADDRESS,
      configuration: 'good',
      certificate,
      users: [{ ...ACCOUNT, message: 'Subject: waiting\r\n\r\nin the lab\r\n' }],
    });
  });

  after(async () => {
    await (server as RunningDaemon | undefined)?.stop();
  });

  let number = 0;
  const controls = new Map<string, Promise<ControlFacts>>();
  const seen = (one: Case, { habits, client }: ToyNature, taught: Parameters<typeof visit>[3]): Promise<Visit> => {
    const { protocol, tls } = one;
    const port = server.listeners.find(({ portRole }) => portRole === one.portRole)?.port ?? 0;
    const other = PORTS.find((each) => each[0] === protocol && each[1] !== tls);
    const door = server.listeners.find(({ portRole }) => portRole === other?.[2]);
    const through = {
      server: { host: ADDRESS, port, protocol, tls },
      ...(other && door && { otherDoor: { host: ADDRESS, port: door.port, protocol, tls: other[1] } }),
      ca: theirs.pem,
      account: ACCOUNT,
    };
    const settings: VisitSettings = {
      seed: 'middle',
      place: loopback,
      authority: ours,
      driver: toyClient({ patience: 3000, ...habits }, client),
      policy: 'required',
      maxTime: 15_000,
      secrets: new Map(),
      through,
    };
    number += 1;
    return visit(one, number, settings, taught);
  };

  /** That of the careful toy: a flawed one must be found whatever its control would have been. */
  const controlOf = (control: Case, { habits }: ToyNature): Promise<ControlFacts> => {
    const key = `${caseKey(control)} ${JSON.stringify(habits)}`;
    const known =
      controls.get(key) ?? seen(control, { ...(habits && { habits }) }, {}).then((each) => controlFacts(each));
    controls.set(key, known);
    return known;
  };

  const judged = async (one: Case, toy: ToyNature): Promise<{ status: string; story: string }> => {
    const base = { protocol: one.protocol, tls: one.tls, seat: one.seat, portRole: one.portRole };
    const named = (id: string): Case => {
      const scenario = scenarios.find((each) => each.id === id);
      if (scenario === undefined) throw new Error(id);
      return { ...base, scenario };
    };
    const control = one.scenario.id === 'control' ? undefined : await controlOf(named('control'), toy);
    let withheld;
    const compared = comparedControl(one);
    if (compared !== undefined) {
      const inside: Scenario['inside'] = (honest, _, learnt) =>
        one.scenario.inside?.(honest, one.variant ?? { name: '' }, learnt) ?? honest;
      const same = named(compared);
      withheld = withheldFacts(
        await seen({ ...same, scenario: { ...same.scenario, inside } }, toy, {
          ...(control && { control }),
        }),
      );
    }
    const observed = await seen(one, toy, { ...(control && { control }), ...(withheld && { withheld }) });
    const judgement = judgeVisit(one, observed);
    return { status: judgement.status, story: storyOf(one, observed, judgement) };
  };

  for (const [protocol, tls, role] of PORTS) {
    for (const one of casesOf(scenarios, protocol, tls, 'middle', role).filter(
      (each) => isChosen(each) && impossibility(each) === undefined,
    )) {
      const flaw = flawOf(one);
      const { habits = {} } = flaw;

      it(`${caseKey(one)}: the careful toy is safe`, async () => {
        const { status, story } = await judged(one, { habits });
        expect(status, story).to.equal('safe');
      });

      it(`${caseKey(one)}: a toy that ${flaw.name} is not`, async () => {
        const { status, story } = await judged(one, { habits, client: flaw.client });
        expect(status, story).to.equal(one.scenario.worst ?? 'unsafe');
      });
    }
  }
});

const ADDRESS = '127.0.0.3';
