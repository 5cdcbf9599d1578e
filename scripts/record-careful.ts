/**
 * Writes src/report/careful/recorded.ts: what waxseal's own careful test client does in every case on loopback. Reports show it beside
 * a client that did something else. To be run when a scenario is added or changes what servers say.
 * `npm run generate:careful [-- SCENARIO…]`: of the named scenarios only, all others stay as they are.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compact, packed, unpacked, type CarefulClient } from '../src/report/careful/compact.js';
import { RECORDED } from '../src/report/careful/recorded.js';
import scenarios from '../src/scenarios/index.js';
import { playedCarefully } from './careful-client.js';
import { saidCarefully } from './careful-words.js';

const names = process.argv.slice(2);
for (const name of names)
  if (!scenarios.some(({ id }) => id === name))
    throw new Error(`unknown scenario ${name}; waxseal list scenarios shows all`);

const before = unpacked(RECORDED);
const played = await playedCarefully(({ scenario }) => names.length === 0 || names.includes(scenario.id));
const now = [...played].map(([key, { connections, canaries }]) => [key, compact(connections, canaries)] as const);
const isSame = ([key, connections]: (typeof now)[number]): boolean =>
  JSON.stringify(saidCarefully(before.get(key) ?? [])) === JSON.stringify(saidCarefully(connections));
// What only differs by names made up anew stays as it was.
const changed = now.filter((each) => !before.has(each[0]) || !isSame(each));
const kept = [...before].filter(([key]) => names.length > 0 || played.has(key));
const client: CarefulClient = new Map([...kept, ...changed].toSorted(([a], [b]) => (a < b ? -1 : 1)));
const text = packed(client);
if (text !== RECORDED)
  writeFileSync(
    join(import.meta.dirname, '../src/report/careful/recorded.ts'),
    `// Written by scripts/record-careful.ts; do not edit.
/** What the careful test client did in every case on loopback, packed. */
export const RECORDED =
  // prettier-ignore
  '${text}';
`,
  );
process.stdout.write(
  `${String(now.length)} cases played, ${String(changed.length)} changed; ${String(client.size)} in all, ${String(Math.round(text.length / 1000))} kB\n`,
);
