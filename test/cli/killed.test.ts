import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { commandLine } from '../support/built.js';
import { cellAvailability } from '../../src/place/cell.js';
import { skipUnlessRequired } from '../support/real.js';
import { processesIn, until } from '../support/processes.js';
import { it } from '../support/in-turn.js';

/** Commands in the middle of their work: `{silent}` is the port of a server that never says a word. */
const ROWS: readonly {
  readonly name: string;
  readonly args: readonly string[];
  readonly children: number;
  readonly cell?: true;
}[] = [
  {
    name: 'test',
    args: [
      'test',
      '--no-self-test',
      '--protocol',
      'imap',
      '--tls',
      'starttls',
      '--shell',
      '--',
      'sleep 300 & setsid sleep 300 & sleep 300',
    ],
    children: 4,
  },
  {
    name: 'test in a cell',
    args: [
      'test',
      '--no-self-test',
      '--place',
      'cell',
      '--protocol',
      'imap',
      '--tls',
      'starttls',
      '--shell',
      '--',
      'sleep 300 & setsid sleep 300',
    ],
    children: 3,
    cell: true,
  },
  { name: 'audit', args: ['audit', 'imap://127.0.0.1:{silent}'], children: 1 },
  { name: 'proxy', args: ['proxy', 'imap://127.0.0.1:{silent}', '--scenario', 'starttls-not-offered'], children: 1 },
  { name: 'serve', args: ['serve', '--protocol', 'imap', '--tls', 'starttls'], children: 1 },
  { name: 'demo', args: ['demo'], children: 1 },
];

describe('waxseal killed with SIGKILL in the middle', () => {
  for (const row of ROWS) {
    it(`leaves no process behind: ${row.name}`, async function () {
      this.timeout(60_000);
      const cell = await cellAvailability();
      if (row.cell === true && !cell.available) skipUnlessRequired(this, cell.why);
      const silent = createServer();
      await once(silent.listen(0, '127.0.0.1'), 'listening');
      const folder = mkdtempSync(join(tmpdir(), 'killed-'));
      try {
        const args = row.args.map((arg) => arg.replace('{silent}', String((silent.address() as AddressInfo).port)));
        const waxseal = spawn(process.execPath, [commandLine(), ...args], {
          env: { ...process.env, TMPDIR: folder },
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        const exited = once(waxseal, 'exit');
        const tooEarly = exited.then(([code]) => {
          throw new Error(`waxseal ended by itself with ${String(code)}`);
        });
        const sign =
          row.name === 'audit'
            ? once(silent, 'connection')
            : Promise.race([once(waxseal.stdout, 'data'), once(waxseal.stderr, 'data')]);
        const middle =
          row.children > 1
            ? until(`${String(row.children)} processes`, () => processesIn(folder).length >= row.children, 50_000)
            : sign;
        await Promise.race([middle, tooEarly]);
        tooEarly.catch(() => undefined);
        waxseal.kill('SIGKILL');
        await exited;
        await until('no process is left', () => processesIn(folder).length === 0);
        expect(processesIn(folder)).to.deep.equal([]);
      } finally {
        silent.close();
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});
