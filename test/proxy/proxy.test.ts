import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { expect } from 'chai';
import { createTransport } from 'nodemailer';

import type { RunningDaemon } from '../../src/endpoints/daemons/running-daemon.js';
import { Fault } from '../../src/fault.js';
import { proxy, type NamedProxyOptions } from '../../src/serving/named-proxy.js';
import type { ProxyConnection, RunningProxy } from '../../src/serving/proxy.js';
import { proxyReport } from '../../src/serving/proxy-report.js';
import { caseId } from '../../src/cases/case.js';
import { judgeReport } from '../../src/document/judge.js';
import { recordingOf } from '../../src/document/recording.js';
import type { Recording } from '../../src/verdict/recording.js';
import type { Authority } from '../../src/tls/certificate-authority.js';
import { serializeRecording } from '../../src/verdict/recording-text.js';
import { until } from '../support/processes.js';
import { rawServer, scripted } from '../support/raw-server.js';
import { ACCOUNT, submissionServer } from '../support/submission-server.js';
import { it, itSeldom } from '../support/in-turn.js';

/** Servers that say no more: the greeting, or the answer that is due next, never comes. */
const SILENT: readonly (readonly [string, (socket: Socket) => void])[] = [
  ['a greeting', (socket) => void socket.resume()],
  [
    'an answer',
    scripted(['* OK\r\n'], { CAPABILITY: '* CAPABILITY IMAP4rev1 STARTTLS\r\nTAG OK\r\n', STARTTLS: '' }, () => ''),
  ],
];

describe('A proxy by hand', () => {
  let theirs: Authority;
  let server: RunningDaemon;
  let target: string;

  before(async () => {
    ({ theirs, server } = await submissionServer());
    target = `submission://127.0.0.1:${String(server.listeners[0]?.port)}`;
  });

  after(async () => {
    await server.stop();
  });

  /** A proxy, and a promise for each of its connections' ends. */
  const started = async (
    options: Partial<NamedProxyOptions> = {},
  ): Promise<{ running: RunningProxy; ended: (count: number) => Promise<ProxyConnection[]> }> => {
    const seen: ProxyConnection[] = [];
    const waiting: { count: number; resolve: (all: ProxyConnection[]) => void }[] = [];
    const running = await proxy({
      target,
      ca: theirs.pem,
      ...options,
      onConnection: (connection) => {
        seen.push(connection);
        for (const each of waiting) if (seen.length >= each.count) each.resolve(seen);
      },
    });
    const ended = (count: number): Promise<ProxyConnection[]> =>
      new Promise((resolve) => {
        if (seen.length >= count) resolve(seen);
        else waiting.push({ count, resolve });
      });
    return { running, ended };
  };

  const mail = async (running: RunningProxy, requireTLS: boolean, ca = running.ca): Promise<unknown> => {
    const transport = createTransport({
      host: '127.0.0.1',
      port: running.port,
      requireTLS,
      auth: { user: ACCOUNT.user, pass: ACCOUNT.password },
      tls: { ca, servername: 'localhost' },
    });
    return transport
      .sendMail({ from: 'a@lab.test', to: 'b@lab.test', subject: 'private matters', text: 'nobody else’s business' })
      .catch((error: unknown) => error);
  };

  const statuses = (connections: readonly ProxyConnection[]): string[] =>
    connections.map(({ isControl, judgement }) => `${isControl ? 'control ' : ''}${judgement.status}`);

  it('lets the first connection pass as the control, and judges the next ones as they end', async () => {
    const { running, ended } = await started();
    await using _ = running;
    await mail(running, false);
    await ended(1);
    await mail(running, true);
    await ended(2);
    await mail(running, false);
    const connections = await ended(3);
    expect(statuses(connections)).to.deep.equal(['control safe', 'safe', 'unsafe']);
    expect(connections[0]?.server).to.include({ verified: true });
    await running.drain();
    expect(running.outcomes().map(({ one, judgement }) => `${one.scenario.id} ${judgement.status}`)).to.deep.equal([
      'control safe',
      'starttls-not-offered unsafe',
    ]);
  });

  /** What a client says a thousand times, in one segment; the real server ends some of them first. */
  const STORMS: readonly (readonly [verb: string, line: string])[] = [
    ['STARTTLS', 'STARTTLS\r\n'],
    ['EHLO', 'EHLO storm.test\r\n'],
    ['NOOP', 'NOOP\r\n'],
  ];
  for (const [verb, line] of STORMS) {
    it(`outlives a client that says ${verb} a thousand times, and serves the next one`, async () => {
      const { running, ended } = await started({ scenario: 'starttls-refused/454' });
      await using _ = running;
      await mail(running, true);
      await ended(1);
      const socket = connect(running.port, '127.0.0.1').on('error', () => undefined);
      socket.write(line.repeat(1000));
      socket.resume();
      const [, storm] = await ended(2);
      expect(storm?.judgement.status).to.equal('inconclusive');
      if (verb === 'STARTTLS') expect(storm?.judgement.because).to.match(/^asked for STARTTLS 200 times in \d+ ms$/);
      expect(JSON.stringify(storm?.visit).length).to.be.lessThan(200_000);
      await mail(running, true);
      const all = await ended(3);
      expect(all[2]?.judgement.status).to.equal('safe');
      socket.destroy();
    });
  }

  itSeldom(
    'judges each of three hundred connections of a client that storms, and keeps the proof of the one that leaks',
    async () => {
      const { running, ended } = await started({ scenario: 'starttls-not-offered' });
      await using _ = running;
      await mail(running, true);
      await ended(1);
      await mail(running, false);
      await ended(2);
      for (let round = 0; round < 10; round += 1) {
        const sockets = Array.from({ length: 30 }, () => {
          const socket = connect(running.port, '127.0.0.1').on('error', () => undefined);
          socket.once('data', () => socket.end('QUIT\r\n'));
          return socket;
        });
        await ended(2 + 30 * (round + 1));
        for (const socket of sockets) socket.destroy();
      }
      const all = await ended(302);
      expect(
        all.filter(({ judgement }) => judgement.status === 'safe' && judgement.because.includes('no ')),
      ).to.deep.equal([]);
      expect(statuses(all).filter((status) => status === 'unsafe')).to.have.length(1);
      expect(running.outcomes().find(({ judgement }) => judgement.status === 'unsafe')?.visit).not.to.equal(undefined);
    },
  );

  it('lets several attacks take turns, and says who was caught by which', async () => {
    const { running, ended } = await started({ scenario: ['starttls-not-offered', 'starttls-refused/454'] });
    await using _ = running;
    for (let count = 1; count <= 3; count += 1) {
      await mail(running, true);
      await ended(count);
    }
    await running.drain();
    const outcomes = running.outcomes();
    expect(outcomes.map(({ one, judgement }) => `${caseId(one)} ${judgement.status}`)).to.deep.equal([
      'control safe',
      'starttls-not-offered safe',
      'starttls-refused/454 safe',
    ]);
    expect(new Set(outcomes.map(({ client }) => client)).size).to.equal(1);
    const recordings = outcomes.map(({ visit, masks }): [string, Recording] => ['x', recordingOf(visit, masks)]);
    const { report } = judgeReport(recordings);
    expect(report.kind).to.equal('proxy');
    expect(report.results.map(({ client }) => client)).to.deep.equal(outcomes.map(({ client }) => client));
    expect(report.results[0]?.peer).to.match(/^127\.0\.0\.1:\d+$/);
    expect(report.results.map(({ at }) => at)).to.deep.equal(outcomes.map(({ at }) => at));
    for (const { visit } of outcomes) expect(Date.parse(visit.met?.at ?? '')).to.be.closeTo(Date.now(), 60_000);
  });

  it('stays with an attack until the next one is asked for, with rotate: key', async () => {
    const { running, ended } = await started({
      scenario: ['starttls-not-offered', 'starttls-refused/454'],
      rotate: 'key',
    });
    await using _ = running;
    for (let count = 1; count <= 5; count += 1) {
      if (count === 4) expect(running.next().map(caseId)).to.deep.equal(['starttls-refused/454']);
      await mail(running, true);
      await ended(count);
    }
    await running.drain();
    expect(running.outcomes().map(({ one, connections }) => `${caseId(one)} ${String(connections)}`)).to.deep.equal([
      'control 1',
      'starttls-not-offered 2',
      'starttls-refused/454 2',
    ]);
  });

  for (const [what, clients] of [
    ['two clients', [{ name: 'one.test' }, { name: 'two.test' }]],
    ['three clients', [{ name: 'one.test' }, { name: 'two.test' }, { name: 'three.test' }]],
  ] as const) {
    it(`tells ${what} apart that take turns: who was caught, from where and when`, async () => {
      const { running, ended } = await started();
      await using _ = running;
      let count = 0;
      // The second one leaks later.
      for (const round of [1, 2, 3, 4, 5, 6, 7])
        for (const [index, client] of clients.entries()) {
          const transport = createTransport({
            host: '127.0.0.1',
            port: running.port,
            requireTLS: index !== 1 || round <= 3,
            auth: { user: ACCOUNT.user, pass: ACCOUNT.password },
            tls: { ca: running.ca, servername: 'localhost' },
            ...client,
          });
          await transport.sendMail({ from: 'a@lab.test', to: 'b@lab.test', text: 'x' }).catch(() => undefined);
          count += 1;
          await ended(count);
        }
      await running.drain();
      const outcomes = running.outcomes().filter(({ one }) => one.scenario.id !== 'control');
      const told = outcomes.map(({ client, judgement }) => `${client} ${judgement.status}`);
      expect(new Set(outcomes.map(({ client }) => client)).size, told.join('; ')).to.be.at.least(2);
      const caught = outcomes.filter(({ judgement }) => judgement.status === 'unsafe');
      const spared = outcomes.filter(({ judgement }) => judgement.status === 'safe');
      expect(caught, told.join('; ')).to.not.be.empty;
      expect(spared, told.join('; ')).to.not.be.empty;
      for (const { client } of caught) expect(spared.map((each) => each.client)).to.not.include(client);
      for (const { at, peer } of outcomes) {
        expect(Date.parse(at)).to.be.closeTo(Date.now(), 60_000);
        expect(peer).to.match(/^127\.0\.0\.[12]:\d+$/);
      }
    });
  }

  it('does not call a stranger safe by the control of another client', async () => {
    const { running, ended } = await started();
    await using _ = running;
    await mail(running, true);
    await ended(1);
    const stranger = connect(running.port, '127.0.0.1');
    await once(stranger, 'data');
    stranger.end();
    const connections = await ended(2);
    expect(connections[1]?.judgement).to.include({
      status: 'inconclusive',
      because:
        'this client was not yet seen without an attack: it said nothing that tells which client it is; where only one client connects, --one-client says so',
    });
  });

  it('interferes at once where asked, and does not call anybody safe without a control', async () => {
    const { running, ended } = await started({ untouchedFirst: false });
    await using _ = running;
    await mail(running, true);
    const [only] = await ended(1);
    expect(only?.judgement).to.include({
      status: 'inconclusive',
      because: 'this client was not yet seen without an attack',
    });
  });

  it('passes TLS through untouched where asked: the client trusts the real server', async () => {
    const { running, ended } = await started({ interception: 'tunnel' });
    await using _ = running;
    expect(await mail(running, true, theirs.pem)).to.not.be.instanceOf(Error);
    await ended(1);
    await mail(running, false, theirs.pem);
    const connections = await ended(2);
    expect(statuses(connections)).to.deep.equal(['control safe', 'unsafe']);
    expect(connections[0]?.judgement.because).to.match(
      /^TLS 1\.3 started before the client sent anything secret, and was passed on unread/,
    );
    const [boundary] = connections[0]?.visit.connections[0]?.entries.filter((entry) => entry.kind === 'boundary') ?? [];
    expect(boundary).to.include({ completed: true, opaque: true, version: 'TLSv1.3' });
  });

  it('does not take a refused certificate for TLS', async () => {
    const { running, ended } = await started({ interception: 'tunnel', scenario: 'control' });
    await using _ = running;
    // Waxseal's own authority is not the real server's.
    await mail(running, true, running.ca);
    const [only] = await ended(1);
    expect(only?.judgement.status).to.equal('inconclusive');
  });

  it('keeps real passwords and mail out of what it stores, on both legs', async () => {
    const { running, ended } = await started({ scenario: 'control' });
    await using _ = running;
    await mail(running, true);
    await ended(1);
    const { running: stripping, ended: stripped } = await started({ untouchedFirst: false });
    await using __ = stripping;
    await mail(stripping, false);
    await stripped(1);
    const outcomes = [...running.outcomes(), ...stripping.outcomes()];
    const report = proxyReport(outcomes, {
      seed: 's',
      startedAt: '',
      target,
      known: [],
      options: ['--ca', 'their-ca.pem'],
      faults: [],
      diagnosis: [],
      keep: ({ visit, masks }) => recordingOf(visit, masks),
    });
    for (const { reproduce } of report.results) expect(reproduce.join(' ')).to.include(' --ca their-ca.pem');
    const stored =
      JSON.stringify(report) +
      outcomes.map(({ visit, masks }) => serializeRecording(recordingOf(visit, masks))).join('');
    expect(outcomes.flatMap(({ visit }) => visit.connections.map(({ leg }) => leg))).to.deep.equal([
      'client',
      'server',
      'client',
      'server',
    ]);
    const secrets = [
      ACCOUNT.password,
      Buffer.from(ACCOUNT.password).toString('base64'),
      Buffer.from(`\0${ACCOUNT.user}\0${ACCOUNT.password}`).toString('base64'),
      'private matters',
      'nobody else',
    ];
    for (const secret of secrets) expect(stored, secret).to.not.include(secret);
    expect(outcomes.flatMap(({ masks }) => masks.map((mask) => mask.class))).to.include.members(['password', 'mail']);
  });

  it('survives a server that is gone, and says so', async () => {
    const { running, ended } = await started({ target: 'submission://127.0.0.1:1', scenario: 'control' });
    await using _ = running;
    await mail(running, true);
    const [only] = await ended(1);
    expect(only?.judgement).to.include({ status: 'inconclusive' });
    expect(only?.judgement.because).to.match(/no connection to the real server 127\.0\.0\.1:1 \(ECONNREFUSED\)/);
    expect(running.faults()).to.have.length(1);
  });

  it('outlives clients that send garbage, or go at once', async () => {
    const { running, ended } = await started({ untouchedFirst: false });
    await using _ = running;
    const garbage = connect(running.port, '127.0.0.1');
    garbage.on('error', () => undefined).resume();
    garbage.end(Buffer.alloc(300_000, 0xff));
    const hasty = connect(running.port, '127.0.0.1', () => hasty.destroy()).on('error', () => undefined);
    await ended(2);
    await mail(running, false);
    expect(statuses(await ended(3))[2]).to.equal('unsafe');
  });

  for (const [title, play] of SILENT)
    it(`ends at once although the real server owes ${title}`, async () => {
      await using silent = await rawServer(play);
      const running = await proxy({ target: `imap://127.0.0.1:${String(silent.port)}`, untouchedFirst: false });
      const client = connect(running.port, '127.0.0.1').on('error', () => undefined);
      await until('the server has the leg', () => silent.connections() === 1);
      client.end('a1 CAPABILITY\r\na2 NOOP\r\n');
      await running.drain(50);
      await running.stop();
    }).timeout(5000);

  const REFUSED: readonly { readonly title: string; readonly options: NamedProxyOptions; readonly says: RegExp }[] = [
    {
      title: 'a server of the public network',
      options: { target: 'imap://192.0.2.7' },
      says: /neither this machine nor a private address.*--authorized-by/,
    },
    {
      title: 'an empty authorization',
      options: { target: 'imap://192.0.2.7', authorizedBy: ' ' },
      says: /--authorized-by/,
    },
    {
      title: 'listening for others without saying whom',
      options: { target: 'imap://127.0.0.1', listen: { host: '0.0.0.0', port: 0 } },
      says: /--allow-client/,
    },
    {
      title: 'a port that says nothing about its protocol',
      options: { target: '127.0.0.1:4711' },
      says: /which protocol does 127\.0\.0\.1:4711 speak/,
    },
    {
      title: 'a scheme and a protocol that differ',
      options: { target: 'imap://127.0.0.1', protocol: 'pop3' },
      says: /is imap, but --protocol pop3 was given/,
    },
    {
      title: 'a scenario that is none',
      options: { target: 'imap://127.0.0.1', scenario: 'starttls-not-ofered' },
      says: /did you mean starttls-not-offered\?/,
    },
  ];

  for (const { title, options, says } of REFUSED) {
    it(`refuses ${title}`, async () => {
      const fault = await proxy(options).then(
        async (running) => {
          await running.stop();
          return undefined;
        },
        (error: unknown) => error,
      );
      expect(fault).to.be.instanceOf(Fault).and.include({ code: 'BAD_USAGE' });
      expect((fault as Fault).message).to.match(says);
    });
  }

  it('serves a server of the public network with somebody’s permission', async () => {
    const running = await proxy({ target: 'imap://192.0.2.7', authorizedBy: 'the lab’s owner' });
    expect(running.port).to.be.greaterThan(0);
    await running.stop();
  });
});
