import { connect, createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect } from 'chai';
import { afterSilence, settledOrSilence } from '../../src/wire/silence.js';
import { heldUp } from '../support/held-up.js';

describe('silence', () => {
  it('is over when the time is', async () => {
    const since = performance.now();
    await new Promise<void>((resolve) => {
      afterSilence(20, resolve);
    });
    expect(performance.now() - since).to.be.at.least(19);
  });

  it('is not waited for where what is waited for settles, also with an error', async () => {
    expect(await settledOrSilence(Promise.resolve(), 1_000_000)).to.equal(true);
    expect(await settledOrSilence(Promise.reject(new Error('no')), 1_000_000)).to.equal(true);
    let isOver = false;
    const waiting = settledOrSilence(new Promise(() => undefined), 5).then((hasSettled) => {
      isOver = true;
      return hasSettled;
    });
    expect(isOver).to.equal(false);
    expect(await waiting).to.equal(false);
  });

  it('can be called off', async () => {
    let isOver = false;
    afterSilence(1, () => {
      isOver = true;
    })();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isOver).to.equal(false);
  });

  it('does not count the time in which this process was held up', async () => {
    const over = new Promise<number>((resolve) => {
      afterSilence(30, () => {
        resolve(performance.now());
      });
    });
    heldUp(100);
    const free = performance.now();
    expect((await over) - free).to.be.at.least(29);
  });

  it('ends on a machine that is always slow', async () => {
    let isOver = false;
    const over = new Promise<void>((resolve) => {
      afterSilence(5, () => {
        isOver = true;
        resolve();
      });
    });
    const busy = setInterval(() => {
      heldUp(20);
    }, 0);
    await over;
    clearInterval(busy);
    expect(isOver).to.equal(true);
  });

  it('reads first what came while the process was held up', async () => {
    const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    const first = await new Promise<string>((resolve) => {
      socket.once('data', () => {
        resolve('data');
      });
      afterSilence(1, () => {
        resolve('silence');
      });
      heldUp(8);
    });
    expect(first).to.equal('data');
    socket.destroy();
    server.close();
  });
});
