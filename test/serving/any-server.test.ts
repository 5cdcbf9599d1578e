import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { ImapFlow } from 'imapflow';
import { createTransport } from 'nodemailer';
import { startSmtpServer } from '../../src/endpoints/daemons/smtp-server.js';
import type { RunningDaemon } from '../../src/endpoints/daemons/running-daemon.js';
import { Fault } from '../../src/fault.js';
import { socksProxy, type NamedSocksOptions, type ReportingProxy } from '../../src/serving/named-proxy.js';
import { serve } from '../../src/serving/named-serve.js';
import type { ProxyConnection } from '../../src/serving/proxy.js';
import { createAuthority, type Authority } from '../../src/tls/certificate-authority.js';
import { until } from '../support/processes.js';
import { rawServer, type RawServer } from '../support/raw-server.js';
import { ACCOUNT } from '../support/submission-server.js';
import { it } from '../support/in-turn.js';

/** The number of a port as two octets. */
const octets = (port: number): number[] => [port >> 8, port & 0xff];
const connectTo = (port: number): Buffer => Buffer.from([5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, ...octets(port)]);

describe('A proxy for every server', () => {
  let theirs: Authority;
  let server: RunningDaemon;

  before(async () => {
    theirs = await createAuthority();
    server = await startSmtpServer({
      address: '127.0.0.1',
      configuration: 'good',
      certificate: await theirs.issue('good', { dns: ['mail.lab.test'], ip: ['127.0.0.1'] }),
      users: [ACCOUNT],
      roles: ['submission', 'submissions'],
    });
  });

  after(async () => {
    await server.stop();
  });

  const portOf = (role: string): number => server.listeners.find(({ portRole }) => portRole === role)?.port ?? 0;

  const started = async (
    options: NamedSocksOptions = {},
  ): Promise<{ running: ReportingProxy; seen: ProxyConnection[]; notes: string[] }> => {
    const seen: ProxyConnection[] = [];
    const notes: string[] = [];
    const running = await socksProxy({
      ca: theirs.pem,
      redirections: [
        { from: { host: 'mail.lab.test', port: 587 }, to: { host: '127.0.0.1', port: portOf('submission') } },
        { from: { host: 'mail.lab.test', port: 465 }, to: { host: '127.0.0.1', port: portOf('submissions') } },
      ],
      onConnection: (connection) => seen.push(connection),
      onNote: (note) => notes.push(note),
      ...options,
    });
    return { running, seen, notes };
  };

  const mail = (running: ReportingProxy, port: number, options: object = {}): Promise<unknown> =>
    createTransport({
      host: 'mail.lab.test',
      port,
      secure: port === 465,
      proxy: `http://127.0.0.1:${String(running.port)}`,
      auth: { user: ACCOUNT.user, pass: ACCOUNT.password },
      tls: { ca: running.ca },
      ...options,
    })
      .sendMail({ from: 'a@lab.test', to: 'b@lab.test', text: 'hello' })
      .catch((error: unknown) => error);

  it('attacks a client on both ports of a server that it names, and tells them apart', async function () {
    this.timeout(30_000);
    const { running, seen } = await started();
    await using proxy = running;
    const rounds = [
      [587, {}],
      [587, {}],
      [465, {}],
      [465, { tls: { rejectUnauthorized: false } }],
    ] as const;
    for (const [index, [port, options]] of rounds.entries()) {
      await mail(proxy, port, options);
      await until('verdicts', () => seen.length === index + 1);
    }
    expect(
      seen.map(({ target, one, isControl, judgement }) => [target, one.scenario.id, isControl, judgement.status]),
    ).to.deep.equal([
      ['mail.lab.test:587', 'control', true, 'safe'],
      ['mail.lab.test:587', 'starttls-not-offered', false, 'unsafe'],
      ['mail.lab.test:465', 'control', true, 'safe'],
      ['mail.lab.test:465', 'certificate-fault', false, 'unsafe'],
    ]);
    const { results, subject } = proxy.report();
    expect(subject.targets).to.deep.equal(['mail.lab.test:587', 'mail.lab.test:465']);
    expect(results.map(({ case: key, target, status }) => `${key} ${target ?? ''} ${status}`)).to.deep.equal([
      'control@smtp+starttls#middle mail.lab.test:587 safe',
      'starttls-not-offered@smtp+starttls#middle mail.lab.test:587 unsafe',
      'control@smtp+implicit#middle mail.lab.test:465 safe',
      'certificate-fault/self-signed@smtp+implicit#middle mail.lab.test:465 unsafe',
    ]);
    expect(results[1]?.reproduce.slice(0, 4)).to.deep.equal(['waxseal', 'proxy', '--scenario', 'starttls-not-offered']);
  });

  it('calls a careful client safe on both ports', async function () {
    this.timeout(30_000);
    const { running, seen } = await started();
    await using proxy = running;
    for (const [index, port] of [587, 587, 465, 465].entries()) {
      await mail(proxy, port, { requireTLS: true });
      await until('verdicts', () => seen.length === index + 1);
    }
    expect(seen.map(({ isControl, judgement }) => [isControl, judgement.status])).to.deep.equal([
      [true, 'safe'],
      [false, 'safe'],
      [true, 'safe'],
      [false, 'safe'],
    ]);
  });

  it('takes a name from the ClientHello where the client has resolved it by itself', async function () {
    this.timeout(30_000);
    const port = portOf('submissions');
    const { running, seen } = await started({
      redirections: [{ from: { port: 465 }, to: { port } }],
    });
    await using proxy = running;
    await mail(proxy, 465, { host: '127.0.0.1', tls: { ca: proxy.ca, servername: 'mail.lab.test' } });
    await until('verdicts', () => seen.length === 1);
    expect(seen.map(({ target, isControl, judgement }) => [target, isControl, judgement.status])).to.deep.equal([
      ['127.0.0.1:465', true, 'safe'],
    ]);
  });

  it('serves imapflow through SOCKS', async function () {
    this.timeout(30_000);
    await using imap = await serve({ protocol: 'imap', tls: 'starttls' });
    const [endpoint] = imap.endpoints;
    const { running, seen } = await started({
      ca: imap.ca,
      redirections: [{ from: { port: 143 }, to: { host: '127.0.0.1', port: endpoint?.port ?? 0 } }],
    });
    await using proxy = running;
    for (const count of [1, 2]) {
      const client = new ImapFlow({
        host: 'localhost',
        port: 143,
        secure: false,
        doSTARTTLS: true,
        proxy: `socks5://127.0.0.1:${String(proxy.port)}`,
        auth: { user: endpoint?.user ?? '', pass: endpoint?.password ?? '' },
        tls: { ca: proxy.ca },
        logger: false,
      });
      client.on('error', () => undefined);
      await client.connect().then(
        () => client.logout(),
        () => undefined,
      );
      client.close();
      await until('verdicts', () => seen.length === count);
    }
    expect(seen.map(({ isControl, judgement }) => [isControl, judgement.status])).to.deep.equal([
      [true, 'safe'],
      [false, 'safe'],
    ]);
  });

  describe('passes on what is no mail, untouched', () => {
    /** Sends, half-closes, and resolves with all that comes after SOCKS's two answers. */
    const exchange = async (proxy: ReportingProxy, to: number, bytes: string): Promise<string> => {
      const socket = connect(proxy.port, '127.0.0.1');
      socket.end(Buffer.concat([connectTo(to), Buffer.from(bytes)]));
      return (await text(socket.setEncoding('latin1'))).slice(12);
    };

    const PEERS: readonly (readonly [
      title: string,
      play: (socket: Socket) => void,
      sent: string,
      came: RegExp,
      why: RegExp,
    ])[] = [
      [
        'a client that speaks first',
        (socket) => socket.once('data', (bytes: Buffer) => socket.end(`got ${bytes.toString()}`)),
        'GET / HTTP/1.1\r\n\r\n',
        /^got GET \/ HTTP/,
        /client speaks first/,
      ],
      ['a server of another kind', (socket) => socket.end('SSH-2.0-x\r\n'), '', /^SSH-2\.0-x\r\n$/, /speaks SSH/],
      ['a server that closes at once', (socket) => socket.end(), '', /^$/, /neither side/],
      ['half a line, and the end', (socket) => socket.end('+O'), '', /^\+O$/, /its protocol is unknown/],
    ];
    for (const [title, play, sent, came, why] of PEERS)
      it(title, async () => {
        await using peer: RawServer = await rawServer(play);
        const { running, notes, seen } = await started();
        await using proxy = running;
        expect(await exchange(proxy, peer.port, sent)).to.match(came);
        expect(notes.join('\n'))
          .to.match(why)
          .and.include(`127.0.0.1:${String(peer.port)} is passed on untouched`);
        expect(seen).to.have.lengthOf(0);
        expect(proxy.report()).to.deep.include({ results: [], diagnosis: notes });
      });
  });

  describe('does not let itself be held up', () => {
    it('by a client that never says where it wants to go', async () => {
      const { running } = await started({ patience: { ask: 50 } });
      await using proxy = running;
      const socket = connect(proxy.port, '127.0.0.1');
      socket.write(Buffer.from([5, 1]));
      await once(socket, 'close');
    });

    it('by a client whose request never ends', async () => {
      const { running, notes } = await started();
      await using proxy = running;
      const socket = connect(proxy.port, '127.0.0.1').on('error', () => undefined);
      socket.write(`CONNECT a:1 HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`);
      socket.resume();
      await once(socket, 'close');
      expect(notes.join()).to.include('too long');
    });

    it('by clients and servers that are still connected when it stops', async () => {
      await using peer = await rawServer((socket) => void socket.resume());
      const { running } = await started();
      const sockets = [Buffer.alloc(0), Buffer.from([5, 1]), connectTo(peer.port)].map((bytes) => {
        const socket = connect(running.port, '127.0.0.1').on('error', () => undefined);
        if (bytes.length > 0) socket.write(bytes);
        return socket.resume();
      });
      await until('a connection to the server', () => peer.connections() === 1);
      await running.drain(100);
      await running.stop();
      for (const socket of sockets) if (!socket.closed) await once(socket, 'close');
    });
  });

  const REFUSED: readonly (readonly [
    title: string,
    port: (own: number) => number,
    host: number[],
    code: number,
    why: RegExp,
  ])[] = [
    ['a public server without permission', () => 143, [192, 0, 2, 1], 2, /neither this machine nor a private address/],
    ['a port where nobody listens', () => 1, [127, 0, 0, 1], 5, /ECONNREFUSED/],
    ['itself', (own) => own, [127, 0, 0, 1], 2, /the proxy itself/],
  ];
  for (const [title, port, host, code, why] of REFUSED)
    it(`does not connect to ${title}`, async () => {
      const { running, notes } = await started();
      await using proxy = running;
      const socket = connect(proxy.port, '127.0.0.1');
      socket.write(Buffer.from([5, 1, 0, 5, 1, 0, 1, ...host, ...octets(port(proxy.port))]));
      const came = Buffer.from(await text(socket.setEncoding('latin1')), 'latin1');
      expect(came.toString('hex')).to.equal(`0500050${String(code)}0001000000000000`);
      expect(notes.join()).to.match(why);
    });

  it('refuses attacks that do not exist', async () => {
    const error = await socksProxy({ scenario: 'starttls-not-ofered' }).catch((each: unknown) => each);
    expect(error).to.be.instanceOf(Fault).with.property('message').that.includes('did you mean starttls-not-offered?');
  });

  it('refuses to listen for other machines unless their network is named', async () => {
    const error = await socksProxy({ listen: { host: '0.0.0.0', port: 0 } }).catch((each: unknown) => each);
    expect(error).to.be.instanceOf(Fault).with.property('code', 'BAD_USAGE');
  });
});
