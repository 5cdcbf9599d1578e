import { expect } from 'chai';

import { honestInside } from '../../src/endpoints/honest.js';
import { loopback } from '../../src/place/loopback.js';
import protocols from '../../src/protocols/index.js';
import type { ProtocolName, TlsMode } from '../../src/protocols/protocol.js';
import { caseKey, casesOf, flawOf, impossibility, type Case } from '../../src/cases/case.js';
import type { Through } from '../../src/stage/middle-seat.js';
import scenarios from '../../src/scenarios/index.js';
import { createAuthority } from '../../src/tls/certificate-authority.js';
import { honestEndpoint, type HonestEndpoint } from '../protocols/honest-endpoint.js';
import { Oracle, type ToyVisit, type ToyNature } from '../../src/proof/oracle.js';
import { isPossible } from '../../src/proof/oracle-rows.js';
import { Ahead } from '../support/ahead.js';
import { atMostRepresentative, inTurn, representative, thinned } from '../support/representative.js';
import { toldSecrets } from './told-secrets.js';

/** Ways in which a client can be set up. */
const SET_UPS: readonly (readonly [ProtocolName, TlsMode])[] = [
  ['smtp', 'starttls'],
  ['smtp', 'implicit'],
  ['imap', 'starttls'],
  ['imap', 'implicit'],
  ['pop3', 'starttls'],
  ['pop3', 'implicit'],
  ['managesieve', 'starttls'],
];

// Whether a client is told apart there must not depend on whose the honest answers are.
describe('every scenario tells careful toys from the flawed one between a client and somebody else’s server', function () {
  this.timeout(120_000);
  const servers = new Map<string, HonestEndpoint>();
  const through = ({ protocol, tls }: Case): Through => {
    const server = servers.get(`${protocol} ${tls}`);
    if (server === undefined) throw new Error(`no server for ${protocol} ${tls}`);
    const { user, password } = server.canaries;
    const mode = tls === 'starttls' ? 'implicit' : 'starttls';
    const other = servers.get(`${protocol} ${mode}`);
    return {
      server: { host: '127.0.0.1', port: server.port, protocol, tls },
      account: { user, password },
      ...(other && { otherDoor: { host: '127.0.0.1', port: other.port, protocol, tls: mode } }),
    };
  };
  const oracle = new Oracle(scenarios, { through });

  before(async () => {
    const theirs = await createAuthority();
    const credential = await theirs.issue('good', { dns: ['localhost'], ip: ['127.0.0.1'] });
    for (const [protocol, tls] of SET_UPS)
      servers.set(
        `${protocol} ${tls}`,
        await honestEndpoint(protocols[protocol], tls, credential, honestInside(protocol).logins),
      );
  });

  after(async () => {
    await outcomes.stop();
    for (const server of servers.values()) await server[Symbol.asyncDispose]();
  });

  const play = async (one: Case): Promise<readonly [ToyVisit, ToyVisit]> => {
    const flaw = flawOf(one);
    const habits = { patience: PATIENCE, ...flaw.habits };
    const judged = (toy: ToyNature): Promise<ToyVisit> => oracle.judge(one, toy);
    return Promise.all([judged({ habits }), judged({ habits, client: flaw.client })]);
  };
  const all = SET_UPS.flatMap(([protocol, tls]) =>
    casesOf(
      scenarios.filter((scenario) => isPossible(scenario, loopback.provides)),
      protocol,
      tls,
      'middle',
    ).filter((one) => impossibility(one) === undefined),
  );
  const cases = inTurn(
    thinned(
      representative(all, (one) => one, atMostRepresentative()),
      ({ scenario, variant }) => variant !== undefined && variant !== scenario.variants?.[0],
    ),
    ({ scenario }) => scenario.family,
  );
  const outcomes = new Ahead(cases, play, { atOnce: 6, most: 12 });

  for (const [index, one] of cases.entries()) {
    it(caseKey(one), async () => {
      const [careful, flawed] = await outcomes.outcome(index);
      expect(careful.judgement.status, careful.story).to.equal('safe');
      expect(flawed.judgement.status, flawed.story).to.equal(one.scenario.worst ?? 'unsafe');
    });
  }

  it('no report text of any outcome holds a canary password or token, in any format', async () => {
    for (const [index, one] of cases.entries())
      for (const outcome of await outcomes.outcome(index))
        expect(toldSecrets(one, outcome), caseKey(one)).to.deep.equal([]);
  });
});

/** Milliseconds; several times what any scenario withholds. */
const PATIENCE = 3000;
