import { duplexPair, type Duplex } from 'node:stream';
import { createSecureContext } from 'node:tls';
import { expect } from 'chai';
import { SeekingPhase } from '../../src/wire/seeking-phase.js';
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

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Every segment that a side sends, until the returned function takes them. */
const held = (raw: Duplex): (() => Promise<Buffer>) => {
  const listeners = raw.listeners('data') as ((bytes: Buffer) => void)[];
  const pieces: Buffer[] = [];
  raw.removeAllListeners('data');
  raw.on('data', (bytes: Buffer) => pieces.push(bytes));
  return async () => {
    for (let turns = 0; turns < 20; turns += 1) await later();
    raw.removeAllListeners('data');
    for (const listener of listeners) raw.on('data', listener);
    return Buffer.concat(pieces);
  };
};

/** Goes before the answer to a ClientHello, and says nothing. */
const LATE = { bytes: Buffer.alloc(0), after: 20 };

const isInClear = (event: string): boolean => event.startsWith('clear');

describe('from seeking TLS', () => {
  it('keeps what follows the ClientHello while the answer is delayed, and feeds it to TLS', async () => {
    const { server, client, clientRaw, serverRaw } = wires();
    const hello = held(serverRaw);
    const connected = client.connectTls(await connecting());
    const flight = await hello();
    const [first, second] = [flight.subarray(0, 60), flight.subarray(60)];
    const accepting = server.acceptTls(await serving(), undefined, LATE);
    serverRaw.emit('data', first);
    serverRaw.emit('data', second);
    expect(server.inside).to.equal(false);
    const boundary = await accepting;
    expect(boundary).to.deep.include({ completed: true, pending: [] });
    expect(entriesOf(server)).to.deep.equal(['TLS']);
    clientRaw.destroy();
    await connected;
  });

  it('sends late bytes when the ClientHello comes, and before it is answered: no clock decides which is first', async () => {
    const { wire, peer } = serverWire();
    const heard = new Promise<Buffer>((resolve) => peer.once('data', resolve));
    const hour = 3_600_000;
    const accepting = wire.acceptTls(await serving(), undefined, { bytes: Buffer.from('* late\r\n'), after: hour });
    expect(await Promise.race([heard, later().then(() => 'nothing')])).to.equal('nothing');
    peer.write(await clientHello());
    expect((await heard).toString('latin1')).to.equal('* late\r\n');
    peer.end();
    expect((await accepting).completed).to.equal(false);
  });

  it('says of bytes that delay the answer that they are the scenario’s', async () => {
    const { wire, peer } = serverWire();
    peer.resume();
    await wire.acceptTls(await serving('good', 40), undefined, { bytes: Buffer.from('* late\r\n'), after: 1 });
    expect(wire.transcript.entries[0]).to.include({ kind: 'bytes', from: 'server', inside: false, tampered: true });
    wire.destroy();
  });

  it('fails the handshake where the client ends behind its ClientHello', async () => {
    const { server, serverRaw } = wires();
    const hello = await clientHello();
    const accepting = server.acceptTls(await serving(), undefined, LATE);
    serverRaw.emit('data', hello);
    serverRaw.emit('end');
    expect((await accepting).failure).to.equal('the peer closed the connection during the handshake');
    expect(await eventsOf(server)).to.deep.equal(['end fin']);
    expect(entriesOf(server)).to.deep.equal(['client fin', 'no TLS']);
  });

  it('says so at once where the client had ended before', async () => {
    const { wire, peer } = serverWire();
    peer.end('QUIT\r\n');
    await later();
    const boundary = await wire.acceptTls(await serving('good', 60_000));
    expect(boundary.failure).to.equal('the client ended the connection before a ClientHello');
    expect(boundary.timeout).to.equal(undefined);
    expect(boundary.pending.map(({ data }) => data)).to.deep.equal(['QUIT\r\n']);
    expect(entriesOf(wire)).to.deep.equal(['client: QUIT\r\n', 'client fin', 'no TLS']);
  });

  it('records once what it had been given as unread or held back', async () => {
    const { wire, peer } = serverWire();
    peer.write('NOOP\r\n');
    await later();
    await wire.read(5000);
    peer.write('\x16\x03');
    await later();
    const boundary = await wire.acceptTls(await serving('good', 1), Buffer.from('OP\r\n'));
    expect(boundary.pending.map(({ data }) => data).join('')).to.equal('OP\r\n\x16\x03');
    expect(entriesOf(wire)).to.deep.equal(['client: NOOP\r\n', 'client: \x16\x03', 'no TLS']);
    expect(boundary).to.include({ failure: 'no ClientHello within 1 ms', timeout: 1 });
    wire.destroy();
  });

  it('takes what was unread before what is queued', async () => {
    const { wire, peer } = serverWire();
    peer.write('NOOP\r\nONE\r\n');
    await later();
    await wire.read(5000);
    peer.write('TWO\r\n');
    await later();
    peer.end();
    const { pending } = await wire.acceptTls(await serving(), Buffer.from('ONE\r\n'));
    expect(pending.map(({ data }) => data)).to.deep.equal(['ONE\r\n', 'TWO\r\n']);
  });

  it('gives up a handshake of which nothing follows the ClientHello', async () => {
    const { wire, peer } = serverWire();
    peer.write(await clientHello());
    const boundary = await wire.acceptTls({ ...(await serving('good', 20)), trusted: false });
    expect(boundary).to.deep.include({
      completed: false,
      trusted: false,
      certificate: 'good',
      timeout: 20,
      pending: [],
    });
    expect(boundary.failure).to.equal('the handshake took longer than 20 ms');
    expect(boundary.hello?.servername).to.equal('localhost');
    peer.end('QUIT\r\n');
    expect(await eventsOf(wire)).to.deep.equal(['clear QUIT\r\n', 'end fin']);
  });

  it('tells what was agreed on', async () => {
    const { server, client } = wires();
    const [accepted] = await Promise.all([
      server.acceptTls({ ...(await serving()), trusted: false, alpn: ['imap'] }),
      client.connectTls({ ...(await connecting()), alpn: ['imap'] }),
    ]);
    expect(accepted).to.include({
      trusted: false,
      certificate: 'good',
      alpn: 'imap',
      servername: 'localhost',
      resumed: false,
    });
    client.end('client');
    await eventsOf(server);
  });

  it('trusts a chain as its owner says, not as the TLS library does', async () => {
    for (const word of [true, false]) {
      const { server, client } = wires();
      const [, { peer, boundary }] = await Promise.all([
        server.acceptTls(await serving(word ? 'self-signed' : 'good')),
        client.connectTls({ ...(await connecting()), trusts: (chain) => chain.length > 0 && word }),
      ]);
      expect([peer.authorized, boundary.trusted]).to.deep.equal([word, word]);
      client.end('client');
      await eventsOf(server);
    }
  });

  it('says when plaintext came', async () => {
    const [ours, peer] = duplexPair();
    const wire = new Wire(ours, 'server', new Transcript(() => 7));
    const accepting = wire.acceptTls(await serving());
    peer.end('QUIT\r\n');
    expect((await accepting).pending).to.deep.equal([{ at: 7, data: 'QUIT\r\n' }]);
  });

  it('records the rest only of what had been seen as the beginning of TLS and was none', async () => {
    const { wire, peer } = serverWire();
    const accepting = wire.acceptTls(await serving(), Buffer.from('\x16'));
    peer.end('xy\r\n');
    expect((await accepting).pending.map(({ data }) => data)).to.deep.equal(['\x16xy\r\n']);
    expect(entriesOf(wire)).to.deep.equal(['client: xy\r\n', 'client fin', 'no TLS']);
  });

  it('counts 100 pieces of pending plaintext, 4 KiB each, and records all', async () => {
    const { wire, peer } = serverWire();
    const accepting = wire.acceptTls(await serving('good', 60_000));
    for (let count = 0; count < 110; count += 1) {
      peer.write(Buffer.alloc(4500, 'a'));
      await later();
    }
    peer.end();
    const { pending } = await accepting;
    expect(pending.map(({ data }) => data.length)).to.deep.equal(Array<number>(100).fill(4096));
    const recorded = entriesOf(wire).filter((entry) => entry.startsWith('client: '));
    expect(recorded.join('').length).to.equal(110 * 4500 + recorded.length * 'client: '.length);
  });
});

describe('while the answer to a ClientHello is delayed', () => {
  it('keeps 100 pieces of what follows it', async () => {
    const { wire } = serverWire();
    const nothing = (): void => undefined;
    const seeking = new SeekingPhase(
      {
        transcript: wire.transcript,
        peer: 'client',
        isIn: () => true,
        enter: nothing,
        receive: nothing,
        push: nothing,
        hear: nothing,
        pause: nothing,
        resume: nothing,
        conclude: nothing,
      },
      5000,
    );
    seeking.receive(await clientHello());
    for (let piece = 0; piece < 150; piece += 1) seeking.receive(Buffer.from('x'));
    expect(await seeking.found).to.have.length(1 + 100);
  });
});

describe('from a failed handshake', () => {
  it('counts no records that came before as plaintext', async () => {
    const { client, serverRaw } = wires();
    serverRaw.write(Buffer.from([21, 3, 3, 0, 2, 1, 0]));
    await later();
    const connected = client.connectTls(await connecting());
    serverRaw.end();
    expect((await connected).boundary.pending).to.deep.equal([]);
  });

  it('hears the plaintext that made it fail, and what follows', async () => {
    const { client, serverRaw } = wires();
    const connected = client.connectTls(await connecting());
    serverRaw.write('220 still here\r\n');
    expect((await connected).peer.completed).to.equal(false);
    serverRaw.write('221 bye\r\n');
    serverRaw.end();
    expect(client.inside).to.equal(false);
    expect(await eventsOf(client)).to.deep.equal(['clear 220 still here\r\n221 bye\r\n', 'end fin']);
    expect(
      entriesOf(client)
        .filter((entry) => entry !== 'no TLS')
        .join(''),
    ).to.equal('server: 220 still here\r\nserver: 221 bye\r\nserver fin');
  });

  it('hears a long plaintext that made it fail, and what follows', async () => {
    const { client, serverRaw } = wires();
    const connected = client.connectTls(await connecting());
    serverRaw.write('2'.repeat(100_000));
    expect((await connected).peer.completed).to.equal(false);
    serverRaw.write('221 bye\r\n');
    serverRaw.end();
    expect((await eventsOf(client)).at(-1)).to.equal('end fin');
    expect(entriesOf(client).join('')).to.include('221 bye');
  });

  it('ignores the rest of the peer’s records, and hears the plaintext behind them', async () => {
    const { server, client, serverRaw, clientRaw } = wires();
    const [accepted] = await Promise.all([
      server.acceptTls({ ...(await serving()), context: createSecureContext() }),
      client.connectTls(await connecting()),
    ]);
    expect(accepted.completed).to.equal(false);
    expect(serverRaw.destroyed).to.equal(false);
    clientRaw.write(Buffer.from([21, 3, 3, 0, 6, 2]));
    await later();
    clientRaw.write('48');
    await later();
    clientRaw.write('484QUIT\r\n');
    clientRaw.end();
    expect(await eventsOf(server)).to.deep.equal(['clear QUIT\r\n', 'end fin']);
  });
});

describe('from inside TLS', () => {
  it('concludes with what the transport says where it ends without close_notify', async () => {
    const { server, client, clientRaw } = await upgraded();
    await client.write(Buffer.from('a1 NOOP\r\n'));
    clientRaw.end();
    expect(await eventsOf(server)).to.deep.equal(['inside a1 NOOP\r\n', 'end fin']);
    server.destroy();
    for (let turns = 0; turns < 5; turns += 1) await later();
    expect(entriesOf(server)).to.deep.equal(['TLS', 'client inside: a1 NOOP\r\n', 'client fin']);
  });

  for (const [title, isAtOnce] of Object.entries({
    'the end follows': false,
    'the end comes while it is being read': true,
  })) {
    it(`hears plaintext that shares the segment with close_notify; ${title}`, async () => {
      const { server, client, clientRaw, serverRaw } = await upgraded();
      const taken = held(serverRaw);
      await client.write(Buffer.from('a1 NOOP\r\n'));
      void client.downgrade();
      const records = await taken();
      serverRaw.emit('data', Buffer.concat([records, Buffer.from('a2 LOGIN a b\r\n')]));
      // A second segment while close_notify is still being read.
      serverRaw.emit('data', Buffer.from('a3 LOGOUT\r\n'));
      serverRaw.emit('data', Buffer.from([22, 3, 1, 0, 1, 1]));
      if (isAtOnce) serverRaw.emit('end');
      else clientRaw.end();
      expect(await eventsOf(server)).to.deep.equal([
        'inside a1 NOOP\r\n',
        'outside',
        'clear a2 LOGIN a b\r\na3 LOGOUT\r\n',
        'records',
        'end fin',
      ]);
    });
  }

  it('hears a long plaintext that shares the segment with close_notify, and what follows', async () => {
    const { server, client, clientRaw, serverRaw } = await upgraded();
    const taken = held(serverRaw);
    void client.downgrade();
    serverRaw.emit('data', Buffer.concat([await taken(), Buffer.alloc(20_000, 'a')]));
    // More than may wait while close_notify is still being read.
    serverRaw.emit('data', Buffer.alloc(70_000, 'a'));
    expect(serverRaw.isPaused()).to.equal(true);
    clientRaw.write('b');
    clientRaw.end();
    expect((await eventsOf(server)).map((event) => event.length)).to.deep.equal([
      'outside'.length,
      'clear '.length + 90_001,
      'end fin'.length,
    ]);
  });

  it('fails by plaintext where no close_notify came before it, and then hears it', async () => {
    const { server, clientRaw } = await upgraded();
    clientRaw.write('QUIT\r\n');
    expect(await eventsOf(server, (events) => events.some(isInClear))).to.deep.equal(['outside', 'clear QUIT\r\n']);
    expect(entriesOf(server)).to.deep.equal(['TLS', 'tls-failed', 'client ends TLS', 'client: QUIT\r\n']);
    // OpenSSL 3.0 reads a version in it, 3.5 a record type.
    expect(server.transcript.entries[1])
      .to.include({ by: 'client' })
      .and.to.have.property('code')
      .that.matches(/^ERR_SSL_(?:WRONG_VERSION_NUMBER|BAD_RECORD_TYPE)$/);
    clientRaw.end();
    expect(await eventsOf(server)).to.deep.equal(['end fin']);
  });

  it('records plaintext without a close_notify, too short for TLS to fail by it, when the connection is dropped', async () => {
    const { server, clientRaw } = await upgraded();
    clientRaw.write('QU');
    for (let turns = 0; turns < 5; turns += 1) await later();
    clientRaw.write('IT\r\n');
    await later();
    server.reset('us');
    expect(await eventsOf(server)).to.deep.equal(['outside', 'clear QUIT\r\n', 'end reset']);
    expect(entriesOf(server)).to.deep.equal(['TLS', 'client ends TLS', 'client: QU', 'client: IT\r\n', 'server reset']);
  });

  it('writes nothing once it is concluded', async () => {
    const { server, clientRaw } = await upgraded();
    clientRaw.end();
    await eventsOf(server);
    expect(server.inside).to.equal(true);
    await server.write(Buffer.from('* BYE\r\n'));
    expect(entriesOf(server).filter((entry) => entry.includes('BYE'))).to.deep.equal([]);
  });

  it('records what it writes as said inside', async () => {
    const { server, client } = await upgraded();
    await server.write(Buffer.from('* OK\r\n'));
    server.end('server');
    await eventsOf(client);
    expect(entriesOf(server)[1]).to.equal('server inside: * OK\r\n');
  });

  it('is not trusted where no ClientHello came and the certificate deserves none', async () => {
    const { wire, peer } = serverWire();
    peer.end();
    expect((await wire.acceptTls(await serving('self-signed'))).trusted).to.equal(false);
  });

  it('says on both sides who ended TLS', async () => {
    const { server, client } = await upgraded();
    await server.downgrade();
    expect(server.inside).to.equal(false);
    expect(await eventsOf(client, (events) => events.includes('outside'))).to.deep.equal(['outside']);
    expect([entriesOf(server), entriesOf(client)]).to.deep.equal(Array(2).fill(['TLS', 'server ends TLS']));
  });

  it('answers a close_notify in kind', async () => {
    const { server, client, clientRaw } = wires();
    // TLS 1.2 sends its alerts in records of their own type.
    const context = createSecureContext({ ca: (await authority()).pem, maxVersion: 'TLSv1.2' });
    await Promise.all([server.acceptTls(await serving()), client.connectTls({ ...(await connecting()), context })]);
    const answer = held(clientRaw);
    await client.downgrade();
    expect((await answer())[0]).to.equal(21);
    await eventsOf(server, (events) => events.includes('outside'));
    clientRaw.destroy();
  });

  it('speaks in clear after a close_notify and its answer', async () => {
    const { server, client } = await upgraded();
    await client.downgrade();
    await eventsOf(server, (events) => events.includes('outside'));
    expect(server.inside).to.equal(false);
    await server.write(Buffer.from('* in clear\r\n'));
    // The answer is a record, which is not taken for plaintext.
    expect(await eventsOf(client, (events) => events.some(isInClear))).to.deep.equal([
      'outside',
      'clear * in clear\r\n',
    ]);
  });

  it('turns to TLS again after a close_notify', async () => {
    const { server, client } = await upgraded();
    await client.downgrade();
    await eventsOf(server, (events) => events.includes('outside'));
    const [accepted] = await Promise.all([server.acceptTls(await serving()), client.connectTls(await connecting())]);
    expect(accepted.completed, accepted.failure).to.equal(true);
    await client.write(Buffer.from('a1 NOOP\r\n'));
    client.end('client');
    expect(await eventsOf(server)).to.deep.equal(['inside a1 NOOP\r\n', 'outside', 'end fin']);
  });
});

describe('in any phase', () => {
  it('a write ends with the connection, though TLS never says what became of it', async () => {
    const { server, clientRaw } = await upgraded();
    clientRaw.pause();
    let isSettled = false;
    const written = server.write(Buffer.alloc(4 * 1024 * 1024)).then(() => (isSettled = true));
    await later();
    expect(isSettled).to.equal(false);
    clientRaw.end();
    expect(await eventsOf(server)).to.deep.equal(['end fin']);
    await later();
    expect(isSettled).to.equal(true);
    await written;
    server.destroy();
  });

  it('a goodbye inside TLS ends the transport, though the peer has ended and reads nothing', async () => {
    const { server, serverRaw, clientRaw } = await upgraded();
    clientRaw.pause();
    void server.write(Buffer.alloc(4 * 1024 * 1024));
    clientRaw.end();
    await eventsOf(server);
    server.end('us');
    for (let turns = 0; turns < 5; turns += 1) await later();
    expect(serverRaw.writableEnded).to.equal(true);
    server.destroy();
  });

  it('an end that came before its connection was freed is still the peer’s', async () => {
    const { server, serverRaw } = await upgraded();
    serverRaw.emit('end');
    server.destroy();
    expect(await eventsOf(server)).to.deep.equal(['end fin']);
    expect(server.transcript.entries.at(-1)).to.include({ kind: 'end', from: 'client', by: 'client' });
  });

  it('a transport that closes behind its end is no reset', async () => {
    const { server, serverRaw } = await upgraded();
    serverRaw.emit('end');
    serverRaw.emit('close');
    expect(await eventsOf(server)).to.deep.equal(['end fin']);
    server.destroy();
  });

  it('a flood after the goodbye is let through, and little of it is kept', async () => {
    const { wire, peer } = serverWire();
    wire.end('us');
    const megabyte = Buffer.alloc(1024 * 1024, 'a');
    for (let count = 0; count < 8; count += 1)
      await new Promise<void>((resolve) => peer.write(megabyte, () => resolve()));
    wire.destroy();
    const [heard] = await eventsOf(wire);
    expect(heard?.length).to.be.below(3 * megabyte.length);
  });

  it('the first who made us leave is the one who caused the end', async () => {
    const { wire, peer } = serverWire();
    peer.resume();
    wire.end('scenario');
    wire.end('us');
    peer.end();
    await eventsOf(wire);
    expect(wire.transcript.entries.at(-1)).to.include({ kind: 'end', by: 'scenario' });
    const dropped = serverWire().wire;
    dropped.end('scenario');
    dropped.reset('us');
    expect(dropped.transcript.entries.at(-1)).to.include({ kind: 'end', by: 'scenario' });
  });

  it('nothing is written after the goodbye', async () => {
    const { wire, peer } = serverWire();
    peer.resume();
    wire.end('us');
    await wire.write(Buffer.from('250 Ok\r\n'));
    peer.end();
    await eventsOf(wire);
    expect(entriesOf(wire)).to.deep.equal(['client fin']);
  });

  it('the end after a goodbye is heard, however far behind the reader is', async () => {
    const { wire, peer } = serverWire();
    for (let count = 0; count < 5; count += 1) peer.write(Buffer.alloc(1024 * 1024, 'a'));
    for (let turns = 0; turns < 20; turns += 1) await later();
    wire.end('us');
    peer.end();
    for (let turns = 0; turns < 50; turns += 1) await later();
    expect(entriesOf(wire).at(-1)).to.equal('client fin');
  });

  it('a reader that was behind before the upgrade holds up nothing of it', async () => {
    const { wire, peer } = serverWire();
    for (let count = 0; count < 5; count += 1) peer.write(Buffer.alloc(1024 * 1024, 'a'));
    for (let turns = 0; turns < 20; turns += 1) await later();
    const accepting = wire.acceptTls(await serving('good', 60_000));
    peer.end();
    expect((await accepting).failure).to.equal('the client ended the connection before a ClientHello');
  });

  it('a reader that is behind inside TLS makes plaintext wait too', async () => {
    const { server, client, clientRaw } = await upgraded();
    void client.write(Buffer.alloc(4 * 1024 * 1024, 'a'));
    for (let turns = 0; turns < 50; turns += 1) await later();
    void server.downgrade();
    let written = 0;
    const megabyte = Buffer.alloc(1024 * 1024, 'b');
    void (async (): Promise<void> => {
      for (; written < 10; written += 1)
        await new Promise<void>((resolve) => clientRaw.write(megabyte, () => resolve()));
    })();
    for (let turns = 0; turns < 100; turns += 1) await later();
    expect(written).to.be.below(5);
    server.destroy();
    client.destroy();
  });

  it('records that come where plaintext was due are not inside TLS', async () => {
    const { wire, peer } = serverWire();
    peer.write(Buffer.from([22, 3, 1, 0, 1, 1]));
    expect((await wire.read(5000))?.kind).to.equal('records');
    expect(wire.transcript.entries).to.deep.equal([
      { kind: 'bytes', at: 0, from: 'client', inside: false, data: '\x16\x03\x01\0\x01\x01', record: true },
    ]);
    wire.destroy();
  });

  it('what is held back before a client’s upgrade is recorded', async () => {
    const { client, serverRaw } = wires();
    serverRaw.write('\x16\x03');
    await later();
    const connected = client.connectTls(await connecting());
    serverRaw.end();
    expect((await connected).boundary.pending.map(({ data }) => data)).to.deep.equal(['\x16\x03']);
    expect(entriesOf(client)[0]).to.equal('server: \x16\x03');
  });

  it('a transport that closes without an end is a reset', async () => {
    const { server, serverRaw } = wires();
    serverRaw.destroy();
    expect(await eventsOf(server)).to.deep.equal(['end reset']);
  });

  it('a reader that falls behind again makes the peer wait again', async () => {
    const { wire, peer } = serverWire();
    const megabyte = Buffer.alloc(1024 * 1024, 'a');
    for (let round = 0; round < 2; round += 1) {
      let written = 0;
      const flood = (async (): Promise<void> => {
        for (; written < 10; written += 1) await new Promise<void>((resolve) => peer.write(megabyte, () => resolve()));
      })();
      for (let turns = 0; turns < 50; turns += 1) await later();
      expect(written, `round ${round}`).to.be.below(5);
      for (let left = 10 * megabyte.length; left > 0;) {
        const event = await wire.read(5000);
        if (event?.kind !== 'bytes') throw new Error('no bytes');
        left -= event.bytes.length;
      }
      await flood;
    }
    wire.destroy();
  });

  it('a wire that is destroyed ends once, with what it held back', async () => {
    const { wire, peer } = serverWire();
    peer.write('\x16');
    await later();
    wire.destroy();
    wire.destroy();
    expect(await eventsOf(wire)).to.deep.equal(['clear \x16', 'end reset']);
    expect(entriesOf(wire)).to.deep.equal(['client: \x16', 'server reset']);
    expect(wire.transcript.entries.at(-1)).to.include({ by: 'us' });
  });

  it('an end of ours is ours, though the peer answers it with its own', async () => {
    const { wire, peer } = serverWire();
    peer.resume();
    wire.end('scenario');
    peer.end();
    await eventsOf(wire);
    expect(wire.transcript.entries.at(-1)).to.include({ kind: 'end', from: 'client', by: 'scenario' });
  });
});
