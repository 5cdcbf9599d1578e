import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
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
    await using listener = await open();
    const sockets = [1, 2, 3].map(() => connect({ host: '127.0.0.1', port: listener.port }));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    for (const socket of sockets) socket.end('QUIT\r\n');
    expect(await listener.drain(5000)).to.equal(true);
    expect(
      listener.connections.map(({ wire }) => wire.transcript.entries.map(({ kind }) => kind).join(' ')),
    ).to.deep.equal(Array(3).fill('bytes end'));
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
    expect(listener.connections.length).to.be.lessThan(21);
  });

  it('says which port is in use', async () => {
    await using listener = await open();
    const fault: unknown = await open({ port: listener.port }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(isFault(fault) && `${fault.code} ${fault.message}`).to.match(/^CANNOT_BIND 127\.0\.0\.1:\d+ is in use/);
  });
});
