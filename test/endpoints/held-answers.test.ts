import { expect } from 'chai';
import { setImmediate as turn } from 'node:timers/promises';
import { HeldAnswers } from '../../src/endpoints/held-answers.js';

const HOUR = 3_600_000;

/** What is held back for an hour, and the client has said so many words behind it; `isOver` once the event loop has gone round with all timers run at once. */
const heldFor = async (words: number, ms = HOUR): Promise<{ isOver: boolean; waits: readonly number[] }> => {
  const { setTimeout: real } = globalThis;
  const waits: number[] = [];
  globalThis.setTimeout = ((over: () => void, after: number) => {
    waits.push(after);
    return real(over, after >= HOUR ? after : 0);
  }) as typeof setTimeout;
  const held = new HeldAnswers({ ms, listens: true });
  try {
    let isOver = false;
    held.spoken();
    held.add(() => Promise.resolve());
    held.over?.then(
      () => (isOver = true),
      () => undefined,
    );
    for (let word = 0; word < words; word += 1) held.spoken();
    await new Promise((resolve) => real(resolve, 5));
    await turn();
    return { isOver, waits };
  } finally {
    held.take();
    globalThis.setTimeout = real;
  }
};

describe('answers that are held back while the client is listened to', () => {
  it('wait for as long as was said, where the client waits too', async () => {
    expect(await heldFor(0)).to.deep.equal({ isOver: false, waits: [HOUR] });
  });

  it('go out soon after its next word: it has shown that it does not wait', async () => {
    expect(await heldFor(1)).to.deep.equal({ isOver: true, waits: [HOUR, 400] });
  });

  it('are not put off by each further word', async () => {
    expect((await heldFor(5)).waits).to.deep.equal([HOUR, 400]);
  });

  it('wait no longer where they were to go out as soon', async () => {
    expect((await heldFor(1, 80)).waits).to.deep.equal([80]);
  });
});
