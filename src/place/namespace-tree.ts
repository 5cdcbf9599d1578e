import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { Duplex } from 'node:stream';

import { Fault } from '../fault.js';
import { systemTool } from './executable.js';
import { endOfStatus, type ProcessEnd, type ProcessTree, type TreeOptions } from './process-tree.js';

/**
 * Starts a command inside a pid namespace of its own, from which no descendant can escape.
 * The init's channel (fd 3) is a pipe to us: when we die, however, it ends, the init ends, and the kernel kills the rest.
 */
export const startNamespaceTree = async (options: TreeOptions): Promise<ProcessTree> => {
  const child = spawn(
    tool('unshare'),
    [...namespaceFlags(options), tool('sh'), '-c', init(options), 'waxseal-keeper', ...initArguments(options)],
    {
      cwd: options.cwd,
      env: options.env,
      detached: true, // A new session: nobody in the tree can open our terminal, and Ctrl-C reaches us alone.
      stdio:
        options.streams === 'inherited'
          ? ['inherit', 'inherit', 'inherit', 'pipe']
          : [options.hasInput ? 'pipe' : 'ignore', 'pipe', 'pipe', 'pipe'],
    },
  );
  let problem = '';
  child.on('error', (error) => (problem ||= error.message));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const channel = child.stdio[3];
  if (child.pid === undefined || !(channel instanceof Duplex)) {
    await Promise.race([once(child, 'error').catch(() => undefined), closed]);
    throw new Fault('CANNOT_START', `the keeper of child processes did not start: ${problem}`);
  }
  const pid = child.pid;
  channel.on('error', () => undefined); // The namespace may vanish while we write; 'close' tells.

  let leader = '';
  let reporter = '';
  let started: () => void;
  let ended: (end: ProcessEnd) => void;
  const leaderStarted = new Promise<void>((resolve) => (started = resolve));
  const leaderExited = new Promise<ProcessEnd>((resolve) => (ended = resolve));
  void closed.then(() => ended({ signal: 'SIGKILL' }));
  const asked: ((left: number) => void)[] = [];
  createInterface({ input: channel, crlfDelay: Infinity })
    .on('error', () => undefined)
    .on('line', (line) => {
      const [word, number = '', parent = ''] = line.split(' ');
      if (word === 'leader') {
        leader = number;
        reporter = parent;
        started();
      } else if (word === 'exit') ended(endOfStatus(Number(number), constants.signals));
      else if (word === 'left') asked.shift()?.(Number(number));
      else problem = (problem + line).slice(0, 500);
    });

  child.stdout?.on('data', (chunk: Buffer) => options.onOutput('stdout', chunk));
  child.stderr?.on('data', (chunk: Buffer) => {
    if (leader === '') problem = (problem + chunk.toString('latin1')).slice(0, 500);
    options.onOutput('stderr', chunk);
  });

  await Promise.race([leaderStarted, closed]);
  if (leader === '') {
    const [, refusal] = /unshare failed: (.+)/.exec(problem) ?? [];
    throw new Fault(
      'CANNOT_START',
      refusal === undefined
        ? `the command was not started inside its namespace: ${JSON.stringify(problem.trim())}`
        : `this system permits no further user namespaces: ${refusal}`,
    );
  }

  const say = (words: string): void => {
    if (channel.writable) channel.write(`${words}\n`);
  };
  return {
    pid,
    stdin: child.stdin,
    leaderExited,
    closed,
    isEmpty: async () => {
      if (!channel.writable) return closed.then(() => true);
      const answer = new Promise<number>((resolve) => asked.push(resolve));
      say('?');
      return (await Promise.race([answer, closed.then(() => 0)])) === 0;
    },
    signalLeader: (name) => say(`signal ${name.replace(/^SIG/, '')} ${leader}`),
    terminate: () => say(`terminate ${reporter}`),
    kill: () => {
      channel.destroy();
      child.kill('SIGKILL'); // --kill-child passes it on to the init, should that not listen.
    },
    release: () => channel.end(),
  };
};

/** Whether namespaces can be made here, or why not; tries it. */
export const namespaceAvailability = async (
  network: TreeOptions['network'],
): Promise<{ available: true } | { available: false; why: string }> => {
  if (process.platform !== 'linux')
    return { available: false, why: `namespaces are a feature of Linux, this is ${process.platform}` };
  const missing = ['unshare', 'setsid', 'mount', 'sh'].find((name) => systemTool(name) === undefined);
  if (missing !== undefined)
    return { available: false, why: `the tool ${missing} is missing (Debian package util-linux or mount)` };
  try {
    let said = '';
    const tree = await startNamespaceTree({
      command: [tool('sh'), '-c', ':'],
      cwd: '/',
      env: {},
      mounts: [],
      streams: 'captured',
      hasInput: false,
      network,
      onOutput: (_stream, chunk) => (said = (said + chunk.toString('latin1')).slice(0, 300)),
    });
    const end = await tree.leaderExited;
    tree.release();
    await tree.closed;
    return end.code === 0
      ? { available: true }
      : { available: false, why: `a command failed inside a namespace: ${JSON.stringify(said)}` };
  } catch (error) {
    return { available: false, why: error instanceof Error ? error.message : String(error) };
  }
};

const tool = (name: string): string => {
  const path = systemTool(name);
  if (path === undefined)
    throw new Fault('CANNOT_START', `the tool ${name} is missing; install the Debian package util-linux`);
  return path;
};

// Mounting asks for uid 0 inside; a client that needs no mount keeps its own uid, as a client would have it.
const namespaceFlags = ({ mounts, network }: TreeOptions): string[] => [
  ...(process.geteuid?.() === 0
    ? []
    : [mounts.length > 0 || network === 'own' ? '--map-root-user' : '--map-current-user']),
  ...(network === 'own' ? ['--net'] : []),
  '--mount',
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
];

const initArguments = ({ command, mounts }: TreeOptions): string[] => [
  tool('setsid'),
  tool('mount'),
  ...mounts.flatMap(({ source, target }) => [source, target]),
  '--',
  ...command,
];

/**
 * The init, as pid 1. Two processes are its pipeline: the first runs the command (in a session of its own, so that `kill 0` does
 * not reach us) and reports how it ended; the second answers us, by builtins only, so that looking does not change what it sees.
 * A pipeline, because commands in the background of a shell ignore SIGINT and lose their input.
 * A look counts only if no process was made meanwhile (the namespace's last pid is unchanged): a fork could slip through.
 */
const init = ({ network }: TreeOptions): string => `
setsid=$1 mount=$2; shift 2
while [ "$1" != -- ]; do "$mount" --bind "$1" "$2" 2>&3 || exit 1; shift 2; done; shift
${network === 'own' ? raiseLoopback : ''}
exec 4>&1 5<&0 6>&2 2>/dev/null # Shells report signals of others on their own stderr.
{
  ( read -r pid name state parent rest </proc/self/stat; echo "leader $pid $parent" >&3; exec "$setsid" "$@" <&5 >&4 2>&6 3>&- 4>&- 5<&- 6>&- )
  echo "exit $?" >&3
} | {
  exec </dev/null >/dev/null 4>&- 5<&- 6>&-
  read -r self rest </proc/self/stat
  others() {
    pids=
    for folder in /proc/[0-9]*; do
      pid=\${folder#/proc/}
      if [ "$pid" = 1 ] || [ "$pid" = "$self" ]; then continue; fi
      { read -r stat <"$folder/stat"; } 2>/dev/null || continue
      case \${stat##*) } in [ZX]*) ;; *) pids="$pids $pid" ;; esac
    done
  }
  while read -r verb name pid <&3; do
    case $verb in
      '?')
        read -r a b c d before </proc/loadavg; others; read -r a b c d after </proc/loadavg
        set -- $pids
        if [ "$before" = "$after" ]; then echo "left $#" >&3; else echo "left $(($# + 1))" >&3; fi ;;
      signal) kill -"$name" "$pid" ;;
      terminate) others; for pid in $pids; do [ "$pid" = "$name" ] || kill -TERM "$pid"; done ;;
    esac
  done
  kill -KILL -1
}
`;

// Daemons that are not root in there still bind ports below 1024. The second address is never used: with 127.0.0.1 alone glibc believes that there is no IPv4 at all (AI_ADDRCONFIG).
const raiseLoopback = `
( PATH="$PATH:/usr/sbin:/sbin"
  ip link set lo up || ifconfig lo up ||
  python3 -c 'import fcntl,socket,struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sH14x", b"lo", 0x49))' ||
  perl -e 'socket(S,2,2,0); ioctl(S,0x8914,pack("Z16 S x14","lo",0x49)) or exit 1' ) >/dev/null 2>&1 ||
  { echo "no tool can raise the loopback interface; install the Debian package iproute2" >&3; exit 1; }
{ echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start; } 2>/dev/null
( PATH="$PATH:/usr/sbin:/sbin"; ip address add 192.0.2.1/32 dev lo ) >/dev/null 2>&1
`;
