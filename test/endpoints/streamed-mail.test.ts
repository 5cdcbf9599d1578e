import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { duplexPair, type Duplex } from 'node:stream';
import { expect } from 'chai';
import { Conversation, type ConversationOptions } from '../../src/endpoints/conversation.js';
import { Listener } from '../../src/endpoints/listener.js';
import { honestInside } from '../../src/endpoints/honest.js';
import { toyAuthority } from '../../src/proof/toy-server.js';
import protocols from '../../src/protocols/index.js';
import { Upstream } from '../../src/proxy/upstream.js';
import { canariesOf } from '../../src/verdict/canaries.js';
import { Transcript } from '../../src/wire/transcript.js';
import { Wire } from '../../src/wire/wire.js';

const MIB = 1024 * 1024;

/** Says the lines one after the other, each when the one before is answered. */
const say = async (socket: Socket, lines: readonly string[]): Promise<string[]> => {
  const heard: string[] = [];
  for (const line of lines) {
    if (line !== '') socket.write(line);
    let answer = '';
    while (!/^\d{3} .*\r\n/m.test(answer)) answer += String(((await once(socket, 'data')) as [Buffer])[0]);
    heard.push(answer.slice(0, 3));
  }
  return heard;
};

/** A real server that is told of every byte of the mail. */
const mailServer = async (onMail: (bytes: Buffer) => void): Promise<{ port: number; stop: () => Promise<unknown> }> => {
  const { certPem, keyPem } = await (await toyAuthority()).issue('good', { dns: ['localhost'], ip: ['127.0.0.1'] });
  const server = createTlsServer({ cert: certPem, key: keyPem }, (socket: TLSSocket) => {
    let inMail = false;
    let tail = '';
    socket.on('error', () => undefined);
    socket.write('220 h\r\n');
    socket.on('data', (bytes: Buffer) => {
      const text = bytes.toString('latin1');
      if (inMail) {
        onMail(bytes);
        tail = (tail + text).slice(-5);
        if (tail !== '\r\n.\r\n') return;
        inMail = false;
        socket.write('250 queued\r\n');
      } else {
        inMail = text === 'DATA\r\n';
        socket.write(inMail ? '354 go\r\n' : '250 Ok\r\n');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
};

/** What a conversation needs besides: nothing is attacked. */
const untouched = (ordinal: number): Omit<ConversationOptions, 'wire' | 'protocol' | 'answerer' | 'longestMail'> => ({
  tls: () => {
    throw new Error('no TLS here');
  },
  tamper: {},
  context: {
    protocol: protocols.smtp,
    mode: 'starttls',
    ordinal,
    portRole: 'smtp',
    canaries: canariesOf('mail', 1),
    insideOffer: honestInside('smtp'),
    variant: undefined,
  },
  idle: 10_000,
});

/** An answerer that says nothing more. */
const SILENT = {
  upgraded: () => Buffer.alloc(0),
  startInside: () => undefined,
  answer: () => ({ bytes: Buffer.alloc(0) }),
};

describe('mail in the middle seat', () => {
  it('passes as it comes, unchanged, however long', async function () {
    this.timeout(60_000);
    let got = 0;
    let reached: () => void = () => undefined;
    const some = new Promise<void>((resolve) => (reached = resolve));
    const server = await mailServer((bytes) => {
      got += bytes.length;
      if (got >= MIB / 2) reached();
    });
    const upstream = await Upstream.open({
      server: { host: '127.0.0.1', port: server.port, protocol: 'smtp', tls: 'implicit' },
      transcript: new Transcript(() => 0),
      plaintext: 'served',
      patience: { connect: 10_000, handshake: 10_000, answer: 10_000 },
    });
    await using listener = await Listener.open({
      host: '127.0.0.1',
      port: 0,
      clock: () => performance.now(),
      serve: ({ wire, ordinal }) =>
        new Conversation({
          wire,
          protocol: protocols.smtp,
          answerer: upstream,
          ...untouched(ordinal),
          longestMail: Infinity,
        }).run(),
    });
    const socket = connect(listener.port, '127.0.0.1');
    expect(await say(socket, ['', 'MAIL FROM:<a>\r\n', 'RCPT TO:<b>\r\n', 'DATA\r\n'])).to.deep.equal(
      '220 250 250 354'.split(' '),
    );
    const piece = Buffer.from(`${'x'.repeat(1022)}\r\n`.repeat(1024));
    socket.write(piece);
    // The client has not finished its message.
    await some;
    for (let sent = 1; sent < 45; sent += 1) if (!socket.write(piece)) await once(socket, 'drain');
    expect(await say(socket, ['.\r\n', 'NOOP\r\n'])).to.deep.equal(['250', '250']);
    expect(got).to.equal(45 * MIB + 3);
    socket.destroy();
    upstream.destroy();
    await server.stop();
  });
});

describe('a client that says very much in one go', () => {
  it('leaves others their turns', async () => {
    const [raw, peer]: readonly [Duplex, Duplex] = duplexPair();
    const wire = new Wire(raw, 'server', new Transcript(() => 0));
    peer.end('NOOP\r\n'.repeat(180));
    let isOver = false;
    let turns = 0;
    const count = (): void => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    await new Conversation({
      wire,
      protocol: protocols.smtp,
      answerer: {
        greeting: () => Buffer.from('220 h\r\n'),
        ...SILENT,
        answer: () => {
          const until = performance.now() + 2;
          while (performance.now() < until);
          return { bytes: Buffer.from('250 ok\r\n') };
        },
      },
      ...untouched(1),
    }).run();
    isOver = true;
    wire.destroy();
    // 360 ms of work, in slices of a few milliseconds; in one go it would be two turns.
    expect(turns).to.be.above(6);
  });
});
