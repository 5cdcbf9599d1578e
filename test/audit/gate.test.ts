import { expect } from 'chai';
import sinon from 'sinon';
import { Fault } from '../../src/fault.js';
import type { Call } from '../../src/probes/call.js';
import type { DialOptions } from '../../src/probes/call-options.js';
import protocols from '../../src/protocols/index.js';
import { isLoopbackOrPrivate } from '../../src/targets/address.js';
import { Gate } from '../../src/audit/gate.js';
import { PATIENCE } from '../../src/audit/options.js';
import { rawServer } from '../support/raw-server.js';

const order = (port: number): DialOptions => ({
  listener: { host: '127.0.0.1', address: '127.0.0.1', port, role: 'imap', protocol: 'imap', tls: 'starttls' },
  protocol: protocols.imap,
  patience: PATIENCE,
  servername: 'localhost',
});

describe('the gate of an address', () => {
  it('lets so many connections in at once, and the next one when one is closed, first those of the probe that began first', async () => {
    await using server = await rawServer(() => undefined);
    const gate = new Gate('127.0.0.1', { parallel: 2, loginAttempts: 0, maxTime: 60_000, backOff: 20 });
    const entered: string[] = [];
    const dial = async (name: string, rank: number): Promise<Call> => {
      const call = await gate.dial(1, order(server.port), { rank });
      entered.push(name);
      return call;
    };
    const first = dial('first of one', 1);
    const second = dial('first of two', 2);
    await Promise.all([first, second]);
    const waiting = [dial('second of two', 2), dial('first of three', 3), dial('second of one', 1)];
    for (const left of [first, second, ...waiting.slice().reverse()]) (await left).close();
    await Promise.all(waiting);
    expect(entered).to.deep.equal([
      ...['first of one', 'first of two'],
      ...['second of one', 'second of two', 'first of three'],
    ]);
  });

  it('gives up waiting for a place when the time for the target is over', async () => {
    await using server = await rawServer(() => undefined);
    const gate = new Gate('127.0.0.1', { parallel: 1, loginAttempts: 0, maxTime: 300, backOff: 20 });
    const held = await gate.dial(1, order(server.port));
    const refused = await gate.dial(2, order(server.port)).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(Fault).and.include({ code: 'TIMED_OUT' });
    held.close();
  });

  it('begins nothing but logins in the time that is kept for them', async () => {
    await using server = await rawServer(() => undefined);
    const gate = new Gate('127.0.0.1', { parallel: 1, loginAttempts: 0, maxTime: 60_000, backOff: 20 });
    gate.reserved = 60_000;
    const refused = await gate.dial(1, order(server.port)).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(Fault).and.include({ code: 'TIMED_OUT' });
    expect(String(refused)).to.include('the last 60 s are kept for login attempts');
    gate.reserved = 0;
    (await gate.dial(2, order(server.port))).close();
    expect(server.connections()).to.equal(1);
  });

  it('connects for nobody who is gone', async () => {
    await using server = await rawServer(() => undefined);
    const gate = new Gate('127.0.0.1', { parallel: 1, loginAttempts: 0, maxTime: 60_000, backOff: 20 });
    const held = await gate.dial(1, order(server.port));
    const gone = new AbortController();
    const waiting = gate.dial(2, order(server.port), { signal: gone.signal }).catch((error: unknown) => error);
    gone.abort();
    held.close();
    expect(await waiting).to.be.instanceOf(Error);
    (await gate.dial(3, order(server.port))).close();
    expect(server.connections()).to.equal(2);
  });

  it('spends its budget of login attempts, and no more', () => {
    const gate = new Gate('192.0.2.1', { parallel: 1, loginAttempts: 2, maxTime: 1000, backOff: 20 });
    expect([gate.spendLogin(), gate.spendLogin()]).to.deep.equal([undefined, undefined]);
    expect(gate.spendLogin()).to.match(/login limit reached \(2 per address/);
  });

  it('leaves login attempts to ports that wait for their first', () => {
    const gate = new Gate('192.0.2.1', { parallel: 1, loginAttempts: 2, maxTime: 1000, backOff: 20 });
    gate.portsWaiting = 1;
    expect(gate.spendLogin(false)).to.equal(undefined);
    expect(gate.spendLogin(false)).to.match(/login limit reached/);
    expect(gate.spendLogin()).to.equal(undefined);
  });

  it('connects no faster than allowed', async () => {
    await using server = await rawServer(() => undefined);
    const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const gate = new Gate('127.0.0.1', { parallel: 5, rate: 2, loginAttempts: 0, maxTime: 60_000, backOff: 20 });
      const dial = (id: number): Promise<Call> => gate.dial(id, order(server.port));
      const first = await dial(1);
      let isSecond = false;
      const second = dial(2).then((call) => {
        isSecond = true;
        return call;
      });
      await clock.tickAsync(499);
      await new Promise(setImmediate);
      expect(isSecond).to.equal(false);
      await clock.tickAsync(1);
      for (const call of [first, await second]) call.close();
      expect(isSecond).to.equal(true);
    } finally {
      clock.restore();
    }
  });

  for (const [title, wait] of [
    ['says that it is busy', (gate: Gate) => gate.slowDown(1)],
    ['cuts a connection without a word', (gate: Gate) => gate.outwait()],
  ] as const)
    it(`asks a server that ${title} again after an eighth of the pause, as often as before`, async () => {
      await using server = await rawServer((socket) => void socket.write('* OK ready\r\n'));
      const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
      try {
        const gate = new Gate('127.0.0.1', { parallel: 2, loginAttempts: 0, maxTime: 60_000, backOff: 2000 });
        let isOver = false;
        const waiting = wait(gate).then(() => (isOver = true));
        await clock.tickAsync(249);
        expect(isOver).to.equal(false);
        await clock.tickAsync(1);
        await waiting;
        // No time passes between these.
        for (const id of [1, 2, 3]) {
          const call = await gate.dial(id, order(server.port));
          const closed = new Promise<void>((resolve) => {
            call.onClosed(resolve);
          });
          call.close();
          await closed;
        }
        expect(gate.note).to.match(/: 1 s were spent waiting/);
      } finally {
        clock.restore();
      }
    });

  const rows = [
    ['127.0.0.1', true],
    ['127.255.0.9', true],
    ['::1', true],
    ['10.1.2.3', true],
    ['172.16.0.1', true],
    ['192.168.9.9', true],
    ['fe80::1', true],
    ['fe80::1%eth0', true],
    ['fd00::1', true],
    ['::ffff:127.0.0.1', true],
    ['::ffff:192.0.2.1', false],
    ['192.0.2.1', false],
    ['8.8.8.8', false],
    ['172.32.0.1', false],
    ['2001:4860:4860::8888', false],
    ['mail.example.org', false],
  ] as const;
  for (const [address, near] of rows) {
    it(`${address} is ${near ? 'in our own network' : 'somebody else’s'}`, () => {
      expect(isLoopbackOrPrivate(address)).to.equal(near);
    });
  }
});
