import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { Admission } from '../../src/endpoints/admission.js';
import { Listener, type Connection, type ListenerOptions } from '../../src/endpoints/listener.js';
import { isFault } from '../../src/fault.js';

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
        while ((await wire.read(5000))?.kind === 'bytes');
        wire.end('client');
      },
    });
    const joined = async (word = ''): Promise<Socket> => {
      const socket = connect({ host: '127.0.0.1', port: listener.port }).on('error', () => undefined);
      await once(socket, 'connect');
      if (word !== '') socket.write(word);
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

  it('says which port is in use', async () => {
    await using listener = await open();
    const fault: unknown = await open({ port: listener.port }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(isFault(fault) && `${fault.code} ${fault.message}`).to.match(/^CANNOT_BIND 127\.0\.0\.1:\d+ is in use/);
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
    expect(await listener.drain(50)).to.equal(false);
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
