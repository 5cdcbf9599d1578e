import { setTimeout as delay } from 'node:timers/promises';

import { executable } from './executable.js';
import { namespaceAvailability, startNamespaceTree } from './namespace-tree.js';
import { BoundedOutput } from './output.js';
import type { BindMount, ProcessEnd, ProcessTree, TreeOptions } from './process-tree.js';
import { systemTrust } from './system-trust.js';
import { startWatchdogTree } from './watchdog-tree.js';

export type { BindMount, ProcessEnd } from './process-tree.js';

/** How children are made to die with us: by the kernel, or by a second process that waits for our end. */
export type KeeperStrategy = 'namespace' | 'watchdog';

/** How a child is started; nothing but `env` is inherited. */
export interface ChildOptions {
  readonly cwd: string;
  /** The whole environment; `PATH` in it finds the command. */
  readonly env: Readonly<Record<string, string>>;
  /** Bytes kept of each output stream; 256 KiB by default. */
  readonly outputLimit?: number;
  readonly onOutput?: (stream: 'stdout' | 'stderr', chunk: Buffer) => void;
  /** Shown to the child in place of /etc/hosts; needs namespaces. */
  readonly hostsFile?: string;
  /** A PEM file, shown to the child in place of every system-wide trust bundle; needs namespaces. */
  readonly trustBundle?: string;
  /** A folder of certificates named by hash, shown in place of /etc/ssl/certs; it should hold `ca-certificates.crt` too. Needs namespaces. */
  readonly trustFolder?: string;
  /** More such replacements; needs namespaces. */
  readonly mounts?: readonly BindMount[];
  /** Standard input; closed (/dev/null) by default. `open`: what `type` is given, until the command ends. */
  readonly input?: 'closed' | 'open' | Buffer;
  /** Default: the best that this machine has. */
  readonly strategy?: KeeperStrategy;
  /** Milliseconds between SIGTERM and SIGKILL in `stop`; 1000 by default. */
  readonly grace?: number;
}

/** A running command with all its descendants; no promise of it rejects or stays open after `stop`. */
export interface Child extends AsyncDisposable {
  /** The process that stands for the tree, as this process sees it. */
  readonly pid: number;
  readonly strategy: KeeperStrategy;
  /** The command itself ended; its descendants may not have. */
  readonly leaderExited: Promise<ProcessEnd>;
  /** No process of the tree is left, zombies aside, and `output` is complete. */
  readonly treeEmpty: Promise<void>;
  /** What was written so far; unescaped peer text. */
  readonly output: () => { readonly stdout: string; readonly stderr: string; readonly truncated: boolean };
  /** Writes to an open standard input. */
  readonly type: (text: string) => void;
  /** Sends a signal to the command alone. */
  readonly signal: (name: NodeJS.Signals) => void;
  /** SIGTERM to the whole tree, SIGKILL after the grace. */
  readonly stop: () => Promise<void>;
}

/** Starts a command whose whole tree dies with us; throws `CANNOT_START` when there is no such command. */
export const startChild = (command: readonly string[], options: ChildOptions): Promise<Child> =>
  start(
    command,
    options,
    new BoundedOutput(options.outputLimit ?? 256 * KIB, 'head'),
    new BoundedOutput(options.outputLimit ?? 256 * KIB, 'head'),
  );

/** Starts a foreground daemon under the same keeper; the last bytes of its output are kept, 64 KiB by default. */
export const startDaemon = (command: readonly string[], options: ChildOptions): Promise<Child> =>
  start(
    command,
    options,
    new BoundedOutput(options.outputLimit ?? 64 * KIB, 'tail'),
    new BoundedOutput(options.outputLimit ?? 64 * KIB, 'tail'),
  );

/** Says what is wrong with a command before any visit (`CANNOT_START`); returns its absolute path. */
export { executable as assertStartable } from './executable.js';

/** The best strategy of this machine, tried out once. */
export const keeperStrategy = async (): Promise<KeeperStrategy> =>
  (await namespacesHere()).available ? 'namespace' : 'watchdog';

const start = async (
  command: readonly string[],
  options: ChildOptions,
  stdout: BoundedOutput,
  stderr: BoundedOutput,
): Promise<Child> => {
  const [name = '', ...rest] = command;
  const path = executable(name, options.env['PATH']);
  const strategy = options.strategy ?? (await keeperStrategy());
  const input = options.input ?? 'closed';
  const tree = await (strategy === 'namespace' ? startNamespaceTree : startWatchdogTree)({
    command: [path, ...rest],
    cwd: options.cwd,
    env: options.env,
    mounts: replacements(options),
    streams: 'captured',
    hasInput: input !== 'closed',
    network: 'shared',
    onOutput: (stream, chunk) => {
      (stream === 'stdout' ? stdout : stderr).add(chunk);
      options.onOutput?.(stream, chunk);
    },
  } satisfies TreeOptions);
  tree.stdin?.on('error', () => undefined); // A child need not read what it is given.
  if (Buffer.isBuffer(input)) tree.stdin?.end(input);
  return keep(tree, strategy, options.grace ?? 1000, () => ({
    stdout: stdout.text,
    stderr: stderr.text,
    truncated: stdout.truncated || stderr.truncated,
  }));
};

/** Watches over a started tree. */
export const keep = (tree: ProcessTree, strategy: KeeperStrategy, grace: number, output: Child['output']): Child => {
  const treeEmpty = emptied(tree);
  const stop = async (): Promise<void> => {
    tree.terminate();
    if (await settlesWithin(treeEmpty, grace)) return;
    tree.kill();
    await settlesWithin(treeEmpty, LAST_WAIT_MS);
  };
  return {
    pid: tree.pid,
    strategy,
    leaderExited: tree.leaderExited,
    treeEmpty,
    output,
    type: (text) => void tree.stdin?.write(text),
    signal: (name) => tree.signalLeader(name),
    stop,
    [Symbol.asyncDispose]: stop,
  };
};

const emptied = async (tree: ProcessTree): Promise<void> => {
  await tree.leaderExited;
  for (let pause = 1; !(await tree.isEmpty()); pause = Math.min(2 * pause, 25)) await delay(pause);
  tree.release();
  await settlesWithin(tree.closed, LAST_WAIT_MS);
};

const settlesWithin = async (promise: Promise<void>, milliseconds: number): Promise<boolean> => {
  const timer = new AbortController();
  const late = delay(milliseconds, false, { signal: timer.signal }).catch(() => false);
  const inTime = await Promise.race([promise.then(() => true), late]);
  timer.abort();
  return inTime;
};

const replacements = ({ hostsFile, trustBundle, trustFolder, mounts = [] }: ChildOptions): BindMount[] => [
  ...(hostsFile === undefined ? [] : [{ source: hostsFile, target: '/etc/hosts' }]),
  ...systemTrust(trustBundle, trustFolder),
  ...mounts,
];

let found: ReturnType<typeof namespaceAvailability> | undefined;
const namespacesHere = (): ReturnType<typeof namespaceAvailability> => (found ??= namespaceAvailability('shared'));

const KIB = 1024;
const LAST_WAIT_MS = 5000;
