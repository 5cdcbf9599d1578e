import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { keeperStrategy } from '../../../src/place/keeper.js';
import { processesIn, until } from '../../support/processes.js';

/** Adds tests that a daemon is gone after `stop`, and after its owner was killed, with each keeper. */
export const itLeavesNothingBehind = (name: 'dovecot' | 'postfix'): void => {
  for (const strategy of ['namespace', 'watchdog'] as const) {
    for (const how of ['stop', 'SIGKILL'] as const) {
      it(`leaves no process behind after ${how}, ${strategy}`, async function () {
        if (strategy === 'namespace' && (await keeperStrategy()) !== 'namespace') this.skip();
        const folder = mkdtempSync(join(tmpdir(), 'daemon-test-'));
        const owner = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('owner.ts', import.meta.url)), name, strategy, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
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
