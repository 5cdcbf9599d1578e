import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

import { Fault } from '../fault.js';

/** Absolute path of the file that a command name stands for, or why it cannot be started; a name with a slash is relative to our own directory. */
export const executable = (name: string, path: string = process.env['PATH'] ?? ''): string => {
  if (name === '')
    throw new Fault('CANNOT_START', 'expected a command to start, got an empty name; put the command after --');
  const candidates = name.includes('/')
    ? [resolve(name)]
    : path.split(delimiter).map((folder) => join(resolve(folder), name));
  const present = candidates.filter(isFile);
  const found = present.find(isExecutable);
  if (found !== undefined) {
    rejectMissingInterpreter(name, found);
    return found;
  }
  const shown = JSON.stringify(name);
  throw new Fault(
    'CANNOT_START',
    present[0] !== undefined
      ? `${shown} cannot be started: ${JSON.stringify(present[0])} is not executable; chmod +x it, or name its interpreter`
      : `${shown} cannot be started: ${name.includes('/') ? `there is no file ${JSON.stringify(candidates[0])}` : 'it is not in PATH'}; install it or give its path`,
  );
};

/** A system tool's absolute path, also from the sbin folders that users lack in PATH; undefined where it is not installed. */
export const systemTool = (name: string): string | undefined =>
  (isAbsolute(name) ? [name] : systemFolders().map((folder) => join(folder, name))).find(
    (path) => isFile(path) && isExecutable(path),
  );

const systemFolders = (): string[] => [
  ...(process.env['PATH'] ?? '').split(delimiter).filter(isAbsolute),
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
];

// The kernel says "no such file" of the script when its interpreter is what is missing, and says so only after the visit began.
const rejectMissingInterpreter = (name: string, path: string): void => {
  const head = Buffer.alloc(256);
  let length = 0;
  try {
    const file = openSync(path, 'r');
    try {
      length = readSync(file, head);
    } finally {
      closeSync(file);
    }
  } catch {
    return; // Executable but not readable is legal for binaries.
  }
  const interpreter = /^#![ \t]*([^\s]+)/.exec(head.toString('latin1', 0, length))?.[1];
  if (interpreter === undefined || !isAbsolute(interpreter) || isFile(interpreter)) return;
  throw new Fault(
    'CANNOT_START',
    `${JSON.stringify(name)} cannot be started: its interpreter ${JSON.stringify(interpreter)} is not installed; install it or change the first line`,
  );
};

const isFile = (path: string): boolean => {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
