import { readFileSync } from 'node:fs';
import { processTable } from './process-table.js';

/** Other users than our own as which processes below `root` run now, by name; empty where there is no /proc. */
export const otherUsers = (root: number): string[] => {
  const rows = processTable();
  const tree = new Set([root]);
  for (let size = 0; size !== tree.size;) {
    ({ size } = tree);
    for (const { pid, parent } of rows) if (tree.has(parent)) tree.add(pid);
  }
  const ids = [...tree].flatMap((pid) => userOf(pid) ?? []);
  return [...new Set(ids)].filter((id) => id !== process.geteuid?.()).map(nameOf);
};

/** The effective user, which decides what may be read. */
const userOf = (pid: number): number | undefined => {
  const id = /^Uid:\t\d+\t(\d+)/m.exec(textOf(`/proc/${String(pid)}/status`))?.[1];
  return id === undefined ? undefined : Number(id);
};

const nameOf = (id: number): string =>
  textOf('/etc/passwd')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([, , each]) => each === String(id))?.[0] ?? `uid ${String(id)}`;

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};
