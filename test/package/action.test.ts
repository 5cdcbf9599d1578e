import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { parseAction } from '@actions/workflow-parser/actions/action-parser';
import { expect } from 'chai';
import { parse } from 'yaml';
import { it } from '../support/in-turn.js';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Action {
  readonly runs: { readonly steps: readonly { readonly id?: string; readonly run?: string; readonly env?: object }[] };
}

describe('the action for GitHub', () => {
  it('is well-formed, as GitHub’s own parser reads it', () => {
    const { context } = parseAction({ name: 'action.yml', content: read('action.yml') }, new NoOperationTraceWriter());
    expect(context.errors.getErrors()).to.deep.equal([]);
    const bad = parseAction(
      { name: 'action.yml', content: 'name: x\nruns:\n  using: composite\n  stepz: []\n' },
      new NoOperationTraceWriter(),
    );
    expect(bad.context.errors.getErrors()).to.not.deep.equal([]);
  });

  it('has an example of a workflow that is well-formed', () => {
    const name = 'docs/examples/github-workflow.yml';
    const { context } = parseWorkflow({ name, content: read(name) }, new NoOperationTraceWriter());
    expect(context.errors.getErrors()).to.deep.equal([]);
  });

  it('puts no input into a script', () => {
    const { runs } = parse(read('action.yml')) as Action;
    for (const { run = '' } of runs.steps) expect(run).to.not.contain('${{');
  });

  const rows: readonly (readonly [command: string, code: number, said: readonly string[]])[] = [
    [
      'audit imaps://mail.example.org',
      1,
      [
        'audit',
        '--format',
        'github',
        '--report',
        'markdown:SUMMARY',
        '--report',
        'sarif:w.sarif',
        '--report',
        'junit:w.xml',
        'imaps://mail.example.org',
      ],
    ],
    [
      'test --protocol imap -- curl "two words" $(id) {url}',
      0,
      [
        'test',
        '--format',
        'github',
        '--report',
        'markdown:SUMMARY',
        '--report',
        'sarif:w.sarif',
        '--report',
        'junit:w.xml',
        '--protocol',
        'imap',
        '--',
        'curl',
        'two words',
        '$(id)',
        '{url}',
      ],
    ],
    ['guide docs', 3, ['guide', '--format', 'github', 'docs']],
    ['list ports', 0, ['list', 'ports']],
  ];
  for (const [command, code, said] of rows)
    it(`runs waxseal with the words of: ${command}`, () => {
      const folder = mkdtempSync(join(tmpdir(), 'action-'));
      try {
        const waxseal = join(folder, 'waxseal');
        writeFileSync(
          waxseal,
          `#!/bin/sh\nfor word; do echo "$word"; case $word in markdown:*) echo summary >"\${word#markdown:}";; esac; done\nexit ${String(code)}\n`,
        );
        chmodSync(waxseal, 0o755);
        const step = (parse(read('action.yml')) as Action).runs.steps.find(({ id }) => id === 'waxseal');
        const { stdout, stderr, status } = spawnSync('bash', ['-c', step?.run ?? ''], {
          encoding: 'utf8',
          env: {
            PATH: `${folder}:${process.env['PATH'] ?? ''}`,
            TMPDIR: folder,
            WAXSEAL_COMMAND: command,
            WAXSEAL_SARIF: 'w.sarif',
            WAXSEAL_REPORTS: 'junit:w.xml',
            GITHUB_OUTPUT: join(folder, 'output'),
            GITHUB_STEP_SUMMARY: join(folder, 'summary'),
          },
        });
        expect(
          stdout
            .trimEnd()
            .split('\n')
            .map((word) => word.replace(/^markdown:.*/, 'markdown:SUMMARY')),
          stderr,
        ).to.deep.equal(said);
        expect(status).to.equal(code);
        expect(readFileSync(join(folder, 'output'), 'utf8')).to.contain(`exit-code=${String(code)}\n`);
        if (said.includes('markdown:SUMMARY'))
          expect(readFileSync(join(folder, 'summary'), 'utf8')).to.equal('summary\n');
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
});
