/**
 * Writes src/report/careful/recorded.ts: what waxseal's own careful test client does in every case on loopback. Reports show it beside
 * a client that did something else. To be run when a scenario is added or changes what servers say.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compact, packed, type CarefulClient } from '../src/report/careful/compact.js';
import { playedCarefully } from './careful-client.js';

const client: CarefulClient = new Map(
  [...(await playedCarefully(() => true))].map(([key, { connections, canaries }]) => [
    key,
    compact(connections, canaries),
  ]),
);
const text = packed(client);
writeFileSync(
  join(import.meta.dirname, '../src/report/careful/recorded.ts'),
  `// Written by scripts/record-careful.ts; do not edit.
/** What the careful test client did in every case on loopback, packed. */
export const RECORDED =
  // prettier-ignore
  '${text}';
`,
);
process.stdout.write(`${String(client.size)} cases, ${String(Math.round(text.length / 1000))} kB\n`);
