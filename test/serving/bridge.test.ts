import { once } from 'node:events';
import { connect as connectPlain, createServer, type AddressInfo, type Socket } from 'node:net';
import { connect, createServer as createTlsServer } from 'node:tls';
import { expect } from 'chai';
import type { ProtocolName, TlsMode } from '../../src/protocols/protocol.js';
import { Bridge } from '../../src/serving/bridge.js';
import { rawServer, scripted } from '../support/raw-server.js';
import { createAuthority } from '../../src/tls/certificate-authority.js';

interface Row {
  readonly title: string;
  readonly protocol: ProtocolName;
  readonly greeting: readonly string[];
  readonly answers: Readonly<Record<string, string>>;
  /** Of the message that says why nothing came of it. */
  readonly says: RegExp;
}

const REFUSED: readonly Row[] = [
  {
    title: 'a server that refuses the upgrade',
    protocol: 'smtp',
    greeting: ['220 a\r\n'],
    answers: { EHLO: '250 a\r\n', STARTTLS: '454 not now\r\n' },
    says: /sent “454 not now” instead of a go-ahead to STARTTLS/,
  },
  {
    title: 'a server that does not know the upgrade',
    protocol: 'imap',
    greeting: ['* OK a\r\n'],
    answers: { STARTTLS: 'TAG BAD what?\r\n' },
    says: /sent “b2 BAD what\?” instead of a go-ahead to STARTTLS/,
  },
  {
    title: 'a server that turns everybody away',
    protocol: 'pop3',
    greeting: ['-ERR go away\r\n'],
    answers: {},
    says: /sent “-ERR go away” instead of a greeting/,
  },
  {
    title: 'a server that never ends its line',
    protocol: 'smtp',
    greeting: ['x'.repeat(70_000)],
    answers: {},
    says: /instead of a greeting, then 7\d{4} bytes in all/,
  },
  {
    title: 'escapes for terminals',
    protocol: 'smtp',
    greeting: ['554 \u001b[31m\r\n'],
    answers: {},
    says: /sent “554 \\x1b\[31m”/,
  },
];

describe('bridge', () => {
  /** Bytes of a connection through a bridge until it ends, and what was said about it. */
  const heardThrough = async (
    server: { readonly protocol: ProtocolName; readonly tls: TlsMode; readonly port: number },
    says: Buffer,
  ): Promise<{ bytes: Buffer; failures: string[] }> => {
    const failures: string[] = [];
    await using bridge = await Bridge.open({
      server: { host: '127.0.0.1', ...server },
      patience: { connect: 2000, handshake: 2000, answer: 2000 },
      onFailure: (_, { message }) => failures.push(message),
    });
    const socket = connectPlain(bridge.port, bridge.host);
    const pieces: Buffer[] = [];
    socket.on('data', (piece: Buffer) => pieces.push(piece));
    socket.on('error', () => undefined);
    socket.write(says);
    await once(socket, 'close');
    return { bytes: Buffer.concat(pieces), failures };
  };

  for (const { title, protocol, greeting, answers, says } of REFUSED) {
    it(`ends the connection and says why: ${title}`, async () => {
      await using server = await rawServer(scripted(greeting, answers, () => '500 what?\r\n'));
      const { bytes, failures } = await heardThrough({ protocol, tls: 'starttls', port: server.port }, Buffer.alloc(0));
      expect(bytes.length).to.equal(0);
      expect(failures).to.have.length(1);
      expect(failures[0]).to.match(says);
    });
  }

  it('says that nothing listens there', async () => {
    const gone = await rawServer(() => undefined);
    await gone[Symbol.asyncDispose]();
    const { failures } = await heardThrough({ protocol: 'imap', tls: 'starttls', port: gone.port }, Buffer.alloc(0));
    expect(failures[0]).to.match(/ECONNREFUSED/);
  });

  it('gives up a server that says nothing', async () => {
    await using server = await rawServer(() => undefined);
    const { failures } = await heardThrough({ protocol: 'imap', tls: 'starttls', port: server.port }, Buffer.alloc(0));
    expect(failures[0]).to.match(/did not send a greeting within 2 s; .* whether TLS starts with the first byte/);
  });

  it('passes every byte after the go-ahead on, in both directions, whatever it is', async () => {
    const odd = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index & 0xff));
    // What a server says in clear behind its go-ahead, too.
    const play = (socket: Socket): void => {
      socket.write('220 a\r\n');
      socket.once('data', () => {
        socket.write('250 a\r\n');
        socket.once('data', () => {
          socket.write('220 go\r\nEARLY');
          socket.pipe(socket);
        });
      });
    };
    await using server = await rawServer(play);
    await using bridge = await Bridge.open({
      server: { host: '127.0.0.1', port: server.port, protocol: 'smtp', tls: 'starttls' },
    });
    const socket = connectPlain({ port: bridge.port, host: bridge.host, allowHalfOpen: true });
    const pieces: Buffer[] = [];
    socket.on('data', (piece: Buffer) => pieces.push(piece));
    socket.end(odd);
    await once(socket, 'end');
    socket.destroy();
    expect(Buffer.concat(pieces).equals(Buffer.concat([Buffer.from('EARLY'), odd]))).to.equal(true);
  });

  it('passes a reset on', async () => {
    const play = (socket: Socket): void => {
      socket.write('* OK a\r\n');
      socket.once('data', () => {
        socket.write('b2 OK go\r\n');
        socket.once('data', () => socket.resetAndDestroy());
      });
    };
    await using server = await rawServer(play);
    await using bridge = await Bridge.open({
      server: { host: '127.0.0.1', port: server.port, protocol: 'imap', tls: 'starttls' },
    });
    const socket = connectPlain(bridge.port, bridge.host);
    socket.write('hello');
    const [error] = (await once(socket, 'error').catch((thrown: unknown) => [thrown])) as [NodeJS.ErrnoException];
    expect(error.code).to.equal('ECONNRESET');
  });

  const VERBS = [
    ['smtp', 'EHLO me\r\n', 'STARTTLS\r\n', /^220 .*\r\n250-127\.0\.0\.1\r\n250 STARTTLS\r\n220 /s],
    ['imap', 'a CAPABILITY\r\n', 'b STARTTLS\r\n', /^\* OK .*STARTTLS LOGINDISABLED.*\r\nb OK /s],
    ['pop3', 'CAPA\r\n', 'STLS\r\n', /^\+OK .*\r\nSTLS\r\n.*\+OK /s],
    ['managesieve', 'NOOP\r\n', 'STARTTLS\r\n', /"STARTTLS"\r\n(?:.*OK[^\r]*\r\n){3}$/s],
  ] as const;
  for (const [protocol, first, upgrade, dialogue] of VERBS) {
    it(`offers ${protocol} clients to start TLS in front of implicit TLS, and lets nobody log in`, async () => {
      const authority = await createAuthority();
      const { certPem, keyPem } = await authority.issue('good', { dns: ['localhost'], ip: ['127.0.0.1'] });
      const server = createTlsServer({ key: keyPem, cert: certPem }, (socket) =>
        socket.end('greeting from inside\r\n'),
      );
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      try {
        await using bridge = await Bridge.open({ server: { host: '127.0.0.1', port, protocol, tls: 'implicit' } });
        const socket = connectPlain(bridge.port, bridge.host);
        let text = '';
        const until = async (pattern: RegExp): Promise<void> => {
          while (!pattern.test(text)) text += ((await once(socket, 'data')) as [Buffer])[0].toString('latin1');
        };
        await until(/\r\n$/);
        socket.write(first + upgrade);
        await until(dialogue);
        socket.removeAllListeners('data');
        const secure = connect({ socket, rejectUnauthorized: false });
        let inside = '';
        secure.on('data', (bytes: Buffer) => (inside += bytes.toString('latin1')));
        await once(secure, 'close');
        expect(inside).to.equal('greeting from inside\r\n');
      } finally {
        server.close();
      }
    });
  }

  it('lets a client go that wants no TLS', async () => {
    await using server = await rawServer(() => undefined);
    const { bytes, failures } = await heardThrough(
      { protocol: 'smtp', tls: 'implicit', port: server.port },
      Buffer.from('EHLO me\r\nAUTH PLAIN AGEAYg==\r\nQUIT\r\n'),
    );
    expect(bytes.toString('latin1')).to.match(/\r\n(?:530|502|503|504) [^\r]*\r\n221 /);
    expect(failures).to.deep.equal([]);
  });

  it('turns clients away that may not come, and names an address that it cannot have', async () => {
    await using server = await rawServer(() => undefined);
    const target = { host: '127.0.0.1', port: server.port, protocol: 'imap', tls: 'starttls' } as const;
    await using bridge = await Bridge.open({ server: target, allows: () => false });
    const socket = connectPlain(bridge.port, bridge.host);
    socket.on('error', () => undefined);
    await once(socket, 'close');
    expect(bridge.accepted).to.equal(0);
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const outcome = await Bridge.open({ server: target, port }).catch((error: unknown) => error);
    taken.close();
    expect(outcome)
      .to.be.instanceOf(Error)
      .with.property('message')
      .that.matches(/cannot listen on 127\.0\.0\.1:\d+ \(EADDRINUSE\)/);
  });
});
