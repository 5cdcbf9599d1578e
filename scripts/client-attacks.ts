import { readFileSync } from 'node:fs';

/** One attack on clients, or a situation that clients differ in. */
export interface Attack {
  readonly id: string;
  readonly meaning: string;
  /** Why no scenario covers it; absent where one does, and where none does yet. */
  readonly reason?: string;
}

/** Attacks under one heading. */
export interface AttackGroup {
  readonly title: string;
  readonly attacks: readonly Attack[];
}

/** All attacks of scripts/data/client-attacks.txt, in its order; throws where a line is not understood. */
export const clientAttacks = (): AttackGroup[] => {
  const groups: { title: string; attacks: Attack[] }[] = [];
  for (const line of readFileSync(new URL('data/client-attacks.txt', import.meta.url), 'utf8').split('\n')) {
    const [, title] = /^## (.+)$/.exec(line) ?? [];
    const [, id, meaning] = /^([a-zA-Z0-9-]+): (.+)$/.exec(line) ?? [];
    const [, reason] = /^= (.+)$/.exec(line) ?? [];
    const attacks = groups.at(-1)?.attacks;
    const last = attacks?.at(-1);
    if (title !== undefined) groups.push({ title, attacks: [] });
    else if (id !== undefined && meaning !== undefined && attacks !== undefined) attacks.push({ id, meaning });
    else if (reason !== undefined && attacks !== undefined && last !== undefined)
      attacks[attacks.length - 1] = { ...last, reason };
    else if (line !== '' && !line.startsWith('# ')) throw new Error(`client-attacks.txt: ${line}`);
  }
  return groups;
};
