import { readFileSync } from 'node:fs';

/** One attack on clients, one defect of servers, or a situation that they differ in. */
export interface KnownRow {
  readonly id: string;
  readonly meaning: string;
  /** Why nothing covers it; absent where something does. */
  readonly reason?: string;
  /** Globs over rows whose scenarios do this in the middle seat. */
  readonly like?: readonly string[];
  /** Why it weighs less here than elsewhere. */
  readonly severity?: string;
}

/** Rows under one heading. */
export interface KnownGroup {
  readonly title: string;
  readonly rows: readonly KnownRow[];
}

/** All rows of a file in scripts/data, in its order; throws where a line is not understood. */
const rowsIn = (file: string): KnownGroup[] => {
  const groups: { title: string; rows: KnownRow[] }[] = [];
  for (const line of readFileSync(new URL(`data/${file}`, import.meta.url), 'utf8').split('\n')) {
    const [, title] = /^## (.+)$/.exec(line) ?? [];
    const [, id, meaning] = /^([a-zA-Z0-9-]+): (.+)$/.exec(line) ?? [];
    const [, reason] = /^= (.+)$/.exec(line) ?? [];
    const [, like] = /^> (.+)$/.exec(line) ?? [];
    const [, severity] = /^~ (.+)$/.exec(line) ?? [];
    const rows = groups.at(-1)?.rows;
    const last = rows?.at(-1);
    if (title !== undefined) groups.push({ title, rows: [] });
    else if (id !== undefined && meaning !== undefined && rows !== undefined) rows.push({ id, meaning });
    else if (reason !== undefined && rows !== undefined && last !== undefined)
      rows[rows.length - 1] = { ...last, reason };
    else if (like !== undefined && rows !== undefined && last !== undefined)
      rows[rows.length - 1] = { ...last, like: like.split(' ') };
    else if (severity !== undefined && rows !== undefined && last !== undefined)
      rows[rows.length - 1] = { ...last, severity };
    else if (line !== '' && !line.startsWith('# ')) throw new Error(`${file}: ${line}`);
  }
  return groups;
};

/** Attacks on clients. */
export const clientAttacks = (): KnownGroup[] => rowsIn('client-attacks.txt');

/** Defects of servers. */
export const serverDefects = (): KnownGroup[] => rowsIn('server-defects.txt');
