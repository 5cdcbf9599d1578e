/**
 * Writes what mail clients support from a checkout of caniemail.com (github.com/hteumeuleu/caniemail):
 * `npx tsx scripts/client-support.ts FOLDER MONTH`.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { FEATURES } from '../src/rest/html-check/features.js';

const [folder = '.', month = ''] = process.argv.slice(2);
const wanted = new Set(FEATURES.map(({ slug }) => slug));

/** By feature: client, its newest version (the last one that is listed), and y, n or a (partial). */
const found = new Map<string, Map<string, readonly [version: string, support: string]>>();
for (const name of readdirSync(join(folder, '_features')).toSorted()) {
  const slug = name.replace(/\.md$/, '');
  if (!wanted.has(slug)) continue;
  const clients = new Map<string, readonly [string, string]>();
  for (const [family, platforms] of statsIn(readFileSync(join(folder, '_features', name), 'utf8')))
    for (const [platform, tried] of entries(platforms)) {
      const [version, said] = entries(tried).at(-1) ?? ['', ''];
      const support = String(said).charAt(0).toLowerCase();
      if (/^[yna]$/.test(support)) clients.set(`${family}.${platform}`, [version, support]);
    }
  found.set(slug, clients);
}

const versions = new Map<string, Set<string>>();
for (const clients of found.values())
  for (const [client, [version]] of clients) versions.set(client, (versions.get(client) ?? new Set()).add(version));
const columns = [...versions]
  .toSorted(([a], [b]) => (a < b ? -1 : 1))
  .map(([client, all]) => [client, [...all].toSorted()] as const);

writeFileSync(
  'src/rest/html-check/support-table.ts',
  `// Written by scripts/client-support.ts from caniemail.com (MIT, Copyright (c) 2019 Rémi Parmentier), as of ${month};
// the licence: github.com/hteumeuleu/caniemail/blob/main/LICENSE.
// Each client in the newest version that was tried: y, n or a (partial), and the number of the version to the base 36.

/** Clients with their versions. */
export const CLIENTS = \`
${columns.map(([client, all]) => `${client} ${all.join(',')}`).join('\n')}
\`;

/** Features with three characters for each client. */
export const SUPPORT = \`
${[...found]
  .map(([slug, clients]) => `${slug} ${columns.map(([client, all]) => cell(clients.get(client), all)).join('')}`)
  .join('\n')}
\`;
`,
);
console.log(
  `${String(found.size)} of ${String(wanted.size)} features; not there: ${[...wanted].filter((slug) => !found.has(slug)).join(' ')}`,
);

function cell(tried: readonly [version: string, support: string] | undefined, all: readonly string[]): string {
  return tried === undefined ? '---' : tried[1] + all.indexOf(tried[0]).toString(36).padStart(2, '0');
}

/** Maps keep the order of the text, where whole numbers would come first in an object; some files are not indented as YAML wants it. */
function statsIn(text: string): (readonly [string, unknown])[] {
  const from = text.indexOf('stats:');
  let [depth, end] = [0, text.indexOf('{', from)];
  do {
    if (text[end] === '{') depth += 1;
    else if (text[end] === '}') depth -= 1;
    end += 1;
  } while (depth > 0 && end < text.length);
  const block = text.slice(from, end).replaceAll('\t', ' ').replaceAll('\n', '\n  ');
  return entries(parse(block, { mapAsMap: true, uniqueKeys: false })).flatMap(([, stats]) => entries(stats));
}

function entries(value: unknown): (readonly [string, unknown])[] {
  return value instanceof Map ? [...value].map(([key, of]) => [String(key), of] as const) : [];
}
