import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Control } from '../../src/control/control.js';
import type { Answered } from '../../src/control/messages.js';

/** Figures of what test suites in any language wait for: a server that is ready, and a verdict; times are of one core’s work. */
export const suiteFigures = async (waxseal: string, line: (name: string, text: string) => void): Promise<void> => {
  await serveFigures(waxseal, line);
  await controlFigures(line);
};

const serveFigures = async (waxseal: string, line: (name: string, text: string) => void): Promise<void> => {
  const started = performance.now();
  const child = spawn(process.execPath, [waxseal, 'serve'], { stdio: ['pipe', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  const wall = performance.now() - started;
  const work = processorTime(child.pid);
  child.stdout.resume();
  await delay(2000);
  const rest = resident(child.pid);
  child.kill('SIGINT');
  await once(child, 'exit');
  line(
    'serve, all eight servers',
    `ready after ${wall.toFixed(0)} ms, ${work.toFixed(0)} ms of processor time; ${rest.toFixed(0)} MB at rest`,
  );
};

/** Milliseconds that a process has worked, in all its threads; NaN without /proc. */
const processorTime = (pid: number | undefined): number => {
  try {
    const fields = (readFileSync(`/proc/${String(pid)}/stat`, 'utf8').split(') ')[1] ?? '').split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK;
  } catch {
    return NaN;
  }
};

/** Megabytes that a process holds; NaN without /proc. */
const resident = (pid: number | undefined): number => {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return NaN;
  }
};

const controlFigures = async (line: (name: string, text: string) => void): Promise<void> => {
  await using control = await Control.open({ seed: 'bench' });
  const caller = control.caller();
  for (const [name, client] of CLIENTS) {
    await rounds(caller, WARM_UP, client);
    const before = process.cpuUsage();
    await rounds(caller, ROUNDS, client);
    const { user, system } = process.cpuUsage(before);
    line(
      `start and verdict, ${name}`,
      `${(ROUNDS / ((user + system) / 1e6)).toFixed(0)} for a second of processor time, ${String(AT_ONCE)} at once`,
    );
  }
};

const rounds = async (
  caller: ReturnType<Control['caller']>,
  count: number,
  client: (port: number) => Promise<void>,
): Promise<void> => {
  for (let done = 0; done < count; done += AT_ONCE)
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        const { visit, port } = (await caller.call('start', {
          protocol: 'pop3',
          tls: 'starttls',
        })) as Answered<'start'>;
        await client(port);
        await caller.call('verdict', { visit, outcome: 'failure' });
      }),
    );
};

/** A client that reads the greeting and leaves, and none. */
const CLIENTS: readonly (readonly [name: string, client: (port: number) => Promise<void>])[] = [
  ['no client', () => Promise.resolve()],
  [
    'a client that says QUIT',
    async (port) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('data', () => socket.write('QUIT\r\n'));
      socket.resume();
      await once(socket, 'close');
    },
  ],
];

const ROUNDS = 1000;
const WARM_UP = 200;
const AT_ONCE = 8;
/** Milliseconds: what Linux counts in. */
const TICK = 10;
