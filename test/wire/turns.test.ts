import { expect } from 'chai';
import { Share, Turns } from '../../src/wire/turns.js';

const busy = (ms: number): void => {
  const until = performance.now() + ms;
  while (performance.now() < until);
};

const share = (taken: number): Share => Object.assign(new Share(), { taken });

describe('turns of the event loop', () => {
  it('are for who has taken least, then for what nobody waits for', async () => {
    const turns = new Turns();
    const done: string[] = [];
    turns.runBehind(() => done.push('judged'));
    for (const [name, taken] of Object.entries({ flood: 500, much: 50, new: 0, newer: 1 }))
      turns.run(share(taken), () => done.push(name));
    await new Promise((resolve) => setTimeout(resolve, 20));
    // Of what nobody waits for, one is done in each slice.
    expect(done).to.deep.equal(['judged', 'new', 'newer', 'much', 'flood']);
  });

  for (const limit of [10, 40, 160])
    it(`come later for who has taken ${String(limit)} ms, to whom the next line belongs`, () => {
      const turns = new Turns();
      const done: string[] = [];
      turns.run(share(limit), () => done.push('at the limit'));
      turns.run(share(limit - 0.1), () => done.push('below it'));
      turns.flush();
      expect(done).to.deep.equal(['below it', 'at the limit']);
    });

  it('come now and then for who has taken most, however many have taken less', async () => {
    const turns = new Turns();
    const done: string[] = [];
    for (let work = 0; work < 20; work += 1) turns.run(share(0), () => done.push('new'));
    turns.run(share(500), () => done.push('flood'));
    await turns.next(share(0));
    turns.flush();
    expect(done.indexOf('flood')).to.be.within(0, 10);
  });

  it('come for what takes long while there is ever new work that nobody waits for', async () => {
    const turns = new Turns();
    let steps = 0;
    const others: number[] = [];
    const over = new Promise<void>((resolve) => {
      turns.runInSteps(() => {
        steps += 1;
        if (steps === 3) resolve();
        return steps === 3;
      });
    });
    const again = (): void => {
      others.push(steps);
      if (steps < 3 && others.length < 1_000_000) turns.runBehind(again);
    };
    turns.runBehind(again);
    turns.runBehind(again);
    await over;
    turns.flush();
    expect(others.length, 'works that were done meanwhile').to.be.below(1_000_000);
  });

  it('are given back after a few milliseconds, however much waits', async () => {
    const turns = new Turns();
    const done: number[] = [];
    for (let piece = 0; piece < 40; piece += 1)
      turns.run(share(0), () => {
        busy(2);
        done.push(piece);
      });
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(done.length).to.be.within(1, 20);
    turns.flush();
    expect(done).to.deep.equal([...Array(40).keys()]);
  });

  it('pass while connections come, but not for long', async () => {
    const turns = new Turns();
    let [passed, done] = [0, false];
    turns.run(share(0), () => (done = true));
    for (; !done && passed < 50; passed += 1) {
      turns.hurry();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(passed).to.be.within(2, 10);
  });

  it('pass no longer than connections come', async () => {
    const turns = new Turns();
    let done = false;
    turns.run(share(0), () => (done = true));
    turns.hurry();
    for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(done).to.equal(true);
  });

  it('do in the end what nobody waits for, behind what somebody does', async () => {
    const turns = new Turns();
    const done: string[] = [];
    turns.runBehind(() => done.push('judged'));
    turns.runBehind(() => done.push('told'));
    turns.run(share(0), () => done.push('read'));
    await turns.finish();
    expect(done).to.deep.equal(['read', 'judged', 'told']);
  });

  it('do what is left, and what that causes, without keeping the event loop', async () => {
    const turns = new Turns();
    const done: string[] = [];
    let ticks = 0;
    const clock = setInterval(() => (ticks += 1), 1);
    for (let piece = 0; piece < 10; piece += 1)
      turns.run(share(0), () => {
        busy(5);
        turns.runBehind(() => done.push(`judged ${String(piece)}`));
      });
    await turns.finish();
    clearInterval(clock);
    expect(done).to.deep.equal(Array.from({ length: 10 }, (_, piece) => `judged ${String(piece)}`));
    expect(ticks).to.be.above(2);
  });

  for (const [what, give] of [
    ['one work', (turns: Turns, done: () => void) => turns.run(share(0), done)],
    ['one work that nobody waits for', (turns: Turns, done: () => void) => turns.runBehind(done)],
    ['the one that waits for its turn', (turns: Turns, done: () => void) => void turns.next(share(0)).then(done)],
  ] as const)
    it(`come for ${what} that is left when a slice is over`, async () => {
      const turns = new Turns();
      await new Promise<void>((resolve) => {
        turns.run(share(0), () => {
          busy(20);
          give(turns, resolve);
        });
      });
    });

  it('count what a work causes before the next one begins', async () => {
    const turns = new Turns();
    const mine = share(0);
    const order: string[] = [];
    turns.run(mine, () => {
      void Promise.resolve()
        .then(() => undefined)
        .then(() => {
          busy(3);
          order.push('caused');
        });
    });
    await turns.next(share(0)).then(() => order.push('next'));
    expect(order).to.deep.equal(['caused', 'next']);
    expect(mine.taken).to.be.at.least(3);
  });

  it('do not count for long that another process had the machine', async () => {
    const turns = new Turns();
    const mine = share(0);
    turns.run(mine, () => {
      busy(60);
    });
    await turns.next(share(0));
    expect(mine.taken).to.be.within(3, 5);
  });

  it('go on after a work that throws', async () => {
    const turns = new Turns();
    const thrown: unknown[] = [];
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.once('uncaughtException', (error) => thrown.push(error));
    turns.run(share(0), () => {
      throw new Error('of its caller');
    });
    await turns.next(share(0));
    for (const listener of listeners) process.on('uncaughtException', listener);
    expect(thrown).to.have.length(1);
  });
});
