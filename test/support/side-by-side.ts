import { Ahead } from './ahead.js';

/** Declares one test, as `it` does. */
export type Declare = (title: string, body: () => Promise<void>) => Mocha.Test;

/**
 * In place of `it` for tests that mostly wait: up to `atOnce` bodies of this group run side by side, begun ahead of the test that tells
 * their outcome. To be called inside the `describe` whose tests it declares, so that its `before` hooks have run; not for bodies
 * that measure time or count what the process holds.
 */
export const sideBySide = (atOnce = 4): Declare => {
  const bodies: (() => Promise<void>)[] = [];
  const outcomes = new Ahead(bodies, (body) => body(), { atOnce, most: 2 * atOnce });
  after(() => outcomes.stop());
  return (title, body) => {
    const index = bodies.push(body) - 1;
    return it(title, () => outcomes.outcome(index));
  };
};
