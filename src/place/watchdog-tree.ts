import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';

import { Fault } from '../fault.js';
import { systemTool } from './executable.js';
import { hasInEnvironment, processRow, processTable, type ProcessRow } from './process-table.js';
import type { ProcessEnd, ProcessTree, TreeOptions } from './process-tree.js';

/**
 * Starts a command without namespaces. Descendants are known by process group, session, ancestry and a mark in their environment;
 * a second process waits on a pipe for our death and kills them. One that changes all four is lost: hence only the second best.
 */
export const startWatchdogTree = async (options: TreeOptions): Promise<ProcessTree> => {
  if (options.mounts.length > 0 || options.network === 'own') {
    throw new Fault(
      'CANNOT_START',
      'a hosts file, a trust bundle or a network of its own needs Linux namespaces, which this system does not allow; use --place loopback and {ca}',
    );
  }
  const mark = `${MARK}=${randomBytes(12).toString('hex')}`;
  const watchdog = await startWatchdog(mark);
  const [file, ...rest] = options.command;
  const child = spawn(file, rest, {
    cwd: options.cwd,
    env: { ...options.env, [MARK]: mark.slice(MARK.length + 1) },
    detached: true,
    stdio: options.streams === 'inherited' ? 'inherit' : [options.hasInput ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  const leaderExited = new Promise<ProcessEnd>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal === null ? { code: code ?? 0 } : { signal }));
  });
  if (child.pid === undefined) {
    const [error] = (await once(child, 'error')) as [Error];
    watchdog.dismiss();
    throw new Fault('CANNOT_START', `${JSON.stringify(file)} cannot be started: ${error.message}`, { cause: error });
  }
  const pid = child.pid;
  child.on('error', () => undefined);
  child.stdout?.on('data', (chunk: Buffer) => options.onOutput('stdout', chunk));
  child.stderr?.on('data', (chunk: Buffer) => options.onOutput('stderr', chunk));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  watchdog.follow(pid);

  const descendants = existsSync('/proc/self/stat') ? members(pid, mark) : groupMembers(pid);
  return {
    pid,
    stdin: child.stdin,
    leaderExited,
    closed,
    isEmpty: async () => descendants().length === 0,
    signalLeader: (name) => void child.kill(name),
    terminate: () => descendants().forEach((row) => send(row.pid, 'SIGTERM')),
    kill: () => {
      // Until nobody is left: a process may fork between our look and our blow.
      for (let round = 0; round < 100; round += 1) {
        const rows = descendants();
        rows.forEach((row) => send(row.pid, 'SIGKILL'));
        if (rows.length === 0) return;
      }
    },
    release: () => {
      watchdog.dismiss();
      // A process that we could not recognise may hold the pipes for ever.
      setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, DRAIN_MS).unref();
    },
  };
};

/** The tree's live processes; who was once seen in it stays in it, whatever becomes of its parent. */
const members = (leader: number, mark: string): (() => ProcessRow[]) => {
  const since = processRow(leader)?.startedAt ?? 0;
  const known = new Map<number, number>();
  const foreign = new Map<number, number>();
  return () => {
    const rows = processTable().filter((row) => row.startedAt >= since && row.pid !== process.pid);
    for (let size = -1; size !== known.size;) {
      size = known.size;
      for (const row of rows) {
        if (known.get(row.pid) === row.startedAt) continue;
        const isOurs =
          row.pid === leader ||
          row.group === leader ||
          row.session === leader ||
          known.has(row.parent) ||
          (foreign.get(row.pid) !== row.startedAt && hasInEnvironment(row.pid, mark));
        (isOurs ? known : foreign).set(row.pid, row.startedAt);
      }
    }
    return rows.filter((row) => known.get(row.pid) === row.startedAt);
  };
};

/** All that can be told without /proc (macOS, BSD): whether the process group has a member, which stands for them all. */
const groupMembers = (leader: number) => (): Pick<ProcessRow, 'pid'>[] => {
  try {
    process.kill(-leader, 0);
    return [{ pid: -leader }];
  } catch {
    return [];
  }
};

const startWatchdog = async (mark: string): Promise<{ follow(pid: number): void; dismiss(): void }> => {
  const shell = systemTool('sh');
  if (shell === undefined)
    throw new Fault('CANNOT_START', 'the shell sh is missing; child processes could outlive waxseal');
  const watchdog: ChildProcess = spawn(shell, ['-c', WATCHDOG, 'waxseal-watchdog', mark], {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watchdog.on('error', () => undefined);
  watchdog.stdin?.on('error', () => undefined);
  watchdog.unref();
  if (watchdog.pid === undefined)
    throw new Fault('CANNOT_START', 'the watchdog of child processes did not start; is the process limit reached?');
  return {
    follow: (pid) => void watchdog.stdin?.write(`follow ${pid}\n`),
    dismiss: () => void watchdog.stdin?.end('dismiss\n'),
  };
};

const send = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself.
  }
};

const MARK = 'WAXSEAL_CHILD';
const DRAIN_MS = 250;

// Only the end of our life ends its input without "dismiss". A tree is gathered to the last member before anyone is killed,
// because a member whose parent is dead can no longer be told by its ancestry.
const WATCHDOG = `
mark=$1 leader=none
while read -r verb pid; do
  case $verb in
    follow) leader=$pid ;;
    dismiss) exit 0 ;;
  esac
done
if [ ! -e /proc/self/stat ]; then
  kill -KILL -"$leader"
  exit 0
fi
round=0
while [ $round -lt 50 ]; do
  tree=" " size=-1
  while [ "$size" != "\${#tree}" ]; do
    size=\${#tree}
    for folder in /proc/[0-9]*; do
      pid=\${folder#/proc/}
      case $tree in *" $pid "*) continue ;; esac
      { read -r stat <"$folder/stat"; } 2>/dev/null || continue
      set -- \${stat##*) }
      case $1 in [ZX]*) continue ;; esac
      if [ "$pid" = $$ ] || [ "$2" = $$ ]; then continue; fi
      case " $pid $3 $4 " in *" $leader "*) tree="$tree$pid "; continue ;; esac
      case $tree in *" $2 "*) tree="$tree$pid "; continue ;; esac
      if grep -qs "$mark" "$folder/environ"; then tree="$tree$pid "; fi
    done
  done
  [ "$tree" = " " ] && exit 0
  kill -KILL $tree
  round=$((round + 1))
done
`;
