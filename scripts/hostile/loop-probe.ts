/** Preloaded into a process of waxseal: writes the longest block of its event loop since the last line to descriptor 3, four times a second. */
import { writeSync } from 'node:fs';
import { LoopWatch } from './loop-watch.js';

const watch = new LoopWatch();
setInterval(() => {
  try {
    writeSync(3, `${String(watch.longest)}\n`);
  } catch {
    // Nobody listens any more, or not fast enough.
  }
  watch.reset();
}, 250).unref();
