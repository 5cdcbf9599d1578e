import { existsSync, mkdirSync, chmodSync, chownSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { daemonFolder } from '../endpoints/daemons/daemon-folder.js';
import { onPorts } from '../endpoints/daemons/daemon-ports.js';
import { greeted } from '../endpoints/daemons/readiness.js';
import type { DaemonListener, RunningDaemon } from '../endpoints/daemons/running-daemon.js';
import { Fault } from '../fault.js';
import { systemTool } from '../place/executable.js';
import { startChild, startDaemon } from '../place/keeper.js';
import type { LabOrder } from './daemon.js';

/** A foreground program with files of its own. */
export interface ProgramOrder {
  readonly name: string;
  /** What prints its version, and where in that it stands; absent where nothing does. */
  readonly version?: readonly [command: readonly string[], pattern: RegExp];
  /** By path below the folder, mode 0644; those whose names end in `.key` 0600. */
  readonly files: (folder: string, listeners: readonly DaemonListener[]) => Readonly<Record<string, string>>;
  readonly command: (folder: string) => readonly string[];
  /** Folders below the folder, and whose they are. */
  readonly folders?: {
    readonly names: readonly string[];
    readonly uid: number | undefined;
    readonly gid: number | undefined;
  };
  readonly env?: (folder: string) => Readonly<Record<string, string>>;
}

/** Starts a program on free ports and waits until it greets; it ends with us. */
export const startProgram = ({ address, roles, ready, users }: LabOrder, order: ProgramOrder): Promise<RunningDaemon> =>
  onPorts({ address }, roles, async (listeners) => {
    const folder = daemonFolder();
    const clear = (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5 });
    try {
      for (const name of order.folders?.names ?? []) {
        mkdirSync(join(folder, name));
        if (order.folders?.uid !== undefined)
          chownSync(join(folder, name), order.folders.uid, order.folders.gid ?? order.folders.uid);
      }
      for (const [name, text] of Object.entries(order.files(folder, listeners))) {
        writeFileSync(join(folder, name), text);
        chmodSync(join(folder, name), name.endsWith('.key') ? 0o600 : 0o644);
      }
      const env = { ...ENVIRONMENT, ...order.env?.(folder) };
      const child = await startDaemon(order.command(folder), { cwd: folder, env, grace: 200 });
      const stop = async (): Promise<void> => {
        await child.stop();
        await clear();
      };
      const log = (): string => `${child.output().stdout}${child.output().stderr}`;
      try {
        // It says nothing that is the same in all versions; what listens on a port that was free is this program.
        await greeted(order.name, child, listeners, log, /^/, ready);
      } catch (error) {
        await child.stop();
        throw error;
      }
      return {
        name: order.name,
        version: order.version === undefined ? '' : await versionOf(order.version),
        listeners,
        log,
        addUser: () => {
          throw new Fault(
            'BAD_USAGE',
            `${order.name} knows the accounts that it was started with (${users.map(({ user }) => user).join(', ')})`,
          );
        },
        stop,
        [Symbol.asyncDispose]: stop,
      };
    } catch (error) {
      await clear();
      throw error;
    }
  });

/** The path of a program: installed, or unpacked by scripts/install-daemons; throws `DAEMON_MISSING` with its packages. */
export const labProgram = (name: string, packages: string, unpacked: string): string => {
  const path = join(UNPACKED, unpacked);
  const found = systemTool(name) ?? (existsSync(path) ? path : undefined);
  if (found === undefined) throw new Fault('DAEMON_MISSING', `${name} is not installed; Debian packages: ${packages}`);
  return found;
};

/** What a program says that its version is; empty where it says none. */
export const versionOf = async ([command, pattern]: NonNullable<ProgramOrder['version']>): Promise<string> => {
  await using child = await startChild(command, { cwd: '/', env: ENVIRONMENT });
  await child.treeEmpty;
  const { stdout, stderr } = child.output();
  return pattern.exec(`${stdout}${stderr}`)?.[1] ?? '';
};

/** Where scripts/install-daemons unpacks what cannot be installed beside another mail server. */
export const UNPACKED = '/usr/local/lib/waxseal';
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
