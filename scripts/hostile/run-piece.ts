/** The process of one piece: `run-piece.ts ID OPTIONS-AS-JSON`, started by the frame. */
import { readFileSync } from 'node:fs';
import { LoopWatch } from './loop-watch.js';
import type { Piece, PieceOptions, Report } from './piece.js';

const [id = '', options = '{}'] = process.argv.slice(2);
const { default: piece } = (await import(`./pieces/${id}.js`)) as { default: Piece };
const loop = new LoopWatch();
const began = performance.now();
const outcome = await piece.run({
  ...(JSON.parse(options) as Omit<PieceOptions, 'log'>),
  log: (line) => process.stderr.write(`  ${id}: ${line}\n`),
});
const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]) / 1024;
const report: Report = {
  id: piece.id,
  title: piece.title,
  seconds: Math.round((performance.now() - began) / 100) / 10,
  rss: Math.round(peak),
  block: loop.longest,
  notes: [],
  ...outcome,
};
process.send?.(report, () => process.exit(0));
