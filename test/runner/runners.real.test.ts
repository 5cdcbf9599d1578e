import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { needsRunner, projectWithRunners } from '../support/runner-project.js';
import { suite, type Suite } from '../packages/suite.js';

interface Row {
  readonly runner: string;
  readonly file: string;
  readonly text: string;
  readonly command: readonly string[];
  /** How it tells that a test has failed, and that one was skipped. */
  readonly fails: RegExp;
  readonly skips?: RegExp;
}

const CLIENT = `const { createTransport } = require('nodemailer');
exports.client = (requireTLS) => async ({ nodemailer, from, to }) => {
  const transport = createTransport({ ...nodemailer, requireTLS });
  try {
    await transport.sendMail({ from, to, text: 'Hello' });
  } finally {
    transport.close();
  }
};
exports.options = {
  protocol: 'smtp',
  tls: 'starttls',
  scenario: ['starttls-not-offered', 'starttls-not-offered-later/next-connection'],
};
`;

const declared = (runner: string): string => `describeClientIn(${runner}, 'careful', client(true), options);
describeClientIn(${runner}, 'careless', client(false), options);
`;

const ROWS: readonly Row[] = [
  {
    runner: 'node:test',
    file: 'mail.test.mjs',
    text: `import { before, describe, it } from 'node:test';
import { describeClientIn } from 'waxseal/runner';
import { client, options } from './client.cjs';
${declared('{ describe, it, before }')}`,
    command: ['--test', '--test-reporter=tap', 'mail.test.mjs'],
    fails: /^ *not ok \d+ - starttls-not-offered@/gm,
    skips: /^ *ok \d+ - starttls-not-offered-later\/next-connection@.* # SKIP/gm,
  },
  {
    runner: 'vitest',
    file: 'vitest/mail.test.mjs',
    text: `import { beforeAll, describe, it } from 'vitest';
import { describeClientIn } from 'waxseal/runner';
import { client, options } from '../client.cjs';
${declared('{ describe, it, beforeAll }')}`,
    command: ['node_modules/vitest/vitest.mjs', 'run', '--reporter=verbose', 'vitest'],
    fails: /^ *× .*starttls-not-offered@/gm,
    skips: /^ *↓ .*starttls-not-offered-later\/next-connection@/gm,
  },
  {
    runner: 'jest',
    file: 'jest/mail.test.cjs',
    text: `const { describeClientIn } = require('waxseal/runner');
const { client, options } = require('../client.cjs');
${declared('{ describe, it, beforeAll }')}`,
    command: ['node_modules/jest/bin/jest.js', '--verbose', '--testMatch', '**/jest/*.test.cjs'],
    fails: /^ *✕ starttls-not-offered@/gm,
  },
];

describe('describeClientIn', function () {
  this.timeout(120_000);
  let project = '';

  before(async () => {
    project = await mkdtemp(join(tmpdir(), 'runners-'));
    await projectWithRunners(project);
    await writeFile(join(project, 'client.cjs'), CLIENT);
  });
  after(() => rm(project, { recursive: true, force: true }));

  for (const { runner, file, text, command, fails, skips } of ROWS)
    describe(`in ${runner}`, () => {
      let ran: Suite;

      before(async function () {
        needsRunner(this, runner);
        await mkdir(join(project, file, '..'), { recursive: true });
        await writeFile(join(project, file), text);
        ran = await suite(process.execPath, command, { cwd: project, env: { NO_COLOR: '1', NODE_OPTIONS: '' } });
      });

      it('fails one test of the careless client, and none of the careful one', () => {
        expect(ran.output.match(fails), ran.output).to.have.lengthOf(1);
        expect(ran.output).to.match(/starttls-not-offered@smtp\+starttls#server is unsafe: /);
        expect(ran.code).to.equal(1);
      });

      it('shows the marked transcript', () => {
        expect(ran.output).to.match(/^ *▶ .*C: AUTH PLAIN /m);
      });

      if (skips !== undefined)
        it('skips what is not applicable', () => {
          expect(ran.output.match(skips), ran.output).to.have.lengthOf(2);
        });
    });

  it('is told what a runner needs', async () => {
    const { describeClientIn } = await import('../../src/runner/index.js');
    expect(() =>
      describeClientIn({ describe, it }, 'x', () => undefined, { protocol: 'smtp', tls: 'starttls' }),
    ).to.throw('before or beforeAll');
  });
});
