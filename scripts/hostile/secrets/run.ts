import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

/** The command line in a folder of its own; everything that it writes can be looked at. */
export class Run implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'hostile-secrets-'));
  /** Where it makes its temporary files. */
  readonly scratch = join(this.folder, 'scratch');
  /** Where recordings and reports go. */
  readonly out = join(this.folder, 'out');
  readonly #children = new Set<ChildProcess>();

  constructor() {
    mkdirSync(this.scratch);
    mkdirSync(this.out);
  }

  /** Starts waxseal, and keeps what it prints; `by` is a command that starts it. */
  start(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    { by = [], uid }: { readonly by?: readonly string[]; readonly uid?: number } = {},
  ): Started {
    const profile = process.env['WAXSEAL_HOSTILE_PROFILE'];
    const profiled = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
    const [program = process.execPath, ...rest] = [...by, process.execPath, ...profiled, MAIN, ...args];
    const child = spawn(program, rest, {
      ...(uid !== undefined && { uid, gid: uid }),
      cwd: this.folder,
      env: { PATH: process.env['PATH'] ?? '', TMPDIR: this.scratch, HOME: this.folder, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.add(child);
    const closed = once(child, 'close').then(([code]) => {
      this.#children.delete(child);
      return code as number | null;
    });
    const printed = { text: '' };
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes: Buffer) => void (printed.text += bytes.toString()));
    const printedMatch = (pattern: RegExp): Promise<RegExpExecArray> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(printed.text);
          if (match !== null) resolve(match);
        };
        look();
        child.stdout.on('data', look);
        child.stderr.on('data', look);
        void closed.then((code) => {
          reject(
            new Error(`ended with ${String(code)} before it said ${String(pattern)}: ${printed.text.slice(-500)}`),
          );
        });
      });
    return { child, closed, printed, says: printedMatch, open: () => openFiles(child.pid ?? 0) };
  }

  /** Every file that is there now, by path, as text. */
  files(): (readonly [path: string, text: string])[] {
    return [this.scratch, this.out].flatMap((folder) => [...textsIn(folder)]);
  }

  [Symbol.dispose](): void {
    for (const child of this.#children) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A waxseal at work. */
export interface Started {
  readonly child: ChildProcess;
  /** Resolves with the exit code when it has ended and all was read. */
  readonly closed: Promise<number | null>;
  readonly printed: { readonly text: string };
  readonly says: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** The files that it has open, deleted ones too, by path, as text. */
  readonly open: () => (readonly [path: string, text: string])[];
}

const textsIn = function* (folder: string): Generator<readonly [string, string]> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const at = lstatSync(path, { throwIfNoEntry: false });
    if (at?.isDirectory() === true) yield* textsIn(path);
    else if (at?.isFile() === true && existsSync(path)) yield [path, `${name}\n${readFileSync(path, 'utf8')}`];
  }
};

const openFiles = (pid: number): (readonly [string, string])[] =>
  readdirSync(`/proc/${String(pid)}/fd`).flatMap((fd) => {
    const path = `/proc/${String(pid)}/fd/${fd}`;
    try {
      const name = readlinkSync(path);
      if (!name.startsWith('/') || name.startsWith('/dev/') || name.startsWith('/proc/')) return [];
      return [[name, readFileSync(path, 'utf8')] as const];
    } catch {
      return [];
    }
  });
