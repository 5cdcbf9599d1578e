import type { Result } from '../../document/report-model.js';
import { escaped } from '../escape.js';
import { wrapped } from '../layout.js';

/** What a full audit has counted, a line for suites and one for groups; ports that differ have lines of their own. */
export const tlsLines = (results: readonly Result[], width: number): string[] => [
  ...linesOf('suites', results, width, suitesText),
  ...linesOf('groups', results, width, groupsText),
];

const linesOf = (
  title: string,
  results: readonly Result[],
  width: number,
  textOf: (facts: Readonly<Record<string, unknown>>) => string | undefined,
): string[] => {
  const ports = new Map<string, Set<number>>();
  for (const { facts, port } of results) {
    const text = facts === undefined ? undefined : textOf(facts);
    if (text !== undefined && port !== undefined) ports.set(text, (ports.get(text) ?? new Set()).add(port));
  }
  return [...ports].flatMap(([text, on]) => {
    const where = ports.size === 1 ? '' : ` (${[...on].join(', ')})`;
    return wrapped(escaped(`${text}${where}`), width - INDENT).map((line, index) =>
      index === 0 ? `${title.padEnd(INDENT)}${line}` : `${' '.repeat(INDENT)}${line}`,
    );
  });
};

/** `TLS 1.3: 3, TLS 1.2: 9`, newest first. */
const suitesText = ({ suites }: Readonly<Record<string, unknown>>): string | undefined => {
  const versions = listIn(suites, 'versions');
  if (versions === undefined) return undefined;
  return versions
    .flatMap((each) => {
      const [version, count] = [fieldOf(each, 'version'), listIn(each, 'suites')?.length ?? 0];
      return typeof version === 'string' && count > 0 ? [`${nameOf(version)}: ${String(count)}`] : [];
    })
    .toReversed()
    .join(', ');
};

const groupsText = ({ groups }: Readonly<Record<string, unknown>>): string | undefined => {
  const [newer, older] = [listIn(groups, 'tls13'), listIn(groups, 'older')];
  if (newer === undefined || older === undefined) return undefined;
  const names = [...new Set([...newer, ...older])].filter((each) => typeof each === 'string');
  return names.length === 0 ? 'none seen' : names.join(', ');
};

const nameOf = (version: string): string =>
  version.replace('TLSv1.', 'TLS 1.').replace('TLSv1', 'TLS 1.0').replace('SSLv', 'SSL ');

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

const listIn = (value: unknown, name: string): readonly unknown[] | undefined => {
  const list = fieldOf(value, name);
  return Array.isArray(list) ? (list as readonly unknown[]) : undefined;
};

const INDENT = 8;
