import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { duplexPair, type Duplex } from 'node:stream';
import { connect as connectTls, createSecureContext } from 'node:tls';
import { expect } from 'chai';
import { spy } from 'sinon';
import { Transcript } from '../../src/wire/transcript.js';
import { Wire } from '../../src/wire/wire.js';
import {
  authority,
  clientHello,
  connecting,
  entriesOf,
  eventsOf,
  serverWire,
  serving,
  upgraded,
  wires,
} from './memory.js';
import { isThorough } from '../support/representative.js';
import { it } from '../support/in-turn.js';

const MEGABYTE = 1024 * 1024;
/** What a reader that is behind leaves unread at least. */
const KEPT = 128 * 1024;

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Writes chunk by chunk, so that each one arrives as a segment of its own. */
const feed = async (peer: Duplex, chunks: readonly Buffer[]): Promise<void> => {
  for (const chunk of chunks) {
    peer.write(chunk);
    await later();
  }
};

const cut = (bytes: Buffer, ...at: number[]): Buffer[] =>
  [...at, bytes.length]
    .map((end, index) => bytes.subarray(at[index - 1] ?? 0, end))
    .filter((piece) => piece.length > 0);

describe('what a wire says in clear', () => {
  it('is recorded with its marks, and inside TLS as no part of its stream', async () => {
    const { wire, peer } = serverWire();
    const heard: string[] = [];
    peer.on('data', (bytes: Buffer) => heard.push(bytes.toString()));
    await wire.writeInClear(Buffer.from('250 x\r\n'), { tampered: true });
    await wire.writeInClear(Buffer.alloc(0));
    await later();
    expect(heard).to.deep.equal(['250 x\r\n']);
    expect(wire.transcript.entries).to.have.lengthOf(1);
    expect(wire.transcript.entries[0])
      .to.include({ kind: 'bytes', from: 'server', inside: false, tampered: true, data: '250 x\r\n' })
      .and.to.not.have.property('unasked');
    const { server, client } = await upgraded();
    await server.writeInClear(Buffer.from('250 x\r\n'), { tampered: true });
    expect(server.transcript.entries.at(-1)).to.include({ inside: false, unasked: true, tampered: true });
    server.destroy();
    client.destroy();
  });

  for (const [what, close] of [
    ['is gone', (raw: Duplex) => raw.destroy()],
    ['was ended', (raw: Duplex) => raw.end()],
  ] as const)
    for (const how of ['write', 'writeInClear'] as const)
      it(`is nothing once the connection ${what} (${how})`, async () => {
        const { server, client, serverRaw } = wires();
        serverRaw.on('error', () => undefined);
        close(serverRaw);
        await server[how](Buffer.from('250 x\r\n'));
        expect(entriesOf(server).filter((entry) => entry.includes('250'))).to.deep.equal([]);
        server.destroy();
        client.destroy();
      });
});

describe('a wire in clear', () => {
  const text = Buffer.from('EHLO a\r\nMAIL FROM:<b>\r\n');

  for (let at = 1; at < text.length; at += 3) {
    it(`gives the same bytes when they are cut at ${at}`, async () => {
      const { wire, peer } = serverWire();
      await feed(peer, cut(text, at));
      peer.end();
      expect(await eventsOf(wire)).to.deep.equal([`clear ${text.toString()}`, 'end fin']);
    });
  }

  it('tells TLS records from text, wherever they are cut', async () => {
    const hello = await clientHello();
    for (let at = 1; at < hello.length; at += 1) {
      const { wire, peer } = serverWire();
      await feed(peer, [...cut(hello, at), Buffer.from('QUIT\r\n')]);
      peer.end();
      expect(await eventsOf(wire), `cut at ${at}`).to.deep.equal(['records', 'clear QUIT\r\n', 'end fin']);
    }
  });

  it('tells a ClientHello from the command before it in the same segment, wherever they are cut', async () => {
    const all = Buffer.concat([Buffer.from('a STARTTLS\r\n'), await clientHello()]);
    for (let at = 1; at < all.length; at += 1) {
      const { wire, peer } = serverWire();
      await feed(peer, cut(all, at));
      peer.end();
      const events = await eventsOf(wire);
      expect(events.filter((event) => event.startsWith('clear')).join(), `cut at ${at}`).to.equal(
        'clear a STARTTLS\r\n',
      );
      expect(events).to.include('records');
    }
  });

  it('gives a byte that only looked like the beginning of a record as text', async () => {
    const { wire, peer } = serverWire();
    await feed(peer, [Buffer.from('\x16'), Buffer.from('\x03'), Buffer.from('no')]);
    peer.end();
    expect(await eventsOf(wire)).to.deep.equal(['clear \x16\x03no', 'end fin']);
  });

  it('keeps what never became a record in the transcript', async () => {
    const { wire, peer } = serverWire();
    await feed(peer, [Buffer.from('\x16\x03')]);
    peer.end();
    await eventsOf(wire);
    expect(entriesOf(wire)).to.deep.equal(['client: \x16\x03', 'client fin']);
  });

  it('says undefined when nothing comes, and hears what comes later', async () => {
    const { wire, peer } = serverWire();
    expect(await wire.read(1)).to.equal(undefined);
    peer.write('a');
    expect(await wire.read(5000)).to.deep.include({ kind: 'bytes', inside: false });
    wire.destroy();
  });

  it('says the end again and again', async () => {
    const { wire, peer } = serverWire();
    peer.end();
    await eventsOf(wire);
    expect(await wire.read(1)).to.deep.equal({ kind: 'end', how: 'fin' });
  });

  it('stops reading when nobody listens, and goes on when somebody does', async () => {
    const { wire, peer } = serverWire();
    const megabytes = 10;
    const megabyte = Buffer.alloc(1024 * 1024, 'a');
    let written = 0;
    const flood = (async (): Promise<void> => {
      for (; written < megabytes; written += 1)
        await new Promise<void>((resolve) => peer.write(megabyte, () => resolve()));
      peer.end();
    })();
    for (let turns = 0; turns < 50; turns += 1) await later();
    expect(written).to.be.below(4);
    let total = 0;
    for (let event = await wire.read(5000); event?.kind === 'bytes'; event = await wire.read(5000))
      total += event.bytes.length;
    await flood;
    expect(total).to.equal(megabytes * megabyte.length);
    expect(wire.transcript.truncated).to.equal(true);
  });
});

describe('a wire that turns to TLS as a server', () => {
  /** A TLS client whose first flight is cut, or has something before it. */
  const handshake = async (
    edit: (hello: Buffer) => readonly Buffer[],
  ): Promise<{ wire: Wire; boundary: Awaited<ReturnType<Wire['acceptTls']>>; client: Wire }> => {
    const [ours, peer] = duplexPair();
    const [clientRaw, pump] = duplexPair();
    const wire = new Wire(ours, 'server', new Transcript(() => 0));
    const client = new Wire(clientRaw, 'client', new Transcript(() => 0));
    const accepting = wire.acceptTls(await serving());
    let fed: Promise<void> | undefined;
    pump.on('data', (bytes: Buffer) => {
      fed = fed === undefined ? feed(peer, edit(bytes)) : fed.then(() => feed(peer, [bytes]));
    });
    peer.on('data', (bytes) => pump.write(bytes));
    const connecting_ = client.connectTls(await connecting());
    const boundary = await accepting;
    await connecting_;
    return { wire, boundary, client };
  };

  it('takes a ClientHello that is cut anywhere', async () => {
    const { length } = await clientHello();
    // With post-quantum key shares it has 1500 bytes: behind headers and the first extensions some will do, in the default suite fewer.
    const [all, every] = isThorough() ? [300, 11] : [100, 37];
    const places = Array.from({ length: length - 1 }, (_, index) => index + 1);
    for (const at of places.filter((place) => place < all || place % every === 0 || place > length - 8)) {
      const { boundary, wire, client } = await handshake((hello) => cut(hello, at));
      expect(boundary.completed, `cut at ${at}: ${boundary.failure ?? ''}`).to.equal(true);
      expect(boundary.pending).to.deep.equal([]);
      expect(boundary.hello?.servername).to.equal('localhost');
      wire.destroy();
      client.destroy();
    }
  });

  it('takes a ClientHello byte by byte', async () => {
    const { boundary } = await handshake((hello) => [...hello].map((byte) => Buffer.of(byte)));
    expect(boundary.completed).to.equal(true);
  });

  it('records plaintext before the ClientHello as pending, segment by segment', async () => {
    const { boundary, wire } = await handshake((hello) => [Buffer.from('NOOP\r\n'), Buffer.from('QUIT\r\n'), hello]);
    expect(boundary.completed).to.equal(true);
    expect(boundary.pending.map(({ data }) => data)).to.deep.equal(['NOOP\r\n', 'QUIT\r\n']);
    expect(entriesOf(wire)).to.deep.equal(['client: NOOP\r\n', 'client: QUIT\r\n', 'TLS']);
  });

  it('finds the ClientHello behind plaintext of the same segment, wherever that is cut', async () => {
    for (let at = 0; at < 12; at += 1) {
      const { boundary } = await handshake((hello) =>
        cut(Buffer.concat([Buffer.from('NOOP\r\n'), hello]), ...(at === 0 ? [] : [at])),
      );
      expect(boundary.completed, `cut at ${at}`).to.equal(true);
      expect(boundary.pending.map(({ data }) => data).join('')).to.equal('NOOP\r\n');
    }
  });

  for (const [title, stray] of Object.entries({
    'high bytes that are no SSLv2 hello': 'caf\x80\x2e\x01\x00\x02\x00\x10\x00\x00\x00\x10 au lait\r\n',
    'half a record header': 'x\x16\x03\x01 y\r\n',
  })) {
    it(`is not misled by ${title}, wherever they are cut`, async () => {
      const bytes = Buffer.from(stray, 'latin1');
      for (let at = 1; at < bytes.length; at += 1) {
        const { boundary } = await handshake((hello) => [...cut(bytes, at), hello]);
        expect(boundary.completed, `cut at ${at}: ${boundary.failure ?? ''}`).to.equal(true);
        expect(boundary.pending.map(({ data }) => data).join(''), `cut at ${at}`).to.equal(stray);
      }
    });
  }

  for (const [title, segments] of Object.entries<(hello: Buffer) => readonly Buffer[]>({
    'the upgrade’s own segment': (hello) => [Buffer.concat([Buffer.from('STARTTLS\r\n'), hello])],
    'a segment of its own': (hello) => [Buffer.from('STARTTLS\r\n'), hello],
    'two segments': (hello) => [Buffer.from('STARTTLS\r\n'), ...cut(hello, 100)],
    'two segments, one byte first': (hello) => [Buffer.from('STARTTLS\r\n'), ...cut(hello, 1)],
    'two segments, half a header first': (hello) => [Buffer.from('STARTTLS\r\n'), ...cut(hello, 3)],
  })) {
    it(`takes a ClientHello that had come before the go-ahead, in ${title}`, async () => {
      const { wire: server, peer } = serverWire();
      const [front, back] = duplexPair();
      const eager = new Wire(front, 'client', new Transcript(() => 0));
      let fed: Promise<void> | undefined;
      back.on('data', (bytes: Buffer) => {
        fed = fed === undefined ? feed(peer, segments(bytes)) : fed.then(() => feed(peer, [bytes]));
      });
      peer.on('data', (bytes) => back.write(bytes));
      const connected = eager.connectTls(await connecting());
      for (let turns = 0; turns < 20; turns += 1) await later();
      const first = await server.read(5000);
      const unread = first?.kind === 'bytes' ? first.bytes.subarray('STARTTLS\r\n'.length) : Buffer.alloc(0);
      const boundary = await server.acceptTls(await serving(), unread);
      expect(boundary.completed, boundary.failure).to.equal(true);
      expect((await connected).peer.completed).to.equal(true);
      expect(boundary.pending).to.deep.equal([]);
    });
  }

  it('says that TLS has begun before the handshake is over', async () => {
    const { wire, peer } = serverWire();
    const accepting = wire.acceptTls(await serving());
    expect(wire.hasBegunTls).to.equal(false);
    peer.resume();
    await feed(peer, [await clientHello()]);
    expect(wire.hasBegunTls).to.equal(true);
    expect(wire.transcript.entries.filter(({ kind }) => kind === 'boundary')).to.deep.equal([]);
    peer.destroy();
    wire.destroy();
    expect((await accepting).completed).to.equal(false);
  });

  it('says so when the client ends the connection instead', async () => {
    const { wire, peer } = serverWire();
    const accepting = wire.acceptTls(await serving());
    peer.write('QUIT\r\n');
    peer.end();
    const boundary = await accepting;
    expect(boundary).to.deep.include({
      completed: false,
      failure: 'the client ended the connection before a ClientHello',
    });
    expect(boundary.pending.map(({ data }) => data)).to.deep.equal(['QUIT\r\n']);
  });

  it('says so when no ClientHello comes, and hears what comes afterwards', async () => {
    const { wire, peer } = serverWire();
    const boundary = await wire.acceptTls(await serving('good', 1));
    expect(boundary.failure).to.equal('no ClientHello within 1 ms');
    peer.write('QUIT\r\n');
    peer.end();
    expect(await eventsOf(wire)).to.deep.equal(['clear QUIT\r\n', 'end fin']);
  });

  it('gives back what looked like a beginning when no ClientHello comes', async () => {
    const { wire, peer } = serverWire();
    const accepting = wire.acceptTls(await serving('good', 30));
    peer.write('\x16\x03');
    await accepting;
    peer.end();
    await eventsOf(wire);
    expect(entriesOf(wire)).to.include('client: \x16\x03');
  });

  it('records a failed handshake with the alert', async () => {
    const { wire, peer } = serverWire();
    const accepting = wire.acceptTls(await serving());
    const [front, back] = duplexPair();
    const client = new Wire(front, 'client', new Transcript(() => 0));
    back.once('data', (hello: Buffer) => peer.write(hello));
    // unknown_ca (48), fatal, instead of the client's second flight.
    peer.once('data', () => peer.write(Buffer.from([21, 3, 3, 0, 2, 2, 48])));
    void client.connectTls({ ...(await connecting()), context: createSecureContext({ maxVersion: 'TLSv1.2' }) });
    const boundary = await accepting;
    expect(boundary.completed).to.equal(false);
    expect(boundary.alert).to.deep.equal({ from: 'client', name: 'unknown_ca' });
    client.destroy();
  });

  it('does work that is linear in the bytes, however small the segments', async () => {
    const copied = spy(Buffer, 'concat');
    try {
      const { wire, peer } = serverWire();
      const accepting = wire.acceptTls(await serving('good', 60_000));
      const size = 20_000;
      for (let at = 0; at < size; at += 1) {
        peer.write('a');
        if (at % 1000 === 0) await later();
      }
      peer.end();
      await accepting;
      const work = copied.getCalls().reduce((sum, call) => sum + call.returnValue.length, 0);
      expect(work).to.be.below(40 * size);
    } finally {
      copied.restore();
    }
  });
});

describe('a wire that turns to TLS as a client', () => {
  for (const [recipe, authorized, error] of [
    ['good', true, undefined],
    ['self-signed', false, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['unknown-issuer', false, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['wrong-name', false, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['expired', false, 'CERT_HAS_EXPIRED'],
    ['not-yet-valid', false, 'CERT_NOT_YET_VALID'],
  ] as const) {
    it(`completes the handshake and tells the facts of a certificate that is ${recipe}`, async () => {
      const { server, client } = wires();
      const [accepted, { peer }] = await Promise.all([
        server.acceptTls(await serving(recipe)),
        client.connectTls(await connecting()),
      ]);
      expect(accepted.completed).to.equal(true);
      expect(peer).to.include({ completed: true, authorized });
      expect(peer.authorizationError).to.equal(error);
      expect(peer.chain?.length).to.be.at.least(1);
    });
  }

  it('records plaintext behind the go-ahead as pending, and none of it comes inside', async () => {
    const { server, client, serverRaw } = wires();
    serverRaw.write('220 go\r\n250 forged\r\n');
    await later();
    const event = await client.read(5000);
    expect(event?.kind).to.equal('bytes');
    serverRaw.write('250 forged too\r\n');
    await later();
    const [, { boundary }] = await Promise.all([
      server.acceptTls(await serving()),
      client.connectTls(await connecting(), Buffer.from('250 forged\r\n')),
    ]);
    expect(boundary.pending.map(({ data }) => data)).to.deep.equal(['250 forged\r\n', '250 forged too\r\n']);
    await server.write(Buffer.from('250 true\r\n'));
    server.end('server');
    expect(await eventsOf(client)).to.deep.equal(['inside 250 true\r\n', 'outside', 'end fin']);
  });

  it('fails on plaintext where the ServerHello was due', async () => {
    const { client, serverRaw } = wires();
    const connected = client.connectTls(await connecting());
    serverRaw.write('220 still here\r\n');
    const { peer } = await connected;
    expect(peer.completed).to.equal(false);
    expect(peer.failure).to.match(/^ERR_SSL/);
    serverRaw.end();
  });
});

describe('a wire that leaves TLS', () => {
  for (const [title, together] of Object.entries({
    'in a segment of its own': false,
    'in the segment of the close_notify': true,
  })) {
    it(`hears plaintext of a client after close_notify, ${title}`, async () => {
      const { server, client, clientRaw, serverRaw } = await upgraded();
      await client.write(Buffer.from('a1 NOOP\r\n'));
      // Both in one segment: nothing is handed on until the cork is drawn.
      if (together) clientRaw.cork();
      const ended = client.downgrade();
      if (together) for (let turns = 0; turns < 5; turns += 1) await later();
      clientRaw.write('a2 LOGIN a b\r\n');
      if (together) {
        const gathered = gatherInto(serverRaw);
        clientRaw.uncork();
        await later();
        gathered();
      }
      await ended;
      clientRaw.end();
      expect(await eventsOf(server)).to.deep.equal([
        'inside a1 NOOP\r\n',
        'outside',
        'clear a2 LOGIN a b\r\n',
        'end fin',
      ]);
      expect(entriesOf(server)).to.deep.equal([
        'TLS',
        'client inside: a1 NOOP\r\n',
        'client ends TLS',
        'client: a2 LOGIN a b\r\n',
        'client fin',
      ]);
    });
  }

  it('speaks in clear after its own close_notify, and hears the answer', async () => {
    const { server, client } = await upgraded();
    await server.downgrade();
    expect(server.inside).to.equal(false);
    await server.write(Buffer.from('* OK in clear\r\n'));
    expect(await eventsOf(client, (events) => events.length === 2)).to.deep.equal([
      'outside',
      'clear * OK in clear\r\n',
    ]);
    await client.write(Buffer.from('a1 LOGIN a b\r\n'));
    client.end('client');
    expect(await eventsOf(server)).to.deep.equal(['outside', 'clear a1 LOGIN a b\r\n', 'end fin']);
  });

  it('delivers everything that was said inside before the end, however much it is', async () => {
    const { server, client } = await upgraded();
    const size = 3 * 1024 * 1024;
    void client.write(Buffer.alloc(size, 'a'));
    client.end('client');
    const [inside, ...rest] = await eventsOf(server);
    expect(inside?.length).to.equal('inside '.length + size);
    expect(rest.at(-1)).to.equal('end fin');
  });

  it('holds back plaintext after TLS when nobody listens', async () => {
    const { server, client, clientRaw } = await upgraded();
    await client.downgrade();
    const megabyte = Buffer.alloc(1024 * 1024, 'a');
    let written = 0;
    const flood = (async (): Promise<void> => {
      for (; written < 10; written += 1)
        await new Promise<void>((resolve) => clientRaw.write(megabyte, () => resolve()));
      clientRaw.end();
    })();
    for (let turns = 0; turns < 50; turns += 1) await later();
    expect(written).to.be.below(5);
    const events = await eventsOf(server);
    await flood;
    expect(events.map((event) => event.length)).to.deep.equal([
      'outside'.length,
      'clear '.length + 10 * megabyte.length,
      'end fin'.length,
    ]);
  });
});

describe('a wire on a socket', () => {
  const connection = async (): Promise<{ wire: Wire; client: Socket; socket: Socket; stop: () => void }> => {
    const server = createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
    const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
    const socket = await accepted;
    const stop = (): void => {
      client.destroy();
      socket.destroy();
      server.close();
    };
    return { wire: new Wire(socket, 'server', new Transcript(() => 0)), client, socket, stop };
  };

  it('tells a reset from an end', async () => {
    const { wire, client, stop } = await connection();
    client.resetAndDestroy();
    expect(await eventsOf(wire)).to.deep.equal(['end reset']);
    expect(entriesOf(wire)).to.deep.equal(['client reset']);
    expect(await wire.read(1)).to.deep.equal({ kind: 'end', how: 'reset' });
    stop();
  });

  it('hears what came before the end, and may still answer', async () => {
    const { wire, client, stop } = await connection();
    client.end('QUIT\r\n');
    expect(await eventsOf(wire)).to.deep.equal(['clear QUIT\r\n', 'end fin']);
    const answer = new Promise<Buffer>((resolve) => client.once('data', resolve));
    await wire.write(Buffer.from('221 Bye\r\n'));
    expect((await answer).toString()).to.equal('221 Bye\r\n');
    stop();
  });

  it('does not blame the peer for its own reset', async () => {
    const { wire, client, stop } = await connection();
    const failed = new Promise<NodeJS.ErrnoException>((resolve) => client.once('error', resolve));
    wire.reset('us');
    expect((await failed).code).to.equal('ECONNRESET');
    await eventsOf(wire);
    expect(entriesOf(wire)).to.deep.equal(['server reset']);
    stop();
  });

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    it(`makes a client of ${version} wait while nobody reads, and loses nothing`, async () => {
      const { wire, client, socket, stop } = await connection();
      const accepting = wire.acceptTls(await serving());
      const tls = connectTls({
        socket: client,
        servername: 'localhost',
        secureContext: createSecureContext({ ca: (await authority()).pem, maxVersion: version }),
      });
      await accepting;
      const size = 32 * MEGABYTE;
      tls.write(Buffer.alloc(size, 'a'));
      const isStill = (before: number): boolean => socket.bytesRead === before && before > KEPT;
      for (let before = -1, still = 0; still < 200; still = isStill(before) ? still + 1 : 0) {
        before = socket.bytesRead;
        await later();
      }
      expect(socket.bytesRead).to.be.below(8 * KEPT);
      let left = size;
      while (left > 0) {
        const event = await wire.read(5000);
        if (event?.kind !== 'bytes') throw new Error('no bytes');
        left -= event.bytes.length;
      }
      expect(left).to.equal(0);
      stop();
    });
  }

  it('writes to a peer that is gone without fault', async () => {
    const { wire, client, stop } = await connection();
    client.resetAndDestroy();
    await eventsOf(wire);
    await wire.write(Buffer.from('250 Ok\r\n'));
    stop();
  });
});

/** Joins what arrives into one segment, until the returned function is called. */
const gatherInto = (raw: Duplex): (() => void) => {
  const listeners = raw.listeners('data') as ((bytes: Buffer) => void)[];
  const pieces: Buffer[] = [];
  raw.removeAllListeners('data');
  raw.on('data', (bytes: Buffer) => pieces.push(bytes));
  return () => {
    raw.removeAllListeners('data');
    for (const listener of listeners) {
      raw.on('data', listener);
      listener(Buffer.concat(pieces));
    }
  };
};
