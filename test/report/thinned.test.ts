import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import type { ClientFunction } from '../../src/clients/library.js';
import { judge, judgeReport } from '../../src/document/judge.js';
import { recordingOf } from '../../src/document/recording.js';
import type { Report } from '../../src/document/report-model.js';
import { toyServer } from '../../src/proof/toy-server.js';
import { renderReport, type RenderOptions } from '../../src/report/render.js';
import { proxy } from '../../src/serving/named-proxy.js';
import { serve } from '../../src/serving/named-serve.js';
import { testClient, type ClientResults } from '../../src/testing/test-client.js';
import type { Recording } from '../../src/verdict/recording.js';
import type { Visit } from '../../src/verdict/visit.js';
import { ask, heard } from '../support/by-hand.js';

const MEGABYTE = 1_000_000;
const GO_ON = /^\d{3} .*\r\n/m;

const login = (user: string, pass: string): string =>
  `AUTH PLAIN ${Buffer.from(`\0${user}\0${pass}`).toString('base64')}`;

/** What is said in clear where STARTTLS is refused, before the client logs in. */
type Talk = (socket: Socket) => Promise<void>;

/** No two commands are alike: that is no storm. */
const oneByOne =
  (count: number, command: (index: number) => string): Talk =>
  async (socket) => {
    for (let index = 0; index < count && !socket.closed; index += 1) await ask(socket, command(index), GO_ON);
  };

const inOneBreath: Talk = async (socket) => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `NOOP ${String(index)}\r\n`);
  await ask(socket, lines.join('').trimEnd(), /19999|\r\n$/);
};

const session = async (host: string, port: number, user: string, pass: string, talk: Talk): Promise<void> => {
  const socket = connect(port, host).on('error', () => undefined);
  await heard(socket, GO_ON);
  await ask(socket, 'EHLO talk.test', GO_ON);
  const isTls = (await ask(socket, 'STARTTLS', GO_ON)).startsWith('220');
  const wire = isTls ? connectTls({ socket, rejectUnauthorized: false }).on('error', () => undefined) : socket;
  if (isTls) await once(wire, 'secureConnect');
  else await talk(socket);
  await ask(wire, login(user, pass), GO_ON);
  const ended = once(socket, 'close');
  wire.resume().end('QUIT\r\n');
  await ended;
};

const clientOf =
  (talk: Talk, times = 1): ClientFunction =>
  async ({ host, port, user, pass }) => {
    for (let time = 0; time < times; time += 1) await session(host, port, user, pass, talk);
  };

const noops = oneByOne(2000, (index) => `NOOP ${String(index)}`);

/** Every format that shows what was said, as it is stored. */
const expectSmall = (report: Report, options: RenderOptions = {}): void => {
  for (const format of ['json', 'text', 'html']) {
    const { length } = renderReport(report, format, { ...options, transcripts: 'all' });
    expect(length, format).to.be.lessThan(MEGABYTE);
  }
};

const tested = (client: ClientFunction): Promise<ClientResults> =>
  testClient(client, { protocol: 'smtp', tls: 'starttls', scenario: 'starttls-refused/454', maxTime: 120_000 });

/** What the report says of its last visit, with the transcript to which it points. */
const storedIn = (report: Report): { readonly recording: Recording; readonly said: readonly string[] } => {
  const stored = JSON.parse(renderReport(report, 'json')) as Omit<Report, 'visits'> & { visits: Recording[] };
  const result = stored.results.at(-1);
  const recording = stored.visits.find(({ visit }) => visit.number === result?.visit);
  if (recording === undefined) throw new Error('the report was to hold its visits');
  const said = (result?.evidence ?? []).map(({ connection, entry }) => {
    const found = recording.visit.connections.find(({ id }) => id === connection)?.entries[entry];
    return found?.kind === 'bytes' ? found.data : '';
  });
  for (const { connection, entry } of recording.visit.hits)
    expect(recording.visit.connections.find(({ id }) => id === connection)?.entries[entry]?.kind).to.equal('bytes');
  return { recording, said };
};

const NOOP = (index: number): string => `NOOP ${String(index)}`;

/** `isKept`: the login came before the transcript was full. */
const TALKS: readonly { readonly what: string; readonly client: ClientFunction; readonly isKept: boolean }[] = [
  { what: 'two thousand unlike commands, one by one', client: clientOf(oneByOne(2000, NOOP)), isKept: true },
  { what: 'twenty thousand unlike commands in one breath', client: clientOf(inOneBreath), isKept: false },
  {
    what: 'commands of bytes that have to be escaped',
    client: clientOf(oneByOne(500, (index) => `${NOOP(index)}${'\x01'.repeat(400)}`)),
    isKept: true,
  },
  {
    what: 'two thousand logins in clear',
    client: clientOf(oneByOne(2000, (index) => login(`user-${String(index)}`, `wrong-${String(index)}`))),
    isKept: true,
  },
  {
    what: 'a hundred commands on each of forty connections',
    client: clientOf(oneByOne(100, NOOP), 40),
    isKept: true,
  },
];

describe('a report on a client that says very much', () => {
  for (const { what, client, isKept } of TALKS) {
    it(`stays below a megabyte and shows the login: ${what}`, async () => {
      const results = await tested(client);
      expect(results.at(-1)?.status).to.equal('unsafe');
      const visits = new Map(
        results.flatMap(({ observed: seen }): [number, Visit][] => (seen ? [[seen.number, seen]] : [])),
      );
      expectSmall(results.report(), { visits });
      const { recording, said } = storedIn(results.report());
      expect(said.some((text) => text.includes('AUTH PLAIN'))).to.equal(isKept);
      expect(() => judge(recording)).to.throw(/entries of this recording were left out of a report/);
      expect(renderReport(results.report(), 'text', { visits })).to.match(
        /\d+ entries in the transcript of run \d+ are left\s+out/,
      );
    });
  }

  it('stays below a megabyte where recordings are judged again, and the recordings are whole', async () => {
    const results = await tested(clientOf(noops));
    const last = results.at(-1);
    if (last?.observed === undefined) throw new Error('a visit was expected');
    const { report, seen } = judgeReport([['talk.json', recordingOf(last.observed, [])]]);
    expect(report.results.map(({ status, because }) => ({ status, because }))).to.deep.equal([
      { status: last.status, because: last.because },
    ]);
    expectSmall(report, { visits: seen });
    const stored = JSON.parse(renderReport(report, 'json', { visits: seen })) as Report;
    expect(stored.results, 'evidence points into the whole recording').to.deep.equal(report.results);
    const text = renderReport(report, 'text', { visits: seen });
    expect(text).to.match(/▶.*AUTH PLAIN/);
  });

  // A client that comes for the first time is not attacked.
  it('stays below a megabyte where it came to serve', async () => {
    await using server = await serve({ protocol: 'smtp', tls: 'starttls', scenario: 'starttls-refused/454' });
    const [endpoint] = server.endpoints;
    if (endpoint === undefined) throw new Error('an endpoint was expected');
    for (let time = 0; time < 2; time += 1)
      await session('127.0.0.1', endpoint.port, endpoint.user, endpoint.password, noops);
    await server.conclude();
    expectSmall(server.report());
    const { recording, said } = storedIn(server.report());
    expect(recording.leftOut).to.be.a('number');
    expect(said.some((text) => text.includes('AUTH PLAIN'))).to.equal(true);
  });

  it('stays below a megabyte where it came through a proxy', async () => {
    await using server = await toyServer('submission');
    await using running = await proxy({
      target: `submission://127.0.0.1:${String(server.port)}`,
      scenario: 'starttls-refused/454',
    });
    for (let time = 0; time < 2; time += 1) await session('127.0.0.1', running.port, 'user', 'secret', noops);
    await running.drain();
    expectSmall(running.report());
    expect(storedIn(running.report()).recording.leftOut).to.be.a('number');
  });
});
