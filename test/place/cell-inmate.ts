// Started by tests: goes into a cell and reports from inside what a visit there sees.
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';

import { cell, isInCell, reexecInCell } from '../../src/place/cell.js';
import { keeperStrategy, startChild } from '../../src/place/keeper.js';
import { sessionOwner } from '../../src/place/visit-home.js';

const facts = async (): Promise<unknown> => {
  const folder = mkdtempSync(join(tmpdir(), 'cell-test-'));
  const visits = await Promise.all(
    [0, 1, 2].map(async (visit) => {
      const site = cell.site(visit, mkdtempSync(join(folder, 'visit-')));
      const server = createServer((socket) => socket.end(`visit ${visit} from ${socket.remoteAddress ?? ''}\n`));
      await new Promise<void>((resolve) => server.listen(site.port(25), site.addresses[0], resolve));
      await using child = await startChild([process.execPath, '-e', CLIENT], {
        cwd: folder,
        env: { PATH: process.env['PATH'] ?? '' },
        ...site.child,
      });
      await child.treeEmpty;
      server.close();
      return child.output().stdout + child.output().stderr;
    }),
  );
  return {
    visits,
    interfaces: Object.keys(networkInterfaces()),
    strategy: await keeperStrategy(),
    owner: sessionOwner(),
    arguments: process.argv.slice(3),
  };
};

const CLIENT = `
require('node:dns').lookup('mail.lab.test', { family: 4, hints: require('node:dns').ADDRCONFIG }, (error, address) => {
  if (error) return console.log(error.message);
  require('node:net').connect(25, 'mail.lab.test').on('data', (data) => process.stdout.write(address + ' ' + data));
});`;

const mode = process.argv[2];
if (!isInCell()) process.exitCode = await reexecInCell();
else if (mode === 'facts') process.stdout.write(JSON.stringify(await facts()));
else if (mode === 'code') process.exitCode = 42;
else if (mode === 'crash') process.kill(process.pid, 'SIGSEGV');
else if (mode === 'echo') process.stdin.pipe(process.stdout);
else {
  await startChild(['sh', '-c', `exec ${mode ?? ''}`], { cwd: '/', env: { PATH: process.env['PATH'] ?? '' } });
  process.on('SIGTERM', () => process.exit(43));
  process.stdout.write('up\n');
}
