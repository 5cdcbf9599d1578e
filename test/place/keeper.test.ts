import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { Fault } from '../../src/fault.js';
import { keeperStrategy, startChild, startDaemon, type Child, type ChildOptions } from '../../src/place/keeper.js';
import { processesWith, until } from '../support/processes.js';
import { it } from '../support/in-turn.js';

const PATH = process.env['PATH'] ?? '';
const strategies = ['namespace', 'watchdog'] as const;

/** A `sleep` that can be found again: its length is unlike any other. */
const longSleep = (): string => `sleep 1${randomInt(1e8, 1e9)}`;

for (const strategy of strategies) {
  describe(`keeper, ${strategy}`, function () {
    let folder = '';
    before(async function () {
      if (strategy === 'namespace' && (await keeperStrategy()) !== 'namespace') this.skip();
      folder = mkdtempSync(join(tmpdir(), 'keeper-test-'));
    });
    after(() => {
      if (folder !== '') rmSync(folder, { recursive: true });
    });
    const sh = (script: string, more: Partial<ChildOptions> = {}): Promise<Child> =>
      startChild(['sh', '-c', script], { cwd: folder, env: { PATH }, strategy, ...more });

    for (const row of [
      { title: 'success', script: 'exit 0', end: { code: 0 } },
      { title: 'a code', script: 'exit 7', end: { code: 7 } },
      { title: 'a signal', script: 'kill -SEGV $$', end: { signal: 'SIGSEGV' } },
    ]) {
      it(`tells how the command ended: ${row.title}`, async () => {
        await using child = await sh(row.script);
        expect(await child.leaderExited).to.deep.equal(row.end);
        await child.treeEmpty;
        expect(child.output()).to.deep.equal({ stdout: '', stderr: '', truncated: false });
      });
    }

    it('delivers all output before it calls the tree empty', async () => {
      await using child = await sh('echo out; echo err >&2; head -c 100000 /dev/zero | tr "\\0" x');
      await child.treeEmpty;
      const { stdout, stderr, truncated } = child.output();
      expect(stdout).to.equal(`out\n${'x'.repeat(100_000)}`);
      expect(stderr).to.equal('err\n');
      expect(truncated).to.equal(false);
    });

    it('bounds output, and lets the command finish', async () => {
      await using child = await sh('head -c 3000000 /dev/zero | tr "\\0" x; echo end >&2', { outputLimit: 1000 });
      expect(await child.leaderExited).to.deep.equal({ code: 0 });
      await child.treeEmpty;
      expect(child.output()).to.deep.equal({ stdout: 'x'.repeat(1000), stderr: 'end\n', truncated: true });
    });

    it('keeps the last output of a daemon', async () => {
      await using child = await startDaemon(['sh', '-c', 'seq 1 10000'], {
        cwd: folder,
        env: { PATH },
        strategy,
        outputLimit: 12,
      });
      await child.treeEmpty;
      expect(child.output()).to.deep.include({ stdout: '\n9999\n10000\n', truncated: true });
    });

    it('closes input, or feeds it', async () => {
      await using closed = await sh('cat; echo end');
      await using fed = await sh('cat', { input: Buffer.from('given') });
      await Promise.all([closed.treeEmpty, fed.treeEmpty]);
      expect(closed.output().stdout).to.equal('end\n');
      expect(fed.output().stdout).to.equal('given');
    });

    it('passes exactly the environment, the folder and the arguments', async () => {
      await using child = await startChild(['sh', '-c', 'echo "$A|$HOME|$(pwd)|$1"', 'name', 'a b*$X'], {
        cwd: folder,
        env: { PATH, A: '1 2' },
        strategy,
      });
      await child.treeEmpty;
      expect(child.output().stdout).to.equal(`1 2||${folder}|a b*$X\n`);
    });

    it('takes the terminal away', async () => {
      await using child = await sh('(: >/dev/tty) 2>/dev/null && echo open || echo none');
      await child.treeEmpty;
      expect(child.output().stdout).to.equal('none\n');
    });

    it('leaves SIGINT as it is by default', async () => {
      await using child = await sh('kill -INT $$; echo survived');
      expect(await child.leaderExited).to.deep.equal({ signal: 'SIGINT' });
    });

    for (const row of [
      { title: 'in the background', script: '(sleep 0.2; echo late) & exit 3' },
      { title: 'in a session of its own', script: "setsid sh -c 'sleep 0.2; echo late' & exit 3" },
      { title: 'of a double fork', script: "(setsid sh -c '(sleep 0.2; echo late) & exit 0' & exit 0); exit 3" },
      {
        title: 'that keeps forking',
        script: "setsid sh -c 'sleep 0.05; (sleep 0.05; (sleep 0.1; echo late) &) & exit 0' & exit 3",
      },
    ]) {
      it(`waits for a descendant ${row.title}`, async () => {
        await using child = await sh(row.script);
        expect(await child.leaderExited).to.deep.equal({ code: 3 });
        expect(child.output().stdout).to.equal('');
        await child.treeEmpty;
        expect(child.output().stdout).to.equal('late\n');
      });
    }

    it('survives a command that kills its own group', async () => {
      await using child = await sh(
        "rm -f up; setsid sh -c 'touch up; sleep 0.2; echo late' & until [ -f up ]; do :; done; trap '' TERM; kill -TERM 0; trap - TERM; exit 4",
      );
      expect(await child.leaderExited).to.deep.equal({ code: 4 });
      await child.treeEmpty;
      expect(child.output().stdout).to.equal('late\n');
    });

    for (const row of [
      {
        title: 'that ends on SIGTERM',
        script: (sleep: string) => `trap 'echo bye; exit 5' TERM; ${sleep} & echo up; wait`,
        end: { code: 5 },
      },
      {
        title: 'that ignores SIGTERM',
        script: (sleep: string) => `trap '' TERM; echo up; ${sleep} & wait; ${sleep}`,
        end: { signal: 'SIGKILL' },
      },
    ]) {
      it(`stops a tree ${row.title}`, async () => {
        const sleep = longSleep();
        await using child = await sh(row.script(sleep), { grace: 300 });
        await until('the child is up', () => child.output().stdout === 'up\n');
        await child.stop();
        expect(await child.leaderExited).to.deep.equal(row.end);
        await child.treeEmpty;
        // The kernel takes a killed namespace down after its processes have let go of their streams.
        await until('no process is left', () => processesWith(sleep.slice(6)).length === 0);
      });
    }

    it('can be stopped twice, and after the end', async () => {
      await using child = await sh('exit 0');
      await child.treeEmpty;
      await child.stop();
      await child.stop();
    });

    it('leaves nothing behind when its owner is killed', async () => {
      const sleep = longSleep();
      const script = `setsid ${sleep} & (setsid sh -c '${sleep} & ${sleep}' &); env -i setsid ${sleep} & echo up; ${sleep}`;
      const owner = spawn(
        process.execPath,
        ['--import', 'tsx', fileURLToPath(new URL('owner.ts', import.meta.url)), strategy, script],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      await once(owner.stdout, 'data');
      await until('all five sleep', () => processesWith(sleep.slice(6)).length >= 5);
      owner.kill('SIGKILL');
      await until('nobody sleeps', () => processesWith(sleep.slice(6)).length === 0);
    });

    it('leaves nothing behind when its owner is killed after the command itself ended', async () => {
      const sleep = longSleep();
      const owner = spawn(
        process.execPath,
        ['--import', 'tsx', fileURLToPath(new URL('owner.ts', import.meta.url)), strategy, `setsid ${sleep} & exit 0`],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      await once(owner.stdout, 'data');
      await until('it sleeps', () => processesWith(sleep.slice(6)).length >= 1);
      owner.kill('SIGKILL');
      await until('nobody sleeps', () => processesWith(sleep.slice(6)).length === 0);
    });

    it('keeps many trees apart', async () => {
      const children = await Promise.all(Array.from({ length: 12 }, (_, index) => sh(`echo ${index}; exit ${index}`)));
      await Promise.all(children.map((child) => child.treeEmpty));
      expect(await Promise.all(children.map((child) => child.leaderExited))).to.deep.equal(
        children.map((_, code) => ({ code })),
      );
      expect(children.map((child) => child.output().stdout)).to.deep.equal(children.map((_, index) => `${index}\n`));
    });

    it('replaces the hosts file, or says that it cannot', async () => {
      writeFileSync(join(folder, 'hosts'), '127.0.9.9 mail.lab.test\n');
      const starting = sh('getent hosts mail.lab.test; cat /etc/hosts', { hostsFile: join(folder, 'hosts') });
      if (strategy === 'watchdog') {
        expect(await starting.then(String, (error: unknown) => error))
          .to.be.instanceOf(Fault)
          .with.property('code', 'CANNOT_START');
        return;
      }
      await using child = await starting;
      await child.treeEmpty;
      expect(child.output().stdout).to.match(/^127\.0\.9\.9 +mail\.lab\.test\n127\.0\.9\.9 mail\.lab\.test\n$/);
    });

    const hasBundle = existsSync('/etc/ssl/certs/ca-certificates.crt');
    if (strategy === 'namespace' && hasBundle)
      it('replaces the trusted authorities of the system', async () => {
        const trustFolder = mkdtempSync(join(folder, 'trust-'));
        for (const name of ['0123abcd.0', 'ca-certificates.crt']) writeFileSync(join(trustFolder, name), name);
        writeFileSync(join(folder, 'ca.pem'), 'ours\n');
        const look = 'cat /etc/ssl/certs/ca-certificates.crt; ls /etc/ssl/certs | wc -l';
        await using file = await sh(look, { trustBundle: join(folder, 'ca.pem') });
        await using both = await sh(look, { trustBundle: join(folder, 'ca.pem'), trustFolder });
        await Promise.all([file.treeEmpty, both.treeEmpty]);
        expect(file.output().stdout).to.match(/^ours\n\d+\n$/);
        expect(both.output().stdout).to.equal('ours\n2\n');
      });
  });
}

describe('commands that cannot be started', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'keeper-test-'));
    writeFileSync(join(folder, 'plain'), 'text');
    writeFileSync(join(folder, 'orphan'), '#!/nowhere/interpreter\n', { mode: 0o755 });
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const row of [
    { title: 'no name', command: () => [], says: /after --/ },
    { title: 'not in PATH', command: () => ['no-such-mail-client'], says: /not in PATH/ },
    { title: 'no such file', command: () => [join(folder, 'missing')], says: /there is no file/ },
    { title: 'not executable', command: () => [join(folder, 'plain')], says: /chmod \+x/ },
    { title: 'a folder', command: () => [folder], says: /there is no file/ },
    { title: 'no interpreter', command: () => [join(folder, 'orphan')], says: /interpreter .*\/nowhere\/interpreter/ },
  ]) {
    it(row.title, async () => {
      const error = await startChild(row.command(), { cwd: '/', env: { PATH } }).then(
        String,
        (reason: unknown) => reason,
      );
      expect(error).to.be.instanceOf(Fault).with.property('code', 'CANNOT_START');
      expect((error as Fault).message).to.match(row.says);
    });
  }
});
