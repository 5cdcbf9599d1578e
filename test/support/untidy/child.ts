import { spawn } from 'node:child_process';

it('leaves a child that is not referenced', () => {
  spawn('sleep', ['20'], { stdio: 'ignore' }).unref();
});
