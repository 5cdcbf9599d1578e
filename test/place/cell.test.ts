import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { cell, cellAddress, cellAvailability, isInCell } from '../../src/place/cell.js';
import { sessionOwner } from '../../src/place/visit-home.js';
import { processesWith, until } from '../support/processes.js';
import { readableCopy, type ReadableCopy } from '../support/readable-copy.js';
import { it } from '../support/in-turn.js';

const inmate = fileURLToPath(new URL('cell-inmate.ts', import.meta.url));
const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
const isRoot = process.geteuid?.() === 0;

describe('addresses in a cell', () => {
  it('are unique to each visit and machine, and never 127.0.0.1', () => {
    const visits = Array.from({ length: 1000 }, (_, visit) => visit);
    const all = visits.flatMap((visit) => [cellAddress(visit), cellAddress(visit, 'attacker')]);
    expect(new Set(all).size).to.equal(2000);
    for (const address of all)
      expect(address).to.match(
        /^127\.0\.([2-9]|[1-9]\d|1\d\d|2[0-4]\d|25[0-4])\.([1-9]|[1-9]\d|1\d\d|2[0-4]\d|25[0-4])$/,
      );
  });
  it('are valid for any visit', () => expect(cellAddress(1e9)).to.match(/^127\.0\.\d+\.\d+$/));
});

for (const { user, prefix } of [
  { user: 'our own user', prefix: [] as string[] },
  { user: 'an unprivileged user', prefix: asNobody },
]) {
  describe(`cell, ${user}`, function () {
    before(async function () {
      if (prefix.length > 0 && !isRoot) this.skip();
      if (!(await cellAvailability()).available) this.skip();
      copy = readableCopy(inmate, ['src', 'src/place'], prefix);
    });
    after(() => {
      copy?.[Symbol.dispose]();
    });
    let copy: ReadableCopy | undefined;
    const start = (...args: string[]): ChildProcess & { stdout: NonNullable<ChildProcess['stdout']> } => {
      const [file = '', ...rest] = [...prefix, copy?.node ?? process.execPath, copy?.script ?? inmate, ...args];
      return spawn(file, rest, { cwd: '/', stdio: ['pipe', 'pipe', 'inherit'], env: { PATH: process.env['PATH'] } });
    };
    const text = async (child: ReturnType<typeof start>): Promise<string> => {
      let all = '';
      child.stdout.on('data', (chunk: Buffer) => (all += chunk.toString()));
      await once(child, 'close');
      return all;
    };

    it('gives each visit names and well-known ports of its own, and no other network', async () => {
      const child = start('facts', 'a b', '*');
      const facts = JSON.parse(await text(child)) as Record<string, unknown>;
      expect(facts).to.deep.include({
        visits: [0, 1, 2].map((visit) => `${cellAddress(visit)} visit ${visit} from 127.0.0.1\n`),
        interfaces: ['lo'],
        strategy: 'namespace',
        arguments: ['a b', '*'],
      });
      // The owner is the process outside, which a later session can still look up.
      expect(facts['owner']).to.match(
        new RegExp(`^${child.pid} \\d+ ${(sessionOwner().split(' ')[2] ?? '').replace(/[[\]]/g, '\\$&')}$`),
      );
    });

    it('hands the exit code, streams and signals through', async () => {
      const echo = start('echo');
      echo.stdin?.end('through');
      const [code, crash] = [start('code'), start('crash')];
      const ends = Promise.all([once(code, 'exit'), once(crash, 'exit')]);
      expect(await text(echo)).to.equal('through');
      expect(await ends).to.deep.equal([
        [42, null],
        [139, null],
      ]);
      const waiting = start(`sleep 1${randomInt(1e8, 1e9)}`);
      await once(waiting.stdout, 'data');
      waiting.kill('SIGTERM');
      expect(await once(waiting, 'exit')).to.deep.equal([43, null]);
    });

    it('ends with its owner, with all that runs inside', async () => {
      const sleep = `sleep 1${randomInt(1e8, 1e9)}`;
      const child = start(sleep);
      await once(child.stdout, 'data');
      await until('it sleeps', () => processesWith(sleep.slice(6)).length > 0);
      child.kill('SIGKILL');
      await until('nothing is left', () => processesWith(sleep.slice(6)).length === 0);
    });
  });
}

describe('where no cell can be made', () => {
  it('says why, and throws nothing', function () {
    if (!isRoot) this.skip();
    const script = `import { cellAvailability } from ${JSON.stringify(new URL('../../src/place/cell.ts', import.meta.url).href)};
      console.log(JSON.stringify(await cellAvailability()));`;
    // Inside a user namespace that may hold no further ones, in a process without any capability.
    const result = spawnSync(
      'unshare',
      [
        '-Ur',
        'sh',
        '-c',
        'echo 0 >/proc/sys/user/max_user_namespaces; echo 0 >/proc/sys/user/max_net_namespaces; exec "$@"',
        'sh',
        process.execPath,
        '--import',
        'tsx',
        '--input-type=module',
        '-e',
        script,
      ],
      { encoding: 'utf8' },
    );
    const said = JSON.parse(result.stdout) as { available: boolean; why?: string };
    expect(said.available).to.equal(false);
    expect(said.why).to.match(/user namespaces/);
  });
  it('is known outside a cell', () =>
    expect([isInCell(), cell.provides]).to.deep.equal([false, ['names', 'well-known-ports']]));
});
