/** The process of one piece: `run-piece.ts ID OPTIONS-AS-JSON`, started by the frame. */
import { readFileSync } from 'node:fs';
import { LoopWatch } from './loop-watch.js';
import type { Ordered, Piece, Report } from './piece.js';
import { Progress, type Measured } from './progress.js';
import { realNow } from './virtual-clock.js';

const [id = '', text = '{}'] = process.argv.slice(2);
const { progress: file, ...options } = JSON.parse(text) as Ordered;
const { default: piece } = (await import(`./pieces/${id}.js`)) as { default: Piece };
const loop = new LoopWatch();
const began = realNow();
const progress = new Progress(file, options.seed);
const measured = (): Measured => ({
  rss: Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]) / 1024),
  block: loop.longest,
});
const outcome = await piece.run({
  ...options,
  progress,
  measured,
  log: (line) => process.stderr.write(`  ${id}: ${line}\n`),
});
const report: Report = {
  id: piece.id,
  title: piece.title,
  seconds: Math.round((realNow() - began) / 100) / 10,
  ...progress.with(measured()),
  notes: [],
  ...outcome,
};
process.send?.(report, () => process.exit(0));
