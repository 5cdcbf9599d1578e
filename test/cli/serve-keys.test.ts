import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { commandLine } from '../support/built.js';

describe('waxseal serve --rotate key', () => {
  it('goes on to the next scenario after each line, where the input is no terminal', async function () {
    this.timeout(30_000);
    const child = spawn(
      process.execPath,
      [
        ...[commandLine(), 'serve', '--protocol', 'imap', '--tls', 'starttls', '--rotate', 'key'],
        ...['--scenario', 'starttls-not-offered', '--scenario', 'starttls-hidden'],
      ],
      { stdio: ['pipe', 'pipe', 'pipe'] },
    );
    let printed = '';
    child.stdout.on('data', (bytes: Buffer) => (printed += bytes.toString()));
    const said = async (pattern: RegExp): Promise<void> => {
      while (!pattern.test(printed)) await once(child.stdout, 'data');
    };
    await said(/ready; end with Ctrl-C/);
    expect(printed).to.match(/^IMAP, STARTTLS: \S+, \S+ \(the first one now; press a key for the next\)$/m);
    child.stdin.write('\n');
    await said(/^from now on: starttls-not-offered$/m);
    child.stdin.write('\n');
    await said(/^from now on: starttls-hidden$/m);
    child.kill('SIGINT');
    const [code] = (await once(child, 'close')) as [number | null];
    expect(code).to.equal(130);
  });
});
