import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

const rows = [
  ['nothing', undefined],
  ['server', 'TCPServerWrap'],
  ['timer', 'Timeout'],
  ['child', 'child \\d+ \\(sleep'],
  ['orphan', '\\d+ \\(sleep'],
] as const;

describe('what a test leaves behind fails the run', () => {
  before(function () {
    if (!existsSync('/proc/self/stat')) this.skip();
  });

  for (const mode of ['--parallel', '--no-parallel']) {
    for (const [name, leftover] of rows) {
      it(`${name} ${mode}`, async () => {
        const { code, output } = await mocha(
          [mode, `test/support/untidy/${name}.ts`],
          leftover === undefined ? 10_000 : 200,
        );
        if (leftover === undefined) {
          expect(output).to.include('1 passing').and.not.include('left over');
          expect(code).to.equal(0);
        } else {
          expect(output)
            .to.include('1 passing')
            .and.match(new RegExp(`left over[^]*${leftover}`));
          expect(code).to.be.greaterThan(0);
        }
        for (const [, pid] of output.matchAll(/(\d+) \(sleep/g)) stop(Number(pid));
      });
    }
  }
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
