import { randomInt } from 'node:crypto';
import { mkdtempSync, chmodSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';

/**
 * Fails the run if a test leaves something behind: a socket, server, timer or child in the process that ran it (root hooks: after each
 * file in parallel mode, at the end in serial mode), or a process anywhere that still refers to the run's temporary directory (global teardown).
 */
export const mochaHooks = {
  async beforeAll(): Promise<void> {
    useRunDirectory();
    // Mocha times an asynchronous hook from its first pause on: that timer is to be seen before as it is after.
    await nextTurn();
    handlesBefore = handles();
    childrenBefore = new Set(children(process.pid));
  },
  async afterAll(): Promise<void> {
    const left = await settled(() => [...surplus(handles(), handlesBefore), ...newChildren()]);
    if (left.length > 0) throw new Error(`left over after the tests: ${left.join(', ')}`);
  },
};

export const mochaGlobalTeardown = async (): Promise<void> => {
  const turn = process.env['WAXSEAL_TEST_TURN'];
  const repeated = `WAXSEAL_TEST_SEED=${seed}${turn === undefined ? '' : ` WAXSEAL_TEST_TURN=${turn}`}`;
  process.stderr.write(`property tests had the seed ${seed}; ${repeated} repeats them\n`);
  const left = await settled(strays);
  rmSync(runDirectory, { recursive: true, force: true });
  if (left.length > 0) throw new Error(`processes left over after the run:\n${left.join('\n')}`);
};

// Orphans are found by their environment, command line or working directory: all temporary files of the run, also those of waxseal's
// own visits, lie in one directory whose name occurs nowhere else. Daemons that give up their privileges must be able to pass through it.
const runDirectory = (process.env['WAXSEAL_TEST_RUN'] ??= mkdtempSync(join(tmpdir(), 'wax-')));
chmodSync(runDirectory, 0o755);
const useRunDirectory = (): void => {
  process.env['TMPDIR'] = runDirectory;
};
// tsx looks for what it compiled in earlier runs where TMPDIR is when it starts: workers inherit the usual one, and come here behind tsx.
const hasWorkers = process.argv[1]?.endsWith('cli.js') === true && !process.argv.includes('--no-parallel');
if (!hasWorkers) useRunDirectory();

// Workers inherit it: property tests of one run have one seed.
const seed = (process.env['WAXSEAL_TEST_SEED'] ??= String(randomInt(2 ** 31)));

/** What keeps an event loop alive beyond one turn; requests in flight and the like come and go. */
const LASTING = new Set([
  'ChildProcess',
  'FSEventWrap',
  'MessagePort',
  'PipeServerWrap',
  'PipeWrap',
  'ProcessWrap',
  'StatWatcher',
  'TCPServerWrap',
  'TCPSocketWrap',
  'TLSWrap',
  'Timeout',
  'UDPWrap',
  'Worker',
]);

const PATIENCE_MS = Number(process.env['WAXSEAL_TEST_PATIENCE_MS'] ?? 3000);

let handlesBefore: readonly string[] = [];
let childrenBefore: ReadonlySet<number> = new Set();

const handles = (): string[] => {
  // Standard streams open their handles on first use; a write of nothing is one.
  process.stdout.write('');
  process.stderr.write('');
  return process.getActiveResourcesInfo().filter((type) => LASTING.has(type));
};

const surplus = (now: readonly string[], before: readonly string[]): string[] => {
  const rest = [...before];
  return now.filter((type) => {
    const index = rest.indexOf(type);
    if (index >= 0) rest.splice(index, 1);
    return index < 0;
  });
};

/** Closing takes a few turns: waits until nothing is left, or patience ends, and returns what is left then. */
const settled = async (look: () => string[]): Promise<string[]> => {
  const deadline = performance.now() + PATIENCE_MS;
  // On the next turn the pause itself no longer counts as a timer.
  await nextTurn();
  let left = look();
  while (left.length > 0 && performance.now() < deadline) {
    await pause(20);
    await nextTurn();
    left = look();
  }
  return left;
};

const newChildren = (): string[] =>
  children(process.pid)
    .filter((pid) => !childrenBefore.has(pid) && !isCompiler(pid))
    .map((pid) => `child ${described(pid)}`);

const children = (parent: number): number[] => processes().filter((pid) => parentOf(pid) === parent);

const strays = (): string[] =>
  processes()
    .filter((pid) => pid !== process.pid && pid !== process.ppid && !isCompiler(pid) && refersToRun(pid))
    .map(described);

const refersToRun = (pid: number): boolean =>
  [entry(pid, 'environ'), entry(pid, 'cmdline'), workingDirectory(pid)].some((text) => text.includes(runDirectory));

/** The helper process of esbuild, which tsx starts when it pleases. */
const isCompiler = (pid: number): boolean => entry(pid, 'cmdline').includes('esbuild');

const described = (pid: number): string => `${pid} (${entry(pid, 'cmdline').replaceAll('\0', ' ').trim() || 'zombie'})`;

const processes = (): number[] => {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
};

/** The fourth field of stat; the second is the program's name, which may contain spaces and parentheses. */
const parentOf = (pid: number): number => {
  const stat = entry(pid, 'stat');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
};

/** A file below /proc/PID; empty if the process has gone or is another user's. */
const entry = (pid: number, name: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return '';
  }
};

const workingDirectory = (pid: number): string => {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
};
