import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

it('leaves nothing, though it closes a little late', async () => {
  await once(spawn('true', { stdio: 'ignore' }), 'close');
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  setTimeout(() => server.close(), 50);
});
