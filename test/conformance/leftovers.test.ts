import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isThorough } from '../support/representative.js';
import { itOf } from '../support/in-turn.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What each of them leaves, as the run complains of it: the orphan is the second process that outlives the run. */
const LEFTOVERS = [
  ['server', /left over after the tests: .*TCPServerWrap/],
  ['timer', /left over after the tests: .*Timeout/],
  ['child', /left over after the tests: .*child \d+ \(sleep/],
  ['orphan', /left over after the run:(\n\d+ \(sleep.*){2}/],
] as const;

describe('what a test leaves behind fails the run', function () {
  const it = itOf('leftovers');
  this.timeout(60_000);

  before(function () {
    if (!existsSync('/proc/self/stat')) this.skip();
  });

  it('nothing', async () => {
    const { code, output } = await mocha(['--no-parallel', 'test/support/untidy/nothing.ts'], 10_000);
    expect(output).to.include('1 passing').and.not.include('left over');
    expect(code).to.equal(0);
  });

  // In one process the complaint comes once for all files, with all that is left; side by side there is one a file.
  for (const mode of isThorough() ? ['--no-parallel', '--parallel --jobs 2'] : ['--parallel --jobs 2'])
    it(`${LEFTOVERS.map(([name]) => name).join(', ')} ${mode}`, async () => {
      const { code, output } = await mocha(
        [...mode.split(' '), ...LEFTOVERS.map(([name]) => `test/support/untidy/${name}.ts`)],
        200,
      );
      expect(output).to.include(`${String(LEFTOVERS.length)} passing`);
      for (const [, complaint] of LEFTOVERS) expect(output).to.match(complaint);
      expect(code).to.be.greaterThan(0);
      for (const [, pid] of output.matchAll(/(\d+) \(sleep/g)) stop(Number(pid));
    });
});

type Outcome = { code: number; output: string };

const mocha = (args: string[], patience: number): Promise<Outcome> => {
  // A run of its own, not a part of this one.
  const { WAXSEAL_TEST_RUN: _run, MOCHA_WORKER_ID: _worker, ...inherited } = process.env;
  const env = { ...inherited, WAXSEAL_TEST_PATIENCE_MS: String(patience) };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['node_modules/mocha/bin/mocha.js', ...args],
      { cwd: root, env },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
};

const stop = (pid: number): void => {
  try {
    process.kill(pid);
  } catch {
    // It has ended by itself.
  }
};
