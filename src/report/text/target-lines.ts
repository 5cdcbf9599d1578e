import type { Report, Result } from '../../document/report-model.js';
import { escaped } from '../escape.js';
import { counted, cut } from '../layout.js';
import { isBad, painter, worse, type TextStyle } from './style.js';

/** A line for each target, worst first: its verdict, the worst finding and where, and how many more there are. */
export const targetLines = (style: TextStyle): string[] => {
  const { colors, width, cut: isCut } = style;
  const rows = rowsOf(style.report).toSorted(worstFirst);
  const labels = labelsOf(rows);
  const column = Math.min(LONGEST_LABEL, Math.max(6, ...labels.map((label) => label.length)));
  const verdicts = rows.map(verdictOf);
  const second = Math.max(7, ...verdicts.map((verdict) => verdict.length));
  const line = (label: string, verdict: string, text: string, paint: (word: string) => string): string => {
    const head = `${label.padEnd(column)}  ${verdict.padEnd(second)}`;
    const room = Math.max(20, width - head.length - 2);
    return `${label.padEnd(column)}  ${paint(verdict.padEnd(second))}  ${isCut ? cut(text, room) : text}`.trimEnd();
  };
  return [
    line('target', 'verdict', 'worst finding', colors.dim),
    ...rows.map((row, index) => {
      const [worst] = row.results;
      return line(
        labels[index] ?? '',
        verdicts[index] ?? '',
        escaped(textOf(row)),
        painter(worst?.status ?? 'inconclusive', colors),
      );
    }),
    '',
  ];
};

/** Faults that stand in the line of their target. */
export const isToldOfTarget = (fault: string, report: Report): boolean =>
  rowsOf(report).some((row) => row.results.length === 0 && row.fault === fault);

/** A target, under one name. */
interface Row {
  readonly target: string;
  readonly host: string;
  /** Worst first. */
  readonly results: readonly Result[];
  /** Why there are no results. */
  readonly fault?: string;
  /** Its place in the list of targets. */
  readonly place: number;
}

const rowsOf = (report: Report): readonly Row[] => {
  const known = ROWS.get(report);
  if (known !== undefined) return known;
  const { results, alsoNamed = [], faults = [], subject } = report;
  const own = new Map<string, { readonly target: string; readonly host: string; readonly results: Result[] }>();
  const rowFor = (target: string, host: string): Result[] => {
    const key = `${target} ${host}`;
    const row = own.get(key) ?? { target, host, results: [] };
    own.set(key, row);
    return row.results;
  };
  const byPort = new Map<string, Result[]>();
  for (const result of results) {
    const { target = '', host = '' } = result;
    rowFor(target, host).push(result);
    const port = portKey(result, host);
    byPort.set(port, [...(byPort.get(port) ?? []), result]);
  }
  for (const each of alsoNamed) {
    const found = byPort.get(portKey(each, each.host)) ?? [];
    const ids = new Set(found.map(({ id }) => id));
    const shared = (byPort.get(portKey(each, each.as)) ?? []).filter(({ id }) => !ids.has(id));
    const row = rowFor(each.target, each.host);
    row.push(...found.filter((result) => !row.includes(result)), ...shared);
  }
  const targets = [...new Set(subject.targets ?? [])];
  const places = new Map(targets.map((target, index) => [target, index]));
  const rows: Row[] = [...own.values()].map((row) => ({
    ...row,
    results: row.results.toSorted(worse),
    place: places.get(row.target) ?? places.size,
  }));
  const seen = new Set(rows.map(({ target }) => target));
  for (const [place, target] of targets.entries()) {
    if (seen.has(target)) continue;
    const fault = faults.find((each) => each.startsWith(`${target} `) || each.startsWith(`${target}: `));
    rows.push({ target, host: target, results: [], place, ...(fault !== undefined && { fault }) });
  }
  ROWS.set(report, rows);
  return rows;
};

const worstFirst = (a: Row, b: Row): number => {
  const [worstOfA, worstOfB] = [a.results[0] ?? NOTHING_SEEN, b.results[0] ?? NOTHING_SEEN];
  return worse(worstOfA, worstOfB) || badOf(b).length - badOf(a).length || a.place - b.place;
};

/** As the user wrote it; under several names, the name. */
const labelsOf = (rows: readonly Row[]): string[] => {
  const names = new Map<string, number>();
  for (const { target } of rows) names.set(target, (names.get(target) ?? 0) + 1);
  const several = [...names.values()].filter((count) => count > 1).length > 1;
  return rows.map(({ target, host }) => {
    const label = (names.get(target) ?? 0) < 2 ? target : several ? `${host} at ${target}` : host;
    return escaped(label);
  });
};

const verdictOf = ({ results: [worst] }: Row): string => {
  if (worst === undefined) return 'not reached';
  if (isBad(worst.status)) return worst.severity ?? worst.status;
  return worst.status === 'info' || worst.status === 'not-applicable' ? 'pass' : worst.status;
};

const textOf = ({ target, results, fault = 'nothing could be observed' }: Row): string => {
  const [worst] = results;
  if (worst === undefined) return fault.startsWith(`${target}: `) ? fault.slice(target.length + 2) : fault;
  const ports = new Set(results.flatMap(({ port }) => port ?? []));
  if (!isTold(worst)) return counted(ports.size, 'port');
  const told = results.filter(isTold);
  const same = told.filter(({ id }) => id === worst.id);
  const on = [...new Set(same.flatMap(({ port }) => port ?? []))].sort((a, b) => a - b);
  const where =
    ports.size < 2 || on.length === 0 ? '' : on.length === ports.size ? ' (all ports)' : ` (${on.join(', ')})`;
  const others = told.filter(({ id }) => id !== worst.id);
  const findings = new Set(others.filter(({ status }) => isBad(status)).map(({ id }) => id)).size;
  const rest = new Set(others.filter(({ status }) => !isBad(status)).map(({ id }) => id)).size;
  const more = [
    ...(findings > 0 ? [counted(findings, 'more finding')] : []),
    ...(rest > 0
      ? [counted(rest, 'warning or open question').replace('warning or open questions', 'warnings or open questions')]
      : []),
  ];
  return `${worst.because}${where}${more.length === 0 ? '' : `; ${more.join(', ')}`}`;
};

const badOf = ({ results }: Row): readonly Result[] => results.filter(({ status }) => isBad(status));

const isTold = ({ status }: Result): boolean => isBad(status) || status === 'warn' || status === 'inconclusive';

const portKey = (
  { address = '', port = 0 }: { readonly address?: string; readonly port?: number },
  host: string,
): string => `${address} ${String(port)} ${host}`;

/** Where a target without results stands. */
const NOTHING_SEEN: Pick<Result, 'status'> = { status: 'inconclusive' };
const ROWS = new WeakMap<Report, readonly Row[]>();
const LONGEST_LABEL = 60;
