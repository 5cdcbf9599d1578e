// Started by tests as a process of its own, in order to be killed: keeps one child and says when it runs.
import { startChild, type KeeperStrategy } from '../../src/place/keeper.js';

const [strategy, script = ''] = process.argv.slice(2);
const child = await startChild(['sh', '-c', script], {
  cwd: '/',
  env: { PATH: process.env['PATH'] ?? '' },
  strategy: strategy as KeeperStrategy,
  onOutput: (_stream, chunk) => process.stdout.write(chunk),
});
await child.leaderExited;
process.stdout.write('leader-gone\n');
setInterval(() => undefined, 1000);
