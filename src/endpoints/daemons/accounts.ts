import { readFileSync } from 'node:fs';

/** The numeric id of a system user; undefined when there is none. */
export const userId = (name: string): number | undefined => numberIn('/etc/passwd', (fields) => fields[0] === name);

/** The numeric id of a system group; undefined when there is none. */
export const groupId = (name: string): number | undefined => numberIn('/etc/group', (fields) => fields[0] === name);

/** The name of the system user with this id. */
export const userName = (id: number): string | undefined =>
  entries('/etc/passwd').find((fields) => fields[2] === String(id))?.[0];

/** The name of the system group with this id. */
export const groupName = (id: number): string | undefined =>
  entries('/etc/group').find((fields) => fields[2] === String(id))?.[0];

/**
 * What this process may be: `root` with other users to change to, `lone-root` of a user namespace that has no other user, or a `user`.
 */
export const standing = (): 'root' | 'lone-root' | 'user' => {
  if (process.geteuid?.() !== 0) return 'user';
  try {
    const ids = readFileSync('/proc/self/uid_map', 'latin1')
      .trim()
      .split('\n')
      .reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[2]), 0);
    return ids > 1000 ? 'root' : 'lone-root';
  } catch {
    return 'root';
  }
};

const numberIn = (file: string, matches: (fields: readonly string[]) => boolean): number | undefined => {
  const id = entries(file).find(matches)?.[2];
  return id === undefined ? undefined : Number(id);
};

const entries = (file: string): string[][] => {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.split(':'));
  } catch {
    return [];
  }
};
