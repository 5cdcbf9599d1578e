import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';

import { Fault } from '../fault.js';
import { systemReason } from './system-reason.js';
import { processRow } from './process-table.js';

/** The one folder of a session, in which every visit's home is made; removed by `remove`, or swept by a later session. */
export interface SessionFolder extends AsyncDisposable {
  readonly path: string;
  /** A fresh home; its name is made of `label`. */
  home(label: string, options?: HomeOptions): VisitHome;
  /**
   * Writes a file that is no secret where every user of the machine can read it (mode 0644), for clients that change their
   * user, and returns its absolute path.
   */
  publish(name: string, content: string | Buffer): string;
  remove(): Promise<void>;
}

/** What a home lets through from outside and holds from the start. */
export interface HomeOptions {
  /** Names of our own environment that are passed on, besides PATH, LANG, LC_ALL and TZ. */
  readonly passOn?: readonly string[];
  /** Variables of the visit itself; they win. */
  readonly env?: Readonly<Record<string, string>>;
  /** Files to write, by path below the home's folder. */
  readonly files?: Readonly<Record<string, string | Buffer>>;
}

/** A fresh HOME with nothing in it that another visit has touched. */
export interface VisitHome {
  /** HOME itself. */
  readonly path: string;
  /** The working directory. */
  readonly cwd: string;
  /** The whole environment for the client. */
  readonly env: Readonly<Record<string, string>>;
  /** Writes a file below the home (mode 0600) and returns its absolute path. */
  write(name: string, content: string | Buffer): string;
  /** Copies what is in a folder into the home; links stay links. */
  fill(folder: string): void;
  remove(): Promise<void>;
}

/** Makes this session's folder (mode 0700) in the system's temporary directory, and sweeps those of dead sessions first. */
export const openSession = (base: string = tmpdir()): SessionFolder => {
  const path = ownedFolder(base, 0o700);
  let open: string | undefined;
  const remove = async (): Promise<void> => {
    for (const each of [path, ...(open === undefined ? [] : [open])]) await removeTree(each);
  };
  let count = 0;
  return {
    path,
    home: (label, options = {}) => {
      count += 1;
      return visitHome(join(path, `${count}-${label.replace(/[^A-Za-z0-9.-]+/g, '-').slice(0, 60)}`), options);
    },
    publish: (name, content) => {
      open ??= ownedFolder(base, 0o711);
      const file = join(open, name);
      mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
      // Whatever the umask says.
      for (let folder = dirname(file); folder !== open; folder = dirname(folder)) chmodSync(folder, 0o755);
      writeFileSync(file, content, { mode: 0o644 });
      chmodSync(file, 0o644);
      return file;
    },
    remove,
    [Symbol.asyncDispose]: remove,
  };
};

/** A fresh folder that a later session sweeps once we are dead; daemons of several users need mode 0711. */
export const ownedFolder = (base: string, mode: 0o700 | 0o711): string => {
  sweep(base);
  let path: string | undefined;
  try {
    path = mkdtempSync(join(base, `${PREFIX}${process.pid}-${randomBytes(4).toString('hex')}`));
    chmodSync(path, mode);
    writeFileSync(join(path, OWNER), `${sessionOwner()}\n`, { mode: 0o600 });
    return path;
  } catch (error) {
    if (path !== undefined) rmSync(path, { recursive: true, force: true });
    const why = systemReason(error) ?? (error instanceof Error && 'code' in error ? String(error.code) : String(error));
    throw new Fault(
      'UNREACHABLE',
      `no temporary folder can be made in ${JSON.stringify(base)} (${why}); set TMPDIR to a folder that has room and can be written`,
      { cause: error },
    );
  }
};

/** Removes a folder whatever a client did to the rights in it; links are removed, never followed. Never rejects. */
const removeTree = async (path: string): Promise<void> => {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    giveRights(path);
    // Without descriptors, say, it stays: the next session sweeps it, and no result is lost for it.
    await rm(path, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }
};

/** Lets us into a folder and all below it, as far as it is ours. */
const giveRights = (path: string): void => {
  try {
    if (!lstatSync(path).isDirectory()) return;
    chmodSync(path, 0o700);
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.isDirectory()) giveRights(join(path, entry.name));
  } catch {
    // Removing it will tell.
  }
};

/** Removes the folders of sessions whose process is dead; returns how many. Never fails: what is not ours stays. */
export const sweep = (base: string = tmpdir()): number => {
  let removed = 0;
  for (const name of namesIn(base)) {
    if (!OURS.test(name)) continue;
    const path = join(base, name);
    try {
      if (statSync(path).uid !== (process.geteuid?.() ?? statSync(path).uid) || isOwned(path)) continue;
      giveRights(path);
      rmSync(path, { recursive: true, force: true });
      removed += 1;
    } catch {
      // Another session may be sweeping it too.
    }
  }
  return removed;
};

/** Why a home cannot have a file of this name, in words; undefined if it can. */
export const badName = (name: string): string | undefined => {
  const home = resolve(sep, 'home');
  const inside = relative(home, resolve(home, name));
  if (name.includes('\0')) return 'it contains a NUL character';
  if (inside === '..' || inside.startsWith(`..${sep}`)) return 'it leads out of the home';
  if (
    inside === '' ||
    name.endsWith(sep) ||
    WORK === inside ||
    [...Object.values(FOLDERS)].some((folder) => `${folder}/`.startsWith(`${inside}/`))
  )
    return 'it is a folder';
  if (inside.split(sep).some((part) => Buffer.byteLength(part) > LONGEST_PART) || Buffer.byteLength(inside) > LONGEST)
    return 'it is too long';
  return undefined;
};

const visitHome = (path: string, { passOn = [], env = {}, files = {} }: HomeOptions): VisitHome => {
  const cwd = join(path, WORK);
  const places = Object.fromEntries(Object.entries(FOLDERS).map(([name, folder]) => [name, join(path, folder)]));
  for (const folder of [cwd, ...Object.values(places)]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const write = (name: string, content: string | Buffer): string => {
    const file = resolve(path, name);
    const why = badName(name);
    if (why !== undefined) throw new Fault('HARNESS_BUG', `no file of a visit's home: ${JSON.stringify(name)}: ${why}`);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, content, { mode: 0o600 });
    return file;
  };
  for (const [name, content] of Object.entries(files)) write(name, content);
  const inherited = [...ALLOWED, ...passOn].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    path,
    cwd,
    env: { ...Object.fromEntries(inherited), HOME: path, ...places, ...env },
    write,
    fill: (folder) => {
      cpSync(folder, path, { recursive: true, verbatimSymlinks: true });
    },
    remove: () => removeTree(path),
  };
};

/** Names the process that owns this session's folder: pid, start and pid namespace; inside a cell, the process outside that started it. */
export const sessionOwner = (): string =>
  process.env[OUTER_OWNER] ?? `${process.pid} ${startOf(process.pid)} ${pidNamespace()}`;

/** The variable in which a cell is told who owns it from outside. */
export const OUTER_OWNER = 'WAXSEAL_OWNER';

// A pid alone is not enough: after a reboot, or long enough, somebody else has it; and in another pid namespace it means nothing.
const isOwned = (path: string): boolean => {
  const age = Date.now() - statSync(path).mtimeMs;
  let owner: string;
  try {
    owner = readFileSync(join(path, OWNER), 'utf8');
  } catch {
    return age < NEWBORN_MS;
  }
  const [pid = '', start, namespace] = owner.trim().split(' ');
  return namespace === pidNamespace() ? startOf(Number(pid)) === start : age < FOREIGN_MS;
};

const pidNamespace = (): string => {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return 'none';
  }
};

// Without /proc the start is unknown, and a living pid is taken for the owner.
const startOf = (pid: number): string => {
  const row = processRow(pid);
  if (row !== undefined) return String(row.startedAt);
  if (process.platform === 'linux') return 'dead';
  try {
    process.kill(pid, 0);
    return 'alive';
  } catch {
    return 'dead';
  }
};

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

const PREFIX = 'waxseal-';
/** A name that `ownedFolder` gives: a user who calls a folder of his own `waxseal-results` keeps it. */
const OURS = new RegExp(`^${PREFIX}\\d+-[0-9a-f]{8}\\w{6}$`);
const OWNER = 'owner';
const ALLOWED = ['PATH', 'LANG', 'LC_ALL', 'TZ'];
const NEWBORN_MS = 60_000;
const FOREIGN_MS = 24 * 3600_000;

const WORK = 'work';
const FOLDERS = {
  XDG_CONFIG_HOME: '.config',
  XDG_DATA_HOME: '.local/share',
  XDG_STATE_HOME: '.local/state',
  XDG_CACHE_HOME: '.cache',
  XDG_RUNTIME_DIR: '.run',
  TMPDIR: 'tmp',
};
/** Bytes of a file's name, and of a path that leaves room for the home's own. */
const LONGEST_PART = 255;
const LONGEST = 3000;
