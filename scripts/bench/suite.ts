/**
 * What test suites in any language wait for: `npx tsx scripts/bench/suite.ts`; after a build, on Linux.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
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
  await bareSockets(WARM_UP);
  const start = process.cpuUsage();
  await bareSockets(ROUNDS);
  const bare = process.cpuUsage(start);
  line(
    'its sockets alone',
    `${(ROUNDS / ((bare.user + bare.system) / 1e6)).toFixed(0)} for a second of processor time, ${String(AT_ONCE)} at once`,
  );
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

/** What Node takes for the sockets of a start and verdict: it listens on both loopback addresses, and before it stops a connection of its own shows that nobody else’s is waiting. */
const bareSockets = async (count: number): Promise<void> => {
  const one = async (host: string): Promise<void> => {
    const server = createServer((socket) => socket.destroy()).listen(0, host);
    await once(server, 'listening');
    const fence = connect((server.address() as AddressInfo).port, host);
    fence.resume();
    await once(fence, 'close');
    server.close();
    await once(server, 'close');
  };
  for (let done = 0; done < count; done += AT_ONCE)
    await Promise.all(Array.from({ length: AT_ONCE }, () => Promise.all([one('127.0.0.1'), one('::1')])));
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

if (process.argv[1] === fileURLToPath(import.meta.url))
  await suiteFigures(
    join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist/cli/main.js'),
    (name, text) => {
      console.log(`${name.padEnd(34)} ${text}`);
    },
  );
