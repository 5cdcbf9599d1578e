import type { Result } from '../../document/report-model.js';
import { escaped } from '../escape.js';
import { labelled } from '../layout.js';

/** What is well, a line each: the chain, the two ports of one service, and what a full audit has counted; ports that differ have lines of their own. */
export const tlsLines = (results: readonly Result[], width: number): string[] => [
  ...linesOf('chain', results, width, chainText),
  ...doorLines(results, width),
  ...linesOf('suites', results, width, suitesText),
  ...linesOf('groups', results, width, (facts) => groupsText(facts, width - INDENT)),
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
    return told(title, `${text}${where}`, width);
  });
};

const told = (title: string, text: string, width: number): string[] =>
  labelled(title, escaped(text), { width, indent: 0, column: INDENT });

/** `mail.example.org, signed by R11, ISRG Root X1; trusted`; what is wrong with a chain is a finding. */
const chainText = ({ chains }: Readonly<Record<string, unknown>>): string | undefined => {
  const chain = fieldOf(Array.isArray(chains) ? chains[0] : undefined, 'chain');
  if (fieldOf(chain, 'chain') !== 'trusted' || fieldOf(chain, 'nameMatches') !== 'san') return undefined;
  const [leaf, ...signers] = (listIn(chain, 'path') ?? []).map((each) => commonName(fieldOf(each, 'subject')));
  if (leaf === undefined || signers.length === 0) return undefined;
  const how = fieldOf(chain, 'anchor') === 'given' ? 'trusted (--ca)' : 'trusted';
  return `${leaf}, signed by ${signers.join(', ')}; ${how}`;
};

const commonName = (subject: unknown): string => {
  const text = typeof subject === 'string' ? subject : 'unnamed';
  return /\bCN=([^,]+)/.exec(text)?.[1] ?? text;
};

/** Ports of one service that are alike: the one where TLS is implicit, and the one for STARTTLS. */
const doorLines = (results: readonly Result[], width: number): string[] => {
  const pairs = results.flatMap(({ id, status, port, facts }) => {
    const others = listIn(facts?.['doors'], 'others') ?? [];
    if (id !== 'doors-differ' || status !== 'pass' || port === undefined || others.length === 0) return [];
    return [[port, ...others.map((each) => Number(fieldOf(each, 'port')))].join('/')];
  });
  return pairs.length === 0
    ? []
    : told('doors', `${pairs.join(', ')}: same certificate, TLS versions and logins`, width);
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

/** In one line: those that do not fit are counted. */
const groupsText = ({ groups }: Readonly<Record<string, unknown>>, room: number): string | undefined => {
  const [newer, older] = [listIn(groups, 'tls13'), listIn(groups, 'older')];
  if (newer === undefined || older === undefined) return undefined;
  const names = [...new Set([...newer, ...older])].filter((each) => typeof each === 'string');
  if (names.length === 0) return 'none seen';
  const all = names.join(', ');
  const shown = names.filter((_, index) => names.slice(0, index + 1).join(', ').length <= room - MORE.length);
  return all.length <= room ? all : `${shown.join(', ')}, ${String(names.length - shown.length)} more`;
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
/** Room for it. */
const MORE = ', 99 more';
