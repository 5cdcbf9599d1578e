import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { commandShapes } from '../../src/cli/program.js';
import { completion } from '../../src/report/completion.js';
import { manualPage } from '../../src/report/manual-page.js';
import { requireReal } from '../support/real.js';

const shapes = commandShapes('1.2.3');

describe('completion, in the shells themselves', () => {
  it('is what fish offers', function () {
    requireReal(this, 'fish');
    const home = mkdtempSync(join(tmpdir(), 'fish-'));
    // Its input must be a file or a pipe, and Node gives sockets.
    writeFileSync(join(home, 'waxseal.fish'), completion('fish', shapes));
    const offered = (line: string): string[] => {
      const { stdout, stderr, status } = spawnSync(
        'fish',
        ['-c', 'source "$HOME/waxseal.fish"; complete -C "$ASKED"'],
        {
          encoding: 'utf8',
          env: { ...process.env, ASKED: line, HOME: home },
        },
      );
      expect(status, stderr).to.equal(0);
      return stdout.split('\n').map((each) => each.split('\t')[0] ?? '');
    };
    expect(offered('waxseal au')).to.include('audit');
    expect(offered('waxseal test --protoc')).to.include('--protocol');
    expect(offered('waxseal test --protocol i')).to.include('imap');
    expect(offered('waxseal audit --depth ')).to.have.members(['quick', 'normal', 'full', '']);
    rmSync(home, { recursive: true });
  });

  it('is read by zsh', function () {
    requireReal(this, 'zsh');
    const { status, stderr } = spawnSync(
      'zsh',
      [
        '-f',
        '-c',
        'autoload -U compinit; compinit -u -D; eval "$(cat)"; whence -w _waxseal; [[ $_comps[waxseal] == _waxseal ]]',
      ],
      { input: completion('zsh', shapes), encoding: 'utf8' },
    );
    expect(status, stderr).to.equal(0);
  });

  it('a manual page is without fault for mandoc', function () {
    requireReal(this, 'mandoc');
    const { stdout, stderr } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning'], {
      input: manualPage('1.2.3', shapes),
      encoding: 'utf8',
    });
    // It has no date: the version says enough, and a generated page must not change every day.
    expect(
      `${stdout}${stderr}`.split('\n').filter((line) => line !== '' && !line.includes('missing date')),
    ).to.deep.equal([]);
  });
});
