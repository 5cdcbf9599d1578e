import { expect } from 'chai';
import { isLoopbackOrPrivate } from '../../../src/run/audit/address.js';
import { Gate } from '../../../src/run/audit/gate.js';

describe('the gate of an address', () => {
  it('lets so many in at once, and the next one when somebody leaves', async () => {
    const gate = new Gate('192.0.2.1', { parallel: 2, loginAttempts: 0, maxTime: 1000 });
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
    const gate = new Gate('192.0.2.1', { parallel: 1, loginAttempts: 2, maxTime: 1000 });
    expect([gate.spendLogin(), gate.spendLogin()]).to.deep.equal([undefined, undefined]);
    expect(gate.spendLogin()).to.match(/budget of 2 login attempts/);
  });

  const rows = [
    ['127.0.0.1', true], ['127.255.0.9', true], ['::1', true], ['10.1.2.3', true], ['172.16.0.1', true], ['192.168.9.9', true], ['fe80::1', true],
    ['fe80::1%eth0', true], ['fd00::1', true], ['::ffff:127.0.0.1', true], ['::ffff:192.0.2.1', false], ['192.0.2.1', false], ['8.8.8.8', false],
    ['172.32.0.1', false], ['2001:4860:4860::8888', false], ['mail.example.org', false],
  ] as const;
  for (const [address, near] of rows) {
    it(`${address} is ${near ? 'in our own network' : 'somebody else’s'}`, () => {
      expect(isLoopbackOrPrivate(address)).to.equal(near);
    });
  }
});
