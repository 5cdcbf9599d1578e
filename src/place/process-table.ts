import { readFileSync, readdirSync } from 'node:fs';

/** One live process of this machine, from /proc (Linux). */
export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** In clock ticks since boot; with the pid it names one process for ever. */
  readonly startedAt: number;
}

/** All live processes; zombies are dead. Empty where there is no /proc. */
export const processTable = (): ProcessRow[] => {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return [];
  }
  return names.filter((name) => /^\d+$/.test(name)).flatMap((name) => processRow(Number(name)) ?? []);
};

/** The row of one process; undefined when it is dead or a zombie. */
export const processRow = (pid: number): ProcessRow | undefined => {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The name in parentheses may hold anything, a parenthesis too: fields count from the last one (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state = 'X', parent, group, session] = fields;
  if (/[ZXx]/.test(state)) return undefined;
  return { pid, parent: Number(parent), group: Number(group), session: Number(session), startedAt: Number(fields[19]) };
};

/** Whether a process was started with this text in its environment; what is not ours to read was not. */
export const hasInEnvironment = (pid: number, text: string): boolean => {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(text);
  } catch {
    return false;
  }
};
