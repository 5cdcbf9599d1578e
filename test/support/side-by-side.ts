import Mocha from 'mocha';
import { Ahead } from './ahead.js';
import { declaringLine, isDue } from './in-turn.js';

/** Declares one test, as `it` does. */
export type Declare = (title: string, body: () => Promise<void>) => Mocha.Test;

/**
 * In place of `it` for tests that mostly wait: up to `atOnce` bodies of this group run side by side, begun ahead of the test that tells
 * their outcome. To be called inside the `describe` whose tests it declares, so that its `before` hooks have run; not for bodies
 * that measure time or count what the process holds. Rows that one line declares take turns, as with
 * `it` in in-turn.ts, unless `extent` is `all`.
 */
export const sideBySide = (atOnce = 4, extent: 'in turn' | 'all' = 'in turn'): Declare => {
  const bodies: (() => Promise<void>)[] = [];
  const outcomes = new Ahead(bodies, (body) => body(), { atOnce, most: 2 * atOnce });
  after(() => outcomes.stop());
  const declare: Declare = (title, body) => {
    if (extent === 'in turn' && !isDue(declaringLine(declare))) return new Mocha.Test(title);
    const index = bodies.push(body) - 1;
    return it(title, () => outcomes.outcome(index));
  };
  return declare;
};
