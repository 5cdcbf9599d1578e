import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { cellAvailability } from '../../../src/place/cell.js';
import { keeperStrategy } from '../../../src/place/keeper.js';
import { skipUnlessRequired } from '../../support/real.js';
import { processesIn, until } from '../../support/processes.js';
import { readableCheckout } from '../../support/readable-checkout.js';

/** Adds tests that a daemon is gone after `stop`, and after its owner was killed, with each keeper. */
export const itLeavesNothingBehind = (name: 'dovecot' | 'postfix'): void => {
  for (const strategy of ['namespace', 'watchdog'] as const) {
    for (const how of ['stop', 'SIGKILL'] as const) {
      it(`leaves no process behind after ${how}, ${strategy}`, async function () {
        if (strategy === 'namespace' && (await keeperStrategy()) !== 'namespace') this.skip();
        const folder = mkdtempSync(join(tmpdir(), 'daemon-test-'));
        chmodSync(folder, 0o755);
        const owner = spawn(
          process.execPath,
          ['--import', 'tsx', fileURLToPath(new URL('owner.ts', import.meta.url)), name, strategy, folder],
          { stdio: ['pipe', 'pipe', 'inherit'] },
        );
        await once(owner.stdout, 'data');
        expect(processesIn(folder)).to.have.length.of.at.least(3);
        const gone = once(owner, 'exit');
        if (how === 'stop') owner.stdin.end();
        else owner.kill('SIGKILL');
        await gone;
        await until('no process is left', () => processesIn(folder).length === 0, how === 'stop' ? 50 : 10_000);
        if (how === 'stop') expect(readdirSync(folder)).to.deep.equal([]);
      });
    }
  }
};

/** Adds tests that a daemon starts and lets its account in wherever waxseal runs: which ports, and as whom. */
export const itServes = (
  name: 'dovecot' | 'postfix',
  rows: readonly {
    title: string;
    prefix?: readonly string[];
    place?: 'cell';
    env?: Record<string, string>;
    ports: unknown;
    logins: RegExp;
  }[],
): void => {
  for (const { title, prefix = [], place = 'loopback', env = {}, ports, logins } of rows) {
    it(`serves ${title}`, async function () {
      if (prefix.length > 0 && process.geteuid?.() !== 0) skipUnlessRequired(this, 'only root can become another user');
      if (place === 'cell' && !(await cellAvailability()).available) this.skip();
      const base = mkdtempSync(join(tmpdir(), 'daemon-test-'));
      const folder = join(base, 'work');
      mkdirSync(folder);
      for (const path of [base, folder]) chmodSync(path, 0o777);
      const script = fileURLToPath(new URL('owner.ts', import.meta.url));
      using checkout = prefix.length > 0 ? readableCheckout() : undefined;
      const [file, ...rest] = [
        ...(checkout?.prefix ?? []),
        ...prefix,
        process.execPath,
        '--import',
        'tsx',
        checkout?.at(script) ?? script,
        name,
        'best',
        folder,
        place,
      ];
      const owner = spawn(file, rest, {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { PATH: process.env['PATH'], TMPDIR: base, ...env },
      });
      const gone = once(owner, 'exit');
      const said = JSON.parse(String((await Promise.race([once(owner.stdout, 'data'), gone]))[0])) as {
        ports: number[];
        logins: string[];
      };
      owner.stdin.end();
      await gone;
      if (ports !== 'free') expect(said.ports).to.deep.equal(ports);
      for (const login of said.logins) expect(login).to.match(logins);
      expect(readdirSync(folder)).to.deep.equal([]);
    });
  }
};

/** A prefix that runs a command as somebody without any rights. */
export const AS_NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
