import { expect } from 'chai';
import sinon from 'sinon';
import type { Call } from '../../src/probes/call.js';
import type { Listener } from '../../src/probes/listener.js';
import protocols from '../../src/protocols/index.js';
import { isLoopbackOrPrivate } from '../../src/targets/address.js';
import { Gate } from '../../src/audit/gate.js';
import { PATIENCE } from '../../src/audit/options.js';
import { rawServer } from '../support/raw-server.js';

describe('the gate of an address', () => {
  it('lets so many in at once, and the next one when somebody leaves', async () => {
    const gate = new Gate('192.0.2.1', { parallel: 2, loginAttempts: 0, maxTime: 1000, backOff: 20 });
    const entered: number[] = [];
    const leaves: (() => void)[] = [];
    const enter = async (guest: number): Promise<void> => {
      leaves.push(await gate.enter());
      entered.push(guest);
    };
    const all = [1, 2, 3, 4].map(enter);
    await Promise.all(all.slice(0, 2));
    expect(entered).to.deep.equal([1, 2]);
    leaves[0]?.();
    await all[2];
    expect(entered).to.deep.equal([1, 2, 3]);
    leaves[1]?.();
    await all[3];
    expect(entered).to.deep.equal([1, 2, 3, 4]);
  });

  it('spends its budget of login attempts, and no more', () => {
    const gate = new Gate('192.0.2.1', { parallel: 1, loginAttempts: 2, maxTime: 1000, backOff: 20 });
    expect([gate.spendLogin(), gate.spendLogin()]).to.deep.equal([undefined, undefined]);
    expect(gate.spendLogin()).to.match(/login limit reached \(2 per address/);
  });

  it('connects no faster than allowed', async () => {
    await using server = await rawServer(() => undefined);
    const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const gate = new Gate('127.0.0.1', { parallel: 5, rate: 2, loginAttempts: 0, maxTime: 60_000, backOff: 20 });
      const listener: Listener = {
        host: '127.0.0.1',
        address: '127.0.0.1',
        port: server.port,
        role: 'imap',
        protocol: 'imap',
        tls: 'starttls',
      };
      const dial = (id: number): Promise<Call> =>
        gate.dial(id, { listener, protocol: protocols.imap, patience: PATIENCE, servername: 'localhost' });
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
