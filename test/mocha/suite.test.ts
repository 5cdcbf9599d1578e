import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { expect } from 'chai';
import { bundled } from '../support/built.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Outcome {
  readonly passes: readonly { readonly fullTitle: string }[];
  readonly pending: readonly { readonly fullTitle: string }[];
  readonly failures: readonly { readonly fullTitle: string; readonly err: { readonly message: string } }[];
}

describe('describeClient', () => {
  let outcome: Outcome;

  before(async () => {
    outcome = await new Promise<Outcome>((resolve, reject) => {
      execFile(
        process.execPath,
        [
          'node_modules/mocha/bin/mocha.js',
          '--no-config',
          '--reporter',
          'json',
          bundled(join(import.meta.dirname, 'declared.ts')),
        ],
        { cwd: ROOT },
        (_error, stdout, stderr) => {
          try {
            resolve(JSON.parse(stdout) as Outcome);
          } catch {
            reject(new Error(stderr + stdout));
          }
        },
      );
    });
  });

  const titles = (tests: readonly { readonly fullTitle: string }[]): string[] =>
    tests.map((test) => test.fullTitle.replace('@smtp+starttls#server', ''));

  it('a test per case passes, the control first', () => {
    expect(titles(outcome.passes)).to.deep.equal([
      'careful control',
      'careful starttls-hidden',
      'careful starttls-not-offered',
      'careless control',
      'careless starttls-hidden',
      'careless known results are as they are listed',
    ]);
  });

  it('what is not applicable is skipped', () => {
    expect(titles(outcome.pending)).to.deep.equal([
      'careful starttls-not-offered-later/next-connection',
      'careless starttls-not-offered-later/next-connection',
    ]);
  });

  it('an entry of the known results that can go fails a test of its own', () => {
    expect(outcome.failures[0]?.err.message).to.equal(
      'known result "starttls-hidden@*" is listed as unsafe but is now safe: remove the entry',
    );
  });

  it('an unsafe case fails with the marked transcript, unless it is known', () => {
    expect(titles(outcome.failures)).to.deep.equal([
      'careful known results are as they are listed',
      'careless starttls-not-offered',
    ]);
    expect(outcome.failures[1]?.err.message)
      .to.match(/is unsafe: /)
      .and.match(/▶.*AUTH PLAIN/);
  });
});
