import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { Rest } from '../../src/stage/rest.js';
import { heldUp } from '../support/held-up.js';

const afterTimers = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

describe('the rest of a client', () => {
  it('does not begin while the process is held up, and comes then', async () => {
    let said = 0;
    const rest = new Rest(30, { isWaiting: () => false, atRest: () => (said += 1) });
    const over = new Promise((resolve) => {
      rest.signal.addEventListener('abort', resolve);
    });
    rest.delay();
    heldUp(60);
    await afterTimers();
    await turn();
    expect([rest.signal.aborted, said]).to.deep.equal([false, 0]);
    await over;
    expect(said).to.equal(1);
  });

  it('is put off by what happens, and called off at the end', async () => {
    const rest = new Rest(30, { isWaiting: () => false, atRest: () => expect.fail('the client rests') });
    rest.delay();
    rest.delay();
    rest.cancel();
    heldUp(40);
    await afterTimers();
    await turn();
    expect(rest.signal.aborted).to.equal(false);
  });

  it('does not begin while the client waits for an answer of ours', async () => {
    let isWaiting = true;
    let asked = 0;
    const rest = new Rest(5, {
      isWaiting: () => {
        asked += 1;
        isWaiting = asked < 3;
        return isWaiting;
      },
      atRest: () => {
        expect(isWaiting).to.equal(false);
      },
    });
    const over = new Promise((resolve) => {
      rest.signal.addEventListener('abort', resolve);
    });
    rest.delay();
    await over;
    expect(asked).to.equal(3);
  });
});
