import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { commandLine } from '../support/built.js';
import { itOf } from '../support/in-turn.js';

/** A command line under `--watch`, and what it says on standard error. */
class Watching implements AsyncDisposable {
  readonly #child;
  #said = '';
  #read = 0;
  #heard: () => void = () => undefined;

  constructor(folder: string, words: readonly string[]) {
    this.#child = spawn(process.execPath, [commandLine(), ...words], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child.stderr.on('data', (bytes: Buffer) => {
      this.#said += bytes.toString('utf8');
      this.#heard();
    });
  }

  /** Waits until it says this, after what was waited for before. */
  async says(words: string): Promise<void> {
    for (;;) {
      const at = this.#said.indexOf(words, this.#read);
      if (at !== -1) {
        this.#read = at + words.length;
        return;
      }
      await new Promise<void>((resolve) => (this.#heard = resolve));
    }
  }

  async interrupted(): Promise<unknown> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGINT');
    return (await ended)[0];
  }

  get runs(): number {
    return this.#said.split('waiting for changes').length - 1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}

describe('--watch', function () {
  const it = itOf('--watch');
  this.timeout(60_000);
  let folder = '';
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'watch-')));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('runs again after a change, not after one in what is no source, and Ctrl-C ends it', async () => {
    mkdirSync(join(folder, 'src'));
    mkdirSync(join(folder, 'node_modules'));
    writeFileSync(join(folder, 'src/client.js'), '');
    await using watching = new Watching(folder, ['audit', '--watch', 'imap://127.0.0.1:1']);
    await watching.says('waiting for changes');
    writeFileSync(join(folder, 'node_modules/package.js'), '1');
    writeFileSync(join(folder, 'src/client.js'), '1');
    await watching.says(`${join('src', 'client.js')} changed`);
    await watching.says('waiting for changes');
    mkdirSync(join(folder, 'src/new'));
    await watching.says('waiting for changes');
    writeFileSync(join(folder, 'src/new/other.js'), '1');
    await watching.says('other.js changed');
    await watching.says('waiting for changes');
    expect(watching.runs).to.equal(4);
    expect(await watching.interrupted()).to.equal(130);
  });

  it('a file that every run writes starts no storm', async () => {
    writeFileSync(join(folder, 'plain.txt'), '');
    const words = ['audit', '--watch', 'imap://127.0.0.1:1', '--report', 'json:report.json'];
    await using watching = new Watching(folder, words);
    await watching.says('report.json changes in every run; it is not watched any more');
    writeFileSync(join(folder, 'plain.txt'), '1');
    await watching.says('plain.txt changed');
    await watching.says('waiting for changes');
    expect(watching.runs).to.be.at.most(4);
    expect(await watching.interrupted()).to.equal(130);
  });
});
