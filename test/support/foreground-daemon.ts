import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './processes.js';

/** A server that waxseal has no launcher for: run in the foreground with files of its own, and gone when disposed. */
export interface ForegroundDaemon extends AsyncDisposable {
  readonly ports: readonly number[];
  /** Where its files are. */
  readonly folder: string;
  /** What it has written to its standard output and error so far. */
  readonly output: () => string;
}

/** What to run; functions are told the daemon's folder and its ports. */
export interface ForegroundOptions {
  readonly address: string;
  /** How many ports it opens. */
  readonly ports: number;
  /** By path below the folder. */
  readonly files: (folder: string, ports: readonly number[]) => Readonly<Record<string, string>>;
  readonly command: (folder: string, ports: readonly number[]) => readonly [string, ...string[]];
  /** Folders below the folder that belong to this user. */
  readonly owned?: { readonly uid: number; readonly gid: number; readonly folders: readonly string[] };
  readonly env?: (folder: string) => NodeJS.ProcessEnv;
}

/** Starts it and waits until all of its ports take connections. */
export const startForeground = async (options: ForegroundOptions): Promise<ForegroundDaemon> => {
  const folder = mkdtempSync(join(tmpdir(), 'daemon-'));
  chmodSync(folder, 0o755);
  const ports = await freePorts(options.address, options.ports);
  for (const name of options.owned?.folders ?? []) {
    mkdirSync(join(folder, name));
    chownSync(join(folder, name), options.owned?.uid ?? 0, options.owned?.gid ?? 0);
  }
  for (const [name, text] of Object.entries(options.files(folder, ports)))
    writeFileSync(join(folder, name), text, { mode: 0o644 });
  const [program, ...args] = options.command(folder, ports);
  // A group of its own, so that the children go with it.
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...options.env?.(folder) },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => (output += bytes.toString('utf8')));
  const exited = once(child, 'exit');
  const daemon: ForegroundDaemon = {
    ports,
    folder,
    output: () => output,
    [Symbol.asyncDispose]: async () => {
      if (child.pid !== undefined && child.exitCode === null) {
        process.kill(-child.pid, 'SIGTERM');
        await exited;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await until(
      `${program} listens`,
      async () => {
        if (child.exitCode !== null) throw new Error(`${program} ended: ${output}`);
        const open = await Promise.all(ports.map((port) => isOpen(options.address, port)));
        return open.every(Boolean);
      },
      15_000,
    );
  } catch (error) {
    await daemon[Symbol.asyncDispose]();
    throw new Error(`${error instanceof Error ? error.message : String(error)}; it says: ${output}`, { cause: error });
  }
  return daemon;
};

const isOpen = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

const freePorts = async (address: string, count: number): Promise<number[]> => {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, address);
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
};
