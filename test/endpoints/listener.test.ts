import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { EventEmitter, once } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import net, { connect, Server, type NetConnectOpts, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { spy, stub } from 'sinon';
import { Admission } from '../../src/endpoints/admission.js';
import { Listener, type Connection, type ListenerOptions } from '../../src/endpoints/listener.js';
import { isFault } from '../../src/fault.js';
import { TURNS } from '../../src/wire/turns.js';
import { heldUp } from '../support/held-up.js';

const open = (more: Partial<ListenerOptions> = {}): Promise<Listener> =>
  Listener.open({
    host: '127.0.0.1',
    port: 0,
    clock: () => performance.now(),
    serve: async ({ wire }) => {
      while ((await wire.read(5000))?.kind === 'bytes');
      wire.end('server');
    },
    ...more,
  });

/** Notes and ends, with who caused them. */
const entriesOf = ({ wire }: Connection): string =>
  wire.transcript.entries
    .flatMap((entry) => {
      if (entry.kind === 'note') return [`${entry.what} by ${entry.by}`];
      return entry.kind === 'end' ? [`end ${entry.how} by ${entry.by}`] : [];
    })
    .join(', ');

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('a listener', () => {
  it('is drained when every connection made before is served, and does not count its own fence', async () => {
    const ended: string[] = [];
    await using listener = await open({
      onEnd: ({ wire }) => ended.push(wire.transcript.entries.map(({ kind }) => kind).join(' ')),
    });
    const sockets = [1, 2, 3].map(() => connect({ host: '127.0.0.1', port: listener.port }));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    for (const socket of sockets) socket.end('QUIT\r\n');
    expect(await listener.drain(5000)).to.equal(true);
    expect(ended).to.deep.equal(Array(3).fill('bytes end'));
  });

  for (const [code, words] of [
    ['EADDRINUSE', 'is in use by another program'],
    ['EACCES', 'ports below 1024 need privileges'],
    ['EADDRNOTAVAIL', '(EADDRNOTAVAIL)'],
  ] as const)
    it(`that cannot listen (${code}) says what to do`, async () => {
      const refuses = stub(Server.prototype, 'listen').callsFake(function (this: Server) {
        setImmediate(() => this.emit('error', Object.assign(new Error('no'), { code })));
        return this;
      });
      try {
        const error: unknown = await open().catch((thrown: unknown) => thrown);
        expect(isFault(error) ? `${error.code}: ${error.message}` : error)
          .to.include('CANNOT_BIND: ')
          .and.include(words);
      } finally {
        refuses.restore();
      }
    });

  it('is not drained while a connection is open', async () => {
    await using listener = await open();
    const socket = connect({ host: '127.0.0.1', port: listener.port });
    await once(socket, 'connect');
    expect(await listener.drain(50)).to.equal(false);
    socket.destroy();
  });

  it('stops although connections are reset while a fence is up', async () => {
    const listener = await open();
    for (let time = 0; time < 20; time += 1) {
      const drained = listener.drain(2000);
      const socket = connect({ host: '127.0.0.1', port: listener.port });
      socket.on('error', () => undefined);
      socket.once('connect', () => socket.resetAndDestroy());
      await once(socket, 'close');
      expect(await drained).to.equal(true);
    }
    await listener.stop();
  });

  it('makes room for new connections: those go first on which nobody spoke', async () => {
    const accepted: number[] = [];
    await using listener = await open({
      admission: new Admission(2, true),
      serve: async ({ wire, ordinal }) => {
        accepted.push(ordinal);
        while ((await wire.read(5000))?.kind === 'bytes') await wire.write(Buffer.from('250 heard\r\n'));
        wire.end('client');
      },
    });
    const joined = async (word = ''): Promise<Socket> => {
      const socket = connect({ host: '127.0.0.1', port: listener.port }).on('error', () => undefined);
      await once(socket, 'connect');
      if (word !== '') {
        socket.write(word);
        // What was not read yet nobody has said.
        await once(socket, 'data');
      }
      return socket.resume();
    };
    const spoken = await joined('EHLO x\r\n');
    const silent = await joined();
    const gone = once(silent, 'close');
    await joined('NOOP\r\n');
    await gone;
    expect(spoken.destroyed).to.equal(false);
    expect(accepted).to.deep.equal([1, 2, 3]);
  });

  it('makes room at the cost of the address from which most come', async () => {
    const accepted: string[] = [];
    await using listener = await open({
      admission: new Admission(3, true),
      serve: async ({ wire, remoteAddress }) => {
        accepted.push(remoteAddress);
        while ((await wire.read(5000))?.kind === 'bytes') await wire.write(Buffer.from('250 ok\r\n'));
        wire.end('client');
      },
    });
    const joined = async (localAddress: string, word: string): Promise<Socket> => {
      const socket = connect({ host: '127.0.0.1', port: listener.port, localAddress }).on('error', () => undefined);
      await once(socket, 'connect');
      if (word === '') return socket.resume();
      socket.write(word);
      await once(socket, 'data');
      return socket.resume();
    };
    // The silent one would go first, if it were one of many.
    const single = await joined('127.0.0.1', '');
    const crowd = await joined('127.0.0.2', 'NOOP\r\n');
    await joined('127.0.0.2', 'NOOP\r\n');
    const gone = once(crowd, 'close');
    await joined('127.0.0.3', 'NOOP\r\n');
    await gone;
    expect(single.destroyed).to.equal(false);
    expect(accepted).to.deep.equal(['127.0.0.1', '127.0.0.2', '127.0.0.2', '127.0.0.3']);
  });

  for (const [what, host, said] of [
    ['which port is in use', '127.0.0.1', /^CANNOT_BIND 127\.0\.0\.1:\d+ is in use/],
    [
      'which address is not this machine’s',
      '192.0.2.1',
      /^CANNOT_BIND cannot listen on 192\.0\.2\.1:\d+ \(EADDRNOTAVAIL\)/,
    ],
  ] as const) {
    it(`says ${what}`, async () => {
      await using listener = await open();
      const fault: unknown = await open({ host, port: listener.port }).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(isFault(fault) && `${fault.code} ${fault.message}`).to.match(said);
    });
  }

  it('tells where it listens, and who connected', async () => {
    const met: string[] = [];
    await using listener = await open({
      host: '127.0.0.2',
      onEnd: ({ remoteAddress, remotePort }) => met.push(`${remoteAddress} ${String(remotePort)}`),
    });
    const socket = connect({ host: '127.0.0.2', port: listener.port, localAddress: '127.0.0.3' });
    await once(socket, 'connect');
    const port = String(socket.localPort);
    socket.end();
    expect(await listener.drain(5000)).to.equal(true);
    expect([listener.host, ...met]).to.deep.equal(['127.0.0.2', `127.0.0.3 ${port}`]);
  });

  it('serves no fence that was given up, though it comes out later', async () => {
    await using listener = await open();
    // What is accepted waits, as on a system that hands it over late.
    const held: (() => void)[] = [];
    const emit = stub(Server.prototype, 'emit').callsFake(function (this: Server, name: string, ...rest: unknown[]) {
      if (name === 'connection') held.push(() => EventEmitter.prototype.emit.call(this, name, ...rest));
      else EventEmitter.prototype.emit.call(this, name, ...rest);
      return true;
    });
    try {
      expect(await listener.drain(20)).to.equal(false);
    } finally {
      emit.restore();
    }
    expect(held).to.have.lengthOf(1);
    for (const come of held) come();
    expect(await listener.drain(5000)).to.equal(true);
    expect(listener.accepted).to.equal(0);
  });

  it('is drained of a client that has ended, although the process is held up for longer than that may take', async () => {
    await using listener = await open();
    const client = connect({ host: '127.0.0.1', port: listener.port });
    await once(client, 'connect');
    client.end();
    const drained = listener.drain(500);
    await new Promise(process.nextTick);
    heldUp(600);
    expect(await drained).to.equal(true);
  });

  it('serves a client with the port of a fence that came out', async () => {
    const ports: (number | undefined)[] = [];
    const accepted = (message: unknown): void => void ports.push((message as { socket: Socket }).socket.remotePort);
    // Nothing else on this machine has connections from there, whose ports could not be taken.
    const localAddress = '127.0.0.5';
    const connectAs: (options: NetConnectOpts) => Socket = net.connect;
    const fences = stub(net, 'connect').value((options: NetConnectOpts) => connectAs({ ...options, localAddress }));
    syncBuiltinESMExports();
    await using listener = await open();
    subscribe('net.server.socket', accepted);
    try {
      expect(await listener.drain(5000)).to.equal(true);
      unsubscribe('net.server.socket', accepted);
      const [localPort = 0] = ports;
      const socket = connectAs({ host: '127.0.0.1', port: listener.port, localAddress, localPort });
      await once(socket, 'connect');
      socket.end();
      expect(await listener.drain(5000)).to.equal(true);
    } finally {
      fences.restore();
      syncBuiltinESMExports();
    }
    expect([ports.length, listener.accepted]).to.deep.equal([1, 1]);
  });

  it('serves a client at another address, that came before a fence with the same port', async () => {
    const met: string[] = [];
    await using listener = await open({ onEnd: ({ remoteAddress }) => met.push(remoteAddress) });
    const other = connect({ host: '127.0.0.1', port: listener.port, localAddress: '127.0.0.3' });
    await once(other, 'connect');
    const { localPort = 0 } = other;
    other.destroy();
    expect(await listener.drain(5000)).to.equal(true);
    const connectAs: (options: NetConnectOpts) => Socket = net.connect;
    const fences = stub(net, 'connect').value((options: NetConnectOpts) =>
      connectAs({ ...options, localAddress: '127.0.0.1', localPort }),
    );
    const client = connectAs({ host: '127.0.0.1', port: listener.port, localAddress: '127.0.0.4', localPort });
    client.end();
    syncBuiltinESMExports();
    try {
      expect(await listener.drain(5000)).to.equal(true);
    } finally {
      fences.restore();
      syncBuiltinESMExports();
    }
    expect(met).to.deep.equal(['127.0.0.3', '127.0.0.4']);
  });

  it('goes on answering a client that has ended its half of the connection', async () => {
    await using listener = await open({
      serve: async ({ wire }) => {
        while ((await wire.read(5000))?.kind === 'bytes');
        await wire.write(Buffer.from('still here'));
        wire.end('server');
      },
    });
    const socket = connect({ host: '127.0.0.1', port: listener.port, allowHalfOpen: true });
    socket.end('QUIT\r\n');
    const heard: Buffer[] = [];
    for await (const bytes of socket) heard.push(bytes as Buffer);
    expect(String(Buffer.concat(heard))).to.equal('still here');
  });

  it('keeps nothing of a connection that is over, and leaves no timer', async () => {
    const kept: WeakRef<object>[] = [];
    const accepted = (message: unknown): void => void kept.push(new WeakRef((message as { socket: object }).socket));
    const timers = (): number => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;
    // Mocha's own is there from the next turn on.
    await new Promise(setImmediate);
    const before = timers();
    subscribe('net.server.socket', accepted);
    await using listener = await open({
      linger: 60_000,
      serve: async (connection) => {
        kept.push(new WeakRef(connection));
        while ((await connection.wire.read(5000))?.kind === 'bytes');
        connection.wire.end('server');
      },
    });
    const socket = connect({ host: '127.0.0.1', port: listener.port });
    await once(socket, 'connect');
    socket.resume().end();
    expect(await listener.drain(5000)).to.equal(true);
    unsubscribe('net.server.socket', accepted);
    expect(timers()).to.equal(before);
    expect(kept.length).to.be.greaterThan(2);
    for (let turn = 0; turn < 20 && kept.some((each) => each.deref() !== undefined); turn += 1) {
      await new Promise(setImmediate);
      collectGarbage();
    }
    expect(kept.filter((each) => each.deref() !== undefined)).to.have.length(0);
  });

  it('is not drained where its fence cannot be reached', async () => {
    const listener = await open();
    await listener.stop();
    expect(await listener.drain(50)).to.equal(false);
  });

  it('is not drained while a connection is served, although its peer has gone', async () => {
    let release: () => void = () => undefined;
    const served = new Promise<void>((resolve) => (release = resolve));
    const ended: string[] = [];
    await using listener = await open({
      serve: () => served,
      onEnd: (connection) => ended.push(entriesOf(connection)),
    });
    const socket = connect({ host: '127.0.0.1', port: listener.port });
    await once(socket, 'connect');
    socket.resetAndDestroy();
    expect(await listener.drain(500)).to.equal(false);
    listener.farewell();
    release();
    expect(await listener.drain(5000)).to.equal(true);
    expect(ended).to.deep.equal(['end reset by client']);
  });

  it('is not drained while a served connection is not closed', async () => {
    await using listener = await open({ serve: () => Promise.resolve() });
    const socket = connect({ host: '127.0.0.1', port: listener.port });
    await once(socket, 'connect');
    expect(await listener.drain(50)).to.equal(false);
    socket.resetAndDestroy();
    expect(await listener.drain(5000)).to.equal(true);
  });

  it('is not drained while one of two connections is open', async () => {
    await using listener = await open();
    const first = connect({ host: '127.0.0.1', port: listener.port });
    const second = connect({ host: '127.0.0.1', port: listener.port });
    await Promise.all([first, second].map((socket) => once(socket, 'connect')));
    first.end();
    expect(await listener.drain(50)).to.equal(false);
    second.end();
    expect(await listener.drain(5000)).to.equal(true);
  });

  it('closes a served connection that the client leaves open longer than it may', async () => {
    await using listener = await open({ serve: () => Promise.resolve(), linger: 20 });
    const socket = connect({ host: '127.0.0.1', port: listener.port });
    await once(socket.resume(), 'close');
    expect(await listener.drain(5000)).to.equal(true);
  });

  for (const allowed of [true, false]) {
    it(`${allowed ? 'serves' : 'turns away'} an address that is ${allowed ? '' : 'not '}allowed`, async () => {
      const asked: string[] = [];
      await using listener = await open({ allows: (address) => asked.push(address) > 0 && allowed });
      const socket = connect({ host: '127.0.0.1', port: listener.port });
      socket.resume().on('error', () => undefined);
      await once(socket, 'connect');
      socket.end();
      expect(await listener.drain(5000)).to.equal(true);
      expect(asked).to.deep.equal(['127.0.0.1']);
      expect(listener.accepted).to.equal(allowed ? 1 : 0);
    });
  }

  it('goes on to accept at once behind a connection that it turns away', async () => {
    const hurried = spy(TURNS, 'hurry');
    try {
      await using listener = await open({ allows: () => false });
      const socket = connect({ host: '127.0.0.1', port: listener.port }).resume();
      await once(socket, 'close');
      expect([listener.accepted, hurried.callCount]).to.deep.equal([0, 1]);
    } finally {
      hurried.restore();
    }
  });

  it('has room again once a connection is over', async () => {
    const admission = new Admission(1);
    await using listener = await open({ admission });
    for (let time = 0; time < 2; time += 1) {
      const socket = connect({ host: '127.0.0.1', port: listener.port });
      await once(socket, 'connect');
      socket.end();
      expect(await listener.drain(5000)).to.equal(true);
    }
    expect([listener.accepted, admission.open, admission.refused]).to.deep.equal([2, 0, 0]);
  });

  it('records each connection by its number, from its beginning on the clock', async () => {
    const opened: number[] = [];
    const heard: string[] = [];
    await using listener = await open({
      clock: () => 7,
      transcript: (ordinal) => ({
        onBytes: (from, bytes) => heard.push(`${String(ordinal)} ${from} ${String(bytes)}`),
      }),
      onEnd: ({ openedAt }) => opened.push(openedAt),
    });
    const socket = connect({ host: '127.0.0.1', port: listener.port });
    socket.end('QUIT\r\n');
    await once(socket, 'connect');
    expect(await listener.drain(5000)).to.equal(true);
    expect(opened).to.deep.equal([7]);
    expect(heard).to.deep.equal(['1 client QUIT\r\n']);
  });

  it('stops only when all it serves is served to the end, and records that the end was its own', async () => {
    const ended: string[] = [];
    let isServed = false;
    const listener = await open({
      serve: async ({ wire }) => {
        await wire.read(5000);
        await new Promise((resolve) => setTimeout(resolve, 20));
        isServed = true;
      },
      onEnd: (connection) => ended.push(entriesOf(connection)),
    });
    const socket = connect({ host: '127.0.0.1', port: listener.port }).on('error', () => undefined);
    await once(socket, 'connect');
    await listener.drain(50);
    await listener.stop();
    expect(isServed).to.equal(true);
    expect(ended).to.deep.equal(['stopped by us, end reset by us']);
  });

  it('stops although a client has ended its half of a connection only', async () => {
    const listener = await open({
      serve: async ({ wire }) => {
        while ((await wire.read(5000))?.kind === 'bytes');
      },
    });
    const socket = connect({ host: '127.0.0.1', port: listener.port, allowHalfOpen: true });
    socket.on('error', () => undefined).end();
    await once(socket, 'connect');
    await listener.drain(50);
    await listener.stop();
  });

  it('says goodbye on open connections', async () => {
    const ended: string[] = [];
    await using listener = await open({
      serve: async ({ wire }) => {
        while ((await wire.read(15_000))?.kind === 'bytes');
      },
      onEnd: (connection) => ended.push(entriesOf(connection)),
    });
    const socket = connect({ host: '127.0.0.1', port: listener.port });
    await once(socket, 'connect');
    // Once a fence is out, the connection before it is in.
    await listener.drain(50);
    const saidGoodbye = once(socket.resume(), 'end');
    listener.farewell();
    await saidGoodbye;
    socket.end();
    expect(await listener.drain(5000)).to.equal(true);
    expect(ended).to.deep.equal(['farewell by us, end fin by us']);
  });
});
