import { spawnSync } from 'node:child_process';

it('leaves an orphan in a session of its own', () => {
  spawnSync('sh', ['-c', 'setsid sleep 20 </dev/null >/dev/null 2>&1 &'], { stdio: 'ignore' });
});
