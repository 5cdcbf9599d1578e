import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { Admission } from '../../src/endpoints/admission.js';
import { Listener, type ListenerOptions } from '../../src/endpoints/listener.js';
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
    await using listener = await open({ serve: () => served });
    const socket = connect({ host: '127.0.0.1', port: listener.port });
    await once(socket, 'connect');
    socket.resetAndDestroy();
    expect(await listener.drain(50)).to.equal(false);
    release();
    listener.farewell();
    expect(await listener.drain(5000)).to.equal(true);
  });

  it('says goodbye on open connections', async () => {
    await using listener = await open();
    const socket = connect({ host: '127.0.0.1', port: listener.port });
    await once(socket, 'connect');
    // Once a fence is out, the connection before it is in.
    await listener.drain(50);
    const ended = once(socket.resume(), 'end');
    listener.farewell();
    await ended;
    socket.end();
    expect(await listener.drain(5000)).to.equal(true);
  });
});
