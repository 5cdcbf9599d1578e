/**
 * When `serve` is ready, beside bare Node in the same run, and how much memory it holds over many connections:
 * `npx tsx scripts/bench/serving.ts [CONNECTIONS]`; after a build, on Linux.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Figure } from './audit.js';

/** Figures of `serve`: the median of some starts, and resident memory before, early in and after many connections over POP3. */
export const servingFigures = async (connections = 100_000): Promise<Figure[]> => {
  const ready: number[] = [];
  const bare: number[] = [];
  for (let run = 0; run < STARTS; run += 1) {
    const started = performance.now();
    spawnSync(process.execPath, ['-e', '0']);
    bare.push(performance.now() - started);
    const server = await served();
    ready.push(server.after);
    await stopped(server.process);
  }
  const node = median(bare);
  const server = await served();
  try {
    const rest = residentOf(server.process);
    const early = Math.min(EARLY, connections / 2);
    await visits(server.port, early);
    const before = residentOf(server.process);
    await visits(server.port, connections - early);
    const after = residentOf(server.process);
    return [
      {
        name: 'serve, ready',
        text: `${median(ready).toFixed(0)} ms after it is started, node -e 0 ends after ${node.toFixed(0)}: ${(median(ready) / node).toFixed(2)} times (medians of ${String(STARTS)} in turn)`,
      },
      {
        name: `serve, ${String(connections)} connections`,
        text: `${rest.toFixed(0)} MB at rest, ${before.toFixed(0)} after ${String(early)}, ${after.toFixed(0)} after all (POP3: CAPA, QUIT; resident)`,
      },
    ];
  } finally {
    await stopped(server.process);
  }
};

interface Served {
  readonly process: ChildProcess;
  readonly port: number;
  /** Milliseconds until it said where to connect. */
  readonly after: number;
}

/** Reads on for as long as the server speaks: what nobody reads would hold it up. */
const served = async (): Promise<Served> => {
  const started = performance.now();
  const server = spawn(
    process.execPath,
    [WAXSEAL, 'serve', '--protocol', 'pop3', '--tls', 'starttls', '--format', 'json'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.once('exit', (code) => {
      reject(new Error(`serve ended with ${String(code)} before it was ready`));
    });
    createInterface(server.stdout).on('line', (line) => {
      const said = JSON.parse(line) as { readonly port?: number };
      if (said.port !== undefined) resolve(said.port);
    });
  });
  return { process: server, port, after: performance.now() - started };
};

const stopped = async (server: ChildProcess): Promise<void> => {
  const ended = once(server, 'exit');
  server.kill('SIGKILL');
  await ended;
};

/** So many clients, some at once. */
const visits = async (port: number, count: number): Promise<void> => {
  let left = count;
  const one = async (): Promise<void> => {
    for (; left > 0;) {
      left -= 1;
      const socket = connect(port, '127.0.0.1');
      socket.write('CAPA\r\nQUIT\r\n');
      socket.resume();
      await once(socket, 'close');
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
};

/** Megabytes. */
const residentOf = ({ pid }: ChildProcess): number =>
  Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${String(pid)}/status`, 'latin1'))?.[1] ?? NaN) / 1024;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

const STARTS = 15;
const EARLY = 5000;
const AT_ONCE = 16;
const WAXSEAL = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist/cli/main.js');

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const { name, text } of await servingFigures(Number(process.argv[2] ?? 100_000)))
    console.log(`${name.padEnd(34)} ${text}`);
