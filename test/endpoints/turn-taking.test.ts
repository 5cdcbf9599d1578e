import { expect } from 'chai';
import { TurnTaking } from '../../src/endpoints/turn-taking.js';

describe('taking turns', () => {
  it('lets one go on in each turn of the event loop, in order', async () => {
    const turns = new TurnTaking();
    let turn = 0;
    const counting = (): void => {
      setImmediate(() => {
        turn += 1;
        if (!isOver) counting();
      });
    };
    let isOver = false;
    counting();
    const went: [name: string, turn: number][] = [];
    const wait = async (name: string): Promise<void> => {
      await turns.next();
      went.push([name, turn]);
    };
    await Promise.all(['a', 'b', 'c'].map(wait));
    isOver = true;
    expect(went.map(([name]) => name)).to.deep.equal(['a', 'b', 'c']);
    expect(new Set(went.map(([, at]) => at)).size).to.equal(3);
  });
});
