import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { commandShapes } from '../../src/cli/program.js';
import { completion } from '../../src/report/completion.js';
import { manualPage } from '../../src/report/manual-page.js';
import { waxseal } from './run-cli.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
const shapes = commandShapes('1.2.3');

/** What bash offers after these words. */
const offered = (...words: string[]): string[] => {
  const script = `${completion('bash', shapes)}
    COMP_WORDS=(waxseal ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${String(words.length)}
    _waxseal; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, error } = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8', cwd: '/' });
  if (error !== undefined) throw error;
  expect(stderr).to.equal('');
  return stdout.split('\n').filter((line) => line !== '');
};

describe('completion', () => {
  it('offers the commands', () => {
    expect(offered('')).to.have.members(shapes.map(({ name }) => name));
    expect(offered('au')).to.deep.equal(['audit']);
  });

  it('offers every option of a command that begins so', () => {
    for (const { name, options } of shapes)
      expect(offered(name, '--'), name).to.have.members([...options.map(({ long }) => long)]);
    expect(offered('test', '--preset', 'curl', '--endpoint')).to.deep.equal(['--endpoint-tls']);
  });

  it('offers the values of an option', () => {
    expect(offered('test', '--protocol', 'i')).to.deep.equal(['imap']);
    expect(offered('proxy', '--interception', '')).to.have.members(['terminate', 'tunnel']);
    expect(offered('completion', '')).to.have.members([...SHELLS]);
  });

  it('offers files where files are taken', () => {
    expect(offered('judge', '/et')).to.include('/etc');
    expect(offered('audit', '--ca', '/et')).to.include('/etc');
  });

  it('leaves what comes after -- to the client’s own program', () => {
    expect(offered('test', '--', '--pro')).to.deep.equal([]);
  });

  for (const shell of SHELLS)
    it(`is printed by waxseal completion ${shell}, and names every command`, async () => {
      const { code, stdout } = await waxseal('completion', shell);
      expect(code).to.equal(0);
      for (const { name, options } of shapes)
        for (const { long } of options) expect(stdout, name).to.contain(long.slice(2));
    });

  it('refuses another shell', async () => {
    const { code, stderr } = await waxseal('completion', 'tcsh');
    expect(code).to.equal(2);
    expect(stderr).to.contain('bash, zsh, fish');
  });
});

describe('the manual page', () => {
  it('has every command and option', () => {
    const page = manualPage('1.2.3', shapes).replaceAll('\\-', '-');
    for (const { name, options } of shapes) {
      expect(page).to.contain(`.SS "waxseal ${name}"`);
      for (const { long } of options) expect(page).to.contain(`\\fB${long}\\fR`);
    }
  });

  it('has no text that is a request', () => {
    const page = manualPage('1', [
      {
        name: 'x',
        summary: '.so /etc/passwd',
        operands: "'ds",
        options: [{ long: '--a', choices: [], description: '\\X"x"\\fB.' }],
      },
    ]);
    const requests = page.split('\n').filter((line) => /^[.']/.test(line));
    for (const line of requests) expect(line).to.match(/^\.(TH|SH|SS|PP|TP|nf|fi)\b/);
    expect(page).to.not.contain('\\X');
  });
});
