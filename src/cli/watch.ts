import { statSync, watch, type FSWatcher } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { constants } from 'node:os';
import { join, relative, sep } from 'node:path';
import { keep } from '../place/keeper.js';
import { ownEnvironment, selfCommand } from '../place/self.js';
import { startWatchdogTree } from '../place/watchdog-tree.js';
import { escaped } from '../report/escape.js';

/**
 * `--watch`: runs a command line again whenever a file below this folder changes, until Ctrl-C; gives 130 then. The system tells of
 * changes; nothing is polled. Several changes at once are one, and files that the client itself writes in each run do not count.
 */
export const runOnChanges = async (words: readonly string[], after: readonly string[] | undefined): Promise<number> => {
  const own = words.filter((word) => word !== '--watch');
  const argv = [...own, ...(after === undefined ? [] : ['--', ...after])];
  await using changes = await Changes.of(process.cwd());
  const asked = new AbortController();
  let running: { signal: (name: NodeJS.Signals) => void } | undefined;
  const stop = (name: NodeJS.Signals): void => {
    asked.abort();
    changes.wake();
    running?.signal(name);
  };
  for (const name of SIGNALS) process.on(name, stop);
  try {
    for (;;) {
      const during = changes.mark();
      const tree = await startWatchdogTree({
        command: selfCommand(argv),
        cwd: process.cwd(),
        env: ownEnvironment(),
        mounts: [],
        streams: 'inherited',
        hasInput: true,
        onOutput: () => undefined,
        network: 'shared',
      });
      await using child = keep(tree, 'watchdog', GRACE, () => ({ stdout: '', stderr: '', truncated: false }));
      running = child;
      const end = await child.leaderExited;
      running = undefined;
      const code = end.code ?? 128 + ((constants.signals as Record<string, number>)[end.signal] ?? 0);
      if (code === 130) return 130;
      say(`exit code ${String(code)}; waiting for changes below ${process.cwd()}, Ctrl-C ends`);
      const changed = await changes.next(during);
      if (asked.signal.aborted) return 130;
      say(`${changed} changed`);
    }
  } finally {
    for (const name of SIGNALS) process.off(name, stop);
  }
};

/** What changes below a folder. */
class Changes implements AsyncDisposable {
  readonly #root: string;
  readonly #watchers = new Map<string, FSWatcher>();
  /** Files that changed since the last run was started. */
  readonly #changed = new Set<string>();
  /** Files that changed while the last run was under way. */
  #written: ReadonlySet<string> = new Set();
  readonly #ignored = new Set<string>();
  #wake: () => void = () => undefined;
  #isOver = false;

  private constructor(root: string) {
    this.#root = root;
  }

  static async of(root: string): Promise<Changes> {
    const changes = new Changes(root);
    await changes.#follow(root);
    return changes;
  }

  /** A run begins: what changes from now on may be its own doing. */
  mark(): ReadonlySet<string> {
    const before = this.#written;
    this.#changed.clear();
    return before;
  }

  /** Waits for a change that is none of the run's own: what changed during this run and the one before it, the client writes. */
  async next(before: ReadonlySet<string>): Promise<string> {
    await settled();
    this.#written = new Set(this.#changed);
    for (const file of this.#written) {
      if (!before.has(file) || this.#ignored.has(file)) continue;
      this.#ignored.add(file);
      say(`${file} changes in every run; it is not watched any more`);
    }
    for (;;) {
      const file = [...this.#changed].find((each) => !this.#ignored.has(each));
      if (file !== undefined || this.#isOver) {
        await settled();
        return file ?? '';
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Ends the wait. */
  wake(): void {
    this.#isOver = true;
    this.#wake();
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
    return Promise.resolve();
  }

  async #follow(folder: string): Promise<void> {
    if (this.#watchers.has(folder) || this.#watchers.size >= MOST_FOLDERS) return;
    try {
      const watcher = watch(folder, (_, name) => {
        if (name !== null) this.#saw(join(folder, name));
      });
      watcher.on('error', () => {
        watcher.close();
        this.#watchers.delete(folder);
      });
      this.#watchers.set(folder, watcher);
      for (const entry of await readdir(folder, { withFileTypes: true }))
        if (entry.isDirectory() && !isLeftOut(entry.name)) await this.#follow(join(folder, entry.name));
    } catch {
      // It is gone, or not for us to read.
    }
  }

  #saw(path: string): void {
    const name = relative(this.#root, path);
    if (name.split(sep).some(isLeftOut)) return;
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) void this.#follow(path);
    this.#changed.add(escaped(name));
    this.#wake();
  }
}

/** What is no source of a project, and what is still being written. */
const isLeftOut = (name: string): boolean =>
  (name.startsWith('.') && !name.startsWith('.env')) ||
  name === 'node_modules' ||
  name.endsWith('.part') ||
  name.endsWith('~');

/** Editors write in several steps. */
const settled = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, TOGETHER);
  });

const say = (text: string): void => {
  process.stderr.write(`waxseal: ${text}\n`);
};

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Milliseconds in which changes are one. */
const TOGETHER = 200;
/** Milliseconds. */
const GRACE = 5000;
const MOST_FOLDERS = 5000;
