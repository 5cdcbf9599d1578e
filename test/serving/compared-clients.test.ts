import { expect } from 'chai';
import { caseId, casesOf, comparedControl, flawOf, type Case } from '../../src/cases/case.js';
import type { MailTask } from '../../src/protocols/client-task.js';
import type { ProtocolName } from '../../src/protocols/protocol.js';
import scenarios from '../../src/scenarios/index.js';
import { proxy } from '../../src/serving/named-proxy.js';
import { serve, type RunningServer } from '../../src/serving/named-serve.js';
import type { ServedVerdict } from '../../src/serving/serve.js';
import { toyClient } from '../../src/toys/toy-client.js';
import { ACCOUNT, submissionServer } from '../support/submission-server.js';
import { it } from '../support/in-turn.js';

/** What serve says of the third connection of a flawed and of a careful client; the second one shows it without an attack. */
const ROWS: readonly (readonly [id: string, protocol: ProtocolName, careful: RegExp, flawed?: RegExp])[] = [
  ['starttls-response-injection/full-line', 'smtp', /^safe/],
  ['starttls-response-injection/partial-line', 'imap', /^safe/],
  ['starttls-response-injection/full-line', 'pop3', /^safe/],
  ['starttls-response-injection/managesieve-block', 'managesieve', /^safe/],
  ['capability-carry-over', 'smtp', /^safe/],
  ['capability-carry-over', 'imap', /^safe/],
  ['greeting-inside-starttls/login-accepted', 'smtp', /^inconclusive: .*on its screen only/],
  // What the careful client reports nobody sees here; the careless one answers a challenge that has not come.
  ['greeting-inside-starttls/login-refused', 'imap', /^inconclusive: .*on its screen only/],
];

const caseOf = (id: string, protocol: ProtocolName): Case => {
  const one = casesOf(scenarios, protocol, 'starttls', 'server').find(
    (each) => caseId(each) === id || each.scenario.id === id,
  );
  if (one === undefined) throw new Error(`no case ${id}`);
  return one;
};

type Nature = Readonly<Parameters<typeof toyClient>>;

/** Lets a client connect so often to a server with one scenario; what its connections came to, each after the last one has ended. */
const statuses = async (one: Case, nature: Nature, times: number): Promise<string[]> => {
  const seen: ServedVerdict[] = [];
  let wake = (): void => undefined;
  const server: RunningServer = await serve({
    protocol: one.protocol,
    tls: 'starttls',
    scenario: caseId(one),
    onVerdict: (verdict) => {
      seen.push(verdict);
      wake();
    },
  });
  await using _ = server;
  for (let time = 1; time <= times; time += 1) {
    await visit(server, nature);
    while (seen.length < time)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  }
  return seen.map((each) => `${each.one.scenario.id} ${each.judgement.status}: ${each.judgement.because}`);
};

const visit = async ({ endpoints: [endpoint], ca }: RunningServer, nature: Nature): Promise<void> => {
  if (endpoint === undefined) throw new Error('an endpoint was expected');
  await run(nature, endpoint, ca);
};

type Account = Pick<MailTask, 'protocol' | 'tls' | 'portRole' | 'port' | 'user' | 'password' | 'token' | 'from' | 'to'>;

const run = async (nature: Nature, account: Account, ca: string): Promise<void> => {
  await toyClient(...nature).run({
    ...account,
    host: '127.0.0.1',
    ip: '127.0.0.1',
    servername: 'localhost',
    message: 'Subject: x\r\n\r\nx\r\n',
    ca,
    signal: new AbortController().signal,
  });
};

describe('scenarios of serve that compare a client with itself', () => {
  for (const [id, protocol, careful, flawed = /^unsafe/] of ROWS) {
    const one = caseOf(id, protocol);
    const { client, habits } = flawOf(one);
    for (const [what, nature, expected] of [
      ['careful', [], careful],
      ['flawed', [habits, client], flawed],
    ] as const)
      it(`${id} (${protocol}): a ${what} client`, async () => {
        const [first = '', second = '', third = ''] = await statuses(one, nature, 3);
        expect(first).to.match(/^control safe/);
        expect(second).to.match(new RegExp(`^${comparedControl(one) ?? ''} safe`));
        expect(third).to.match(new RegExp(`^${one.scenario.id} `));
        expect(third.slice(one.scenario.id.length + 1)).to.match(expected);
      });
  }

  it('handshake-unoffered (smtp): a careful client', async () => {
    const one = caseOf('handshake-unoffered', 'smtp');
    const [, second, third] = await statuses(one, [], 3);
    expect(second).to.match(/^control-handshake safe/);
    expect(third).to.match(/^handshake-unoffered safe: refused the handshake/);
  });

  it('between a client and a real server', async () => {
    const { theirs, server } = await submissionServer();
    await using _ = server;
    const injection = caseOf('starttls-response-injection/full-line', 'smtp');
    const { protocol, tls, portRole } = injection;
    const { client, habits } = flawOf(injection);
    for (const [nature, expected] of [
      [[], 'safe'],
      [[habits, client], 'unsafe'],
    ] as const) {
      const seen: string[] = [];
      let wake = (): void => undefined;
      await using running = await proxy({
        target: `submission://127.0.0.1:${String(server.listeners[0]?.port)}`,
        ca: theirs.pem,
        scenario: [caseId(injection)],
        onConnection: ({ one, judgement }) => {
          seen.push(`${one.scenario.id} ${judgement.status}`);
          wake();
        },
      });
      for (let time = 1; time <= 3; time += 1) {
        const { port, ca } = running;
        const mail = { token: '', from: 'a@lab.test', to: 'b@lab.test' };
        await run(nature, { protocol, tls, portRole, port, ...ACCOUNT, ...mail }, ca);
        while (seen.length < time)
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
      expect(seen).to.deep.equal(['control safe', 'control-withheld safe', `starttls-response-injection ${expected}`]);
      const outcomes = running.outcomes().map(({ one, judgement }) => `${one.scenario.id} ${judgement.status}`);
      expect(outcomes).to.deep.equal(seen);
    }
  });
});
