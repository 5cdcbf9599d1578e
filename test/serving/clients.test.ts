import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import { createTransport } from 'nodemailer';
import { serve, type NamedEndpoint, type RunningServer } from '../../src/serving/named-serve.js';
import type { ServedVerdict } from '../../src/serving/serve.js';
import { it } from '../support/in-turn.js';

interface Watched {
  readonly server: RunningServer;
  readonly endpoint: NamedEndpoint;
  readonly seen: ServedVerdict[];
  readonly leaks: ServedVerdict[];
  /** Resolves when so many verdicts and leaks have come. */
  readonly told: (verdicts: number, leaks?: number) => Promise<void>;
}

const STRIPPED_POP3 = { protocol: 'pop3', tls: 'starttls', scenario: 'starttls-not-offered' } as const;
const NOT_TOLD =
  'this client was not yet seen without an attack: it said nothing that tells which client it is; where only one client connects, --one-client says so';

const watched = async (options: Parameters<typeof serve>[0]): Promise<Watched> => {
  const [seen, leaks]: [ServedVerdict[], ServedVerdict[]] = [[], []];
  const waiting: (() => void)[] = [];
  const add = (to: ServedVerdict[]) => (verdict: ServedVerdict) => {
    to.push(verdict);
    for (const wake of waiting) wake();
  };
  const server = await serve({ ...options, onVerdict: add(seen), onLeak: add(leaks) });
  const [endpoint] = server.endpoints;
  if (endpoint === undefined) throw new Error('an endpoint was expected');
  const told = (verdicts: number, open = 0): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (seen.length >= verdicts && leaks.length >= open) resolve();
      };
      waiting.push(look);
      look();
    });
  return { server, endpoint, seen, leaks, told };
};

const mail = async ({ endpoint, server }: Watched, name: string, requireTLS: boolean): Promise<void> => {
  const { host, port, user, password: pass, from, to } = endpoint;
  const transport = createTransport({ host, port, name, requireTLS, tls: { ca: server.ca }, auth: { user, pass } });
  await transport.sendMail({ from, to, subject: 'x', text: 'x' }).catch(() => undefined);
  transport.close();
};

/** A client of a few lines: reads, says its words one after the other, closes. */
const script = async ({ port }: NamedEndpoint, words: readonly string[], stays = false): Promise<Socket> => {
  const socket = connect({ host: '127.0.0.1', port }).on('error', () => undefined);
  await once(socket, 'data');
  for (const word of words) {
    socket.write(word);
    await once(socket, 'data');
  }
  if (!stays) socket.end();
  return socket;
};

/** Begins TLS, and goes when the hello is sent. */
const sendHello = (socket: Socket): void => {
  const tls = connectTls({ socket, rejectUnauthorized: false }).on('error', () => undefined);
  socket.once('data', () => {
    tls.destroy();
    socket.destroy();
  });
};

const summary = (seen: readonly ServedVerdict[]): string[] =>
  seen.map(({ one, judgement }) => `${one.scenario.id} ${judgement.status}`);

const STRIPPED = { protocol: 'smtp', tls: 'starttls', scenario: 'starttls-not-offered' } as const;

describe('an endpoint that stays up', () => {
  /** What looks whether the port is open, and is no client. */
  const PORT_CHECKS: readonly (readonly [title: string, check: (socket: Socket) => void])[] = [
    ['closes at once (nc -z, wait-for-it)', (socket) => void socket.destroy()],
    ['resets at once', (socket) => void socket.resetAndDestroy()],
    ['reads the greeting and resets', (socket) => void socket.once('data', () => socket.resetAndDestroy())],
    ['sends a byte and closes', (socket) => void socket.end('x')],
    ['sends a ClientHello and closes', sendHello],
  ];
  for (const [title, check] of PORT_CHECKS) {
    it(`takes no port check for a control: one that ${title}`, async () => {
      const watch = await watched(STRIPPED);
      await using _ = watch.server;
      const socket = connect({ host: '127.0.0.1', port: watch.endpoint.port }, () => {
        check(socket);
      }).on('error', () => undefined);
      await watch.told(1);
      await mail(watch, 'careful.test', true);
      await watch.told(2);
      await mail(watch, 'careful.test', true);
      await watch.told(3);
      socket.destroy();
      expect(summary(watch.seen).slice(1)).to.deep.equal(['control safe', 'starttls-not-offered safe']);
      expect(summary(watch.seen)[0]).to.match(/^control (inconclusive|unsafe)$/);
      expect(watch.seen.map(({ isControl }) => isControl)).to.deep.equal([false, true, false]);
    });
  }

  for (const [what, words] of [
    ['an empty line', '\r\n'],
    ['a request of another protocol', 'GET / HTTP/1.0\r\n\r\n'],
  ] as const) {
    it(`is not spoiled by a port check that says ${what}: the client is told apart, and judged once it was seen alone`, async () => {
      const watch = await watched(STRIPPED);
      await using _ = watch.server;
      const socket = connect({ host: '127.0.0.1', port: watch.endpoint.port }, () => {
        socket.end(words).resume();
      }).on('error', () => undefined);
      await watch.told(1);
      for (let count = 2; count <= 4; count += 1) {
        await mail(watch, 'careful.test', true);
        await watch.told(count);
      }
      socket.destroy();
      expect(summary(watch.seen).slice(1)).to.deep.equal([
        'starttls-not-offered inconclusive',
        'control safe',
        'starttls-not-offered safe',
      ]);
    });
  }

  const STRANGERS: readonly { readonly title: string; readonly words: readonly string[]; readonly because?: string }[] =
    [
      { title: 'that reads the greeting and closes', words: [], because: NOT_TOLD },
      { title: 'with another EHLO name that gives up', words: ['EHLO other.test\r\n', 'QUIT\r\n'] },
      { title: 'that writes its commands in another way', words: ['ehlo careful.test\r\n', 'quit\r\n'] },
    ];

  for (const { title, words, because = 'this client was not yet seen without an attack' } of STRANGERS) {
    it(`does not call a client safe by the control of another one: ${title}`, async () => {
      const watch = await watched(STRIPPED);
      await using _ = watch.server;
      await mail(watch, 'careful.test', true);
      await watch.told(1);
      await script(watch.endpoint, words);
      await watch.told(2);
      expect(watch.seen[1]?.judgement).to.include({ status: 'inconclusive', because });
      // Somebody new spoke: the next connection is left alone, so that he can be judged the time after.
      const isNew = words.length > 0;
      await mail(watch, 'careful.test', true);
      await watch.told(3);
      expect(summary(watch.seen)[2]).to.equal(isNew ? 'control safe' : 'starttls-not-offered safe');
    });
  }

  /** POP3 with APOP and nothing else: in the greeting it needs a timestamp, which few servers have. */
  const apop = async (endpoint: NamedEndpoint, ca: string, loose: boolean): Promise<void> => {
    const raw = connect({ host: '127.0.0.1', port: endpoint.port }).on('error', () => undefined);
    const ask = async (socket: Socket, line: string): Promise<string> => {
      socket.write(`${line}\r\n`);
      return String(((await once(socket, 'data')) as [Buffer])[0]);
    };
    const [, timestamp] = /(<.*>)/.exec(String(((await once(raw, 'data')) as [Buffer])[0])) ?? [];
    let socket: Socket = raw;
    if ((await ask(raw, 'STLS')).startsWith('+OK')) {
      socket = connectTls({ socket: raw, ca, servername: 'localhost' }).on('error', () => undefined);
      await once(socket, 'secureConnect');
    } else if (!loose) {
      raw.end('QUIT\r\n');
      return;
    }
    if (timestamp !== undefined) {
      const digest = createHash('md5')
        .update(timestamp + endpoint.password)
        .digest('hex');
      await ask(socket, `APOP ${endpoint.user} ${digest}`);
    }
    socket.end('QUIT\r\n');
  };

  for (const [how, loose, status] of [
    ['is careful', false, 'safe'],
    ['goes on without TLS', true, 'unsafe'],
  ] as const)
    it(`offers rare logins once a client has tried no usual one: a client that knows APOP only and ${how}`, async () => {
      const watch = await watched({ ...STRIPPED_POP3, isOneClient: true });
      await using _ = watch.server;
      for (let count = 1; count <= 3; count += 1) {
        await apop(watch.endpoint, watch.server.ca, loose);
        await watch.told(count);
      }
      expect(summary(watch.seen)).to.deep.equal([
        'control inconclusive',
        'control safe',
        `starttls-not-offered ${status}`,
      ]);
    });

  for (const [title, words, isOneClient, status] of [
    ['says CAPA and QUIT, as every client may', ['CAPA\r\n', 'QUIT\r\n'], false, 'inconclusive'],
    ['says CAPA and QUIT, where only one client connects', ['CAPA\r\n', 'QUIT\r\n'], true, 'safe'],
    ['says nothing', [], false, 'inconclusive'],
    ['says nothing, and left before the attack', [], true, 'inconclusive'],
  ] as const)
    it(`lets the control of a POP3 client vouch for nobody who cannot be told to be the same: a client that ${title}`, async () => {
      const watch = await watched({ ...STRIPPED_POP3, isOneClient });
      await using _ = watch.server;
      for (let count = 1; count <= 2; count += 1) {
        await apop(watch.endpoint, watch.server.ca, false);
        await watch.told(count);
      }
      await script(watch.endpoint, words);
      await watch.told(3);
      expect(summary(watch.seen).slice(1)).to.deep.equal(['control safe', `starttls-not-offered ${status}`]);
      if (!isOneClient) expect(watch.seen[2]?.judgement.because).to.equal(NOT_TOLD);
    });

  it('says how to repeat the attack, not only the honest server', async () => {
    const watch = await watched(STRIPPED);
    await using _ = watch.server;
    for (const told of [1, 2]) {
      await mail(watch, 'careful.test', true);
      await watch.told(told);
    }
    const commands = watch.server.report().results.map(({ reproduce }) => reproduce.join(' '));
    expect(commands.filter((command) => command.includes(' --scenario starttls-not-offered '))).to.have.length(1);
  });

  it('says who came, from where and when', async () => {
    const watch = await watched({ protocol: 'imap', tls: 'starttls' });
    await using _ = watch.server;
    await script(watch.endpoint, ['a1 ID ("name" "a reader")\r\n', 'a2 LOGIN joe secret\r\n', 'a3 LOGOUT\r\n']);
    await watch.told(1);
    const [verdict] = watch.seen;
    expect(verdict?.client).to.equal('ID a reader, user joe');
    expect(verdict?.peer).to.match(/^127\.0\.0\.1:\d+$/);
    expect(Date.now() - Date.parse(verdict?.at ?? '')).to.be.lessThan(60_000);
    const [result] = watch.server.report().results;
    expect(result).to.include({ client: verdict?.client, peer: verdict?.peer, at: verdict?.at });
    expect(verdict?.visit.met).to.deep.include({ by: 'serve', peer: verdict?.peer });
  });

  it('tells a leak when it happens, and judges what is still open at the end', async () => {
    const watch = await watched({ protocol: 'imap', tls: 'starttls', scenario: 'control' });
    await using _ = watch.server;
    const { user, password } = watch.endpoint;
    const socket = await script(watch.endpoint, [`a1 LOGIN ${user} ${password}\r\n`], true);
    await watch.told(0, 1);
    expect(watch.leaks[0]).to.include({ isOpen: true });
    expect(watch.leaks[0]?.judgement.status).to.equal('unsafe');
    expect(watch.seen).to.have.length(0);
    await watch.server.conclude(300);
    expect(summary(watch.seen)).to.deep.equal(['control unsafe']);
    expect(watch.server.report().summary).to.include({ unsafe: 1 });
    socket.destroy();
  });

  it('ends a client that storms, and says what it asked for', async () => {
    const watch = await watched({ protocol: 'smtp', tls: 'starttls', scenario: 'starttls-refused/454' });
    await using _ = watch.server;
    await mail(watch, 'storm.test', true);
    await watch.told(1);
    const socket = connect({ host: '127.0.0.1', port: watch.endpoint.port }).on('error', () => undefined);
    socket.write(`EHLO storm.test\r\n${'STARTTLS\r\n'.repeat(1000)}`);
    socket.resume();
    await watch.told(2);
    expect(watch.seen[1]?.judgement).to.deep.include({ status: 'unsafe', leaked: ['availability'] });
    expect(watch.seen[1]?.judgement.because).to.match(
      /^said STARTTLS 200 times in \d+ ms after the attack, and did not stop$/,
    );
    expect(JSON.stringify(watch.server.report()).length).to.be.lessThan(1_000_000);
  });

  it('keeps transcripts of bad results and of the last connections only, and counts all', async () => {
    const watch = await watched({ protocol: 'imap', tls: 'starttls' });
    await using _ = watch.server;
    const { user, password } = watch.endpoint;
    await script(watch.endpoint, [`a1 LOGIN ${user} ${password}\r\n`]);
    for (let number = 0; number < 120; number++) await script(watch.endpoint, [`a1 NOOP\r\n`]);
    await watch.told(121);
    const kept = watch.server.verdicts.filter(({ visit }) => visit !== undefined);
    expect(kept).to.have.length(101);
    expect(kept[0]?.judgement.status).to.equal('unsafe');
    expect(watch.server.verdicts).to.have.length(121);
    expect(watch.server.report().summary).to.include({ unsafe: 1, inconclusive: 120 });
  });
});
