import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, resolve } from 'node:path';

import { Fault } from '../../fault.js';
import { ownedFolder } from '../../place/visit-home.js';

/** A folder that every user of the machine can pass through, with a path short enough for sockets in it; swept by a later session. */
export const daemonFolder = (workDir: string = tmpdir()): string => {
  const base = [workDir, tmpdir(), '/tmp', '/var/tmp'].find(
    (path) => path.length <= SOCKET_ROOM && isPassable(resolve(path)),
  );
  if (base === undefined)
    throw new Fault(
      'CANNOT_START',
      'a daemon needs a temporary directory that other users can pass through; set TMPDIR to one',
    );
  return ownedFolder(base, 0o711);
};

const isPassable = (path: string): boolean => {
  try {
    const { mode, uid } = statSync(path);
    // Who runs everything as one user passes where that user passes.
    const isOpen = (mode & 0o001) !== 0 || (process.geteuid?.() !== 0 && uid === process.geteuid?.());
    return isOpen && (path === dirname(path) || isPassable(dirname(path)));
  } catch {
    return false;
  }
};

// A socket's path has 107 bytes at most (unix(7)); ours are up to 50 long below this.
const SOCKET_ROOM = 57;
