import { expect } from 'chai';
import { caseId, casesOf, type Case } from '../../src/cases/case.js';
import scenarios from '../../src/scenarios/index.js';
import { proxy } from '../../src/serving/named-proxy.js';
import { Clients } from '../../src/serving/clients.js';
import { toyClient } from '../../src/toys/toy-client.js';
import { ACCOUNT, submissionServer } from '../support/submission-server.js';

const caseOf = (id: string): Case => {
  const one = casesOf(scenarios, 'smtp', 'starttls', 'middle').find((each) => caseId(each) === id);
  if (one === undefined) throw new Error(`no case ${id}`);
  return one;
};

const GOES_ON = [
  'plaintext-after-failed-handshake/alert',
  'handshake-broken-off/half-way',
  'capability-list-cut-off',
  'starttls-refused-once',
  'tls-broken-then-not-offered',
];

/** What each connection of a toy came to by itself, with a server that has this case, and what all of them came to together after each. */
const statuses = async (one: Case, times: number): Promise<readonly (readonly [alone: string, together: string])[]> => {
  const { theirs, server } = await submissionServer();
  await using _ = server;
  const alone: string[] = [];
  const together: string[] = [];
  let wake = (): void => undefined;
  await using running = await proxy({
    target: `submission://127.0.0.1:${String(server.listeners[0]?.port)}`,
    ca: theirs.pem,
    scenario: [caseId(one)],
    onConnection: ({ judgement }) => {
      alone.push(`${judgement.status}: ${judgement.because}`);
      wake();
    },
  });
  for (let time = 1; time <= times; time += 1) {
    await toyClient().run({
      ...{ protocol: one.protocol, tls: one.tls, portRole: one.portRole, ...ACCOUNT },
      ...{ host: '127.0.0.1', ip: '127.0.0.1', servername: 'localhost', port: running.port, ca: running.ca },
      ...{ token: '', from: 'a@lab.test', to: 'b@lab.test', message: 'Subject: x\r\n\r\nx\r\n' },
      signal: new AbortController().signal,
    });
    while (alone.length < time)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    together.push(running.outcomes().at(-1)?.judgement.status ?? '');
  }
  return alone.map((each, index) => [each, together[index] ?? '']);
};

describe('an attack that goes on in the next connection', () => {
  for (const id of GOES_ON)
    it(`${id}: a client is not safe before it has come back`, async () => {
      const [control, first, second] = await statuses(caseOf(id), 3);
      expect(control?.[0]).to.match(/^safe/);
      expect(first?.[0]).to.match(/^inconclusive: so far the client did nothing wrong; .* has not come back yet/);
      expect(first?.[1]).to.equal('inconclusive');
      expect(second?.[1]).to.equal('safe');
      expect(second?.[0], 'by itself').to.match(/^safe/);
    });

  it('plaintext-after-failed-handshake/alert-twice: a client is not safe before it has come back twice', async () => {
    const [control, ...later] = await statuses(caseOf('plaintext-after-failed-handshake/alert-twice'), 4);
    expect(control?.[0]).to.match(/^safe/);
    expect(later.map(([, together]) => together)).to.deep.equal(['inconclusive', 'inconclusive', 'safe']);
  });

  it('begins with each client of an address anew', () => {
    const one = caseOf('plaintext-after-failed-handshake/alert');
    const clients = new Clients([one], true);
    const [ann, bob] = ['ann.test', 'bob.test'].map((name) => ({ name, verbs: ['EHLO'] }));
    if (ann === undefined || bob === undefined) throw new Error('two clients were expected');
    const facts = {
      ...{ passed: true, connections: 1, verbsOutside: [], verbsInside: [], tags: [], mechanisms: [], found: [] },
      ...{ loggedIn: true, duration: 1 },
    };
    for (const each of [ann, bob]) clients.learn('127.0.0.1', each, facts);
    const ordinals = [ann, bob, ann, bob].map((each) => {
      const course = clients.course('127.0.0.1');
      clients.left('127.0.0.1', course);
      clients.recognise('127.0.0.1', course, each);
      return course.ordinal;
    });
    expect(ordinals).to.deep.equal([1, 1, 2, 2]);
  });
});
