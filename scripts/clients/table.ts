import picomatch from 'picomatch';
import { FAMILY_NAMES } from '../../src/scenarios/family.js';
import type { Cell, Row, Truth } from './row.js';

/** The generated part of docs/clients.md; pure. */
export const tableOf = (all: readonly Row[], truths: readonly Truth[], today: string): string => {
  const rows = all.map((row) => ({ ...row, cells: row.cells.filter((cell) => !isTooSlow(cell)) }));
  const observed = rows.filter(({ fault }) => fault === undefined);
  const slow = all.flatMap(({ cells }) => cells.filter(isTooSlow)).length;
  return [
    `${String(new Set(observed.map(({ preset }) => preset)).size)} clients in ${String(observed.length)} configurations, ${String(
      observed.reduce((sum, { cells }) => sum + cells.length, 0),
    )} results of the default set, ${today}. ${totals(observed)}.${slow === 0 ? '' : ` ${String(slow)} results are left out because the machine was too slow.`}`,
    LEGEND,
    ...[...new Set(rows.map(({ protocol }) => protocol))].sort().map((protocol) =>
      protocolTable(
        protocol,
        rows.filter((row) => row.protocol === protocol),
      ),
    ),
    '### Cells that surprise',
    ...surprises(observed, truths),
  ].join('\n\n');
};

/** A case for which the machine was too slow: nothing is known of the client. */
export const isTooSlow = ({ status, because }: Cell): boolean =>
  status === 'inconclusive' && because.startsWith('machine too slow');

/** Groups of results that want a sentence and have none. */
export const untold = (rows: readonly Row[], truths: readonly Truth[]): string[] =>
  rows.flatMap((row) =>
    groupsOf(row)
      .filter(({ cells }) => cells.some((cell) => sentenceOf(row, cell, truths) === undefined))
      .map(({ cells, status }) => {
        const names = cells.filter((cell) => sentenceOf(row, cell, truths) === undefined).map(nameOf);
        return `${row.preset} ${formOf(row)}: ${status}: ${cells[0]?.because ?? ''}: ${names.join(', ')}`;
      }),
  );

const totals = (rows: readonly Row[]): string =>
  STATUSES.flatMap((status) => {
    const count = rows.reduce((sum, { cells }) => sum + cells.filter((cell) => cell.status === status).length, 0);
    return count === 0 ? [] : [`${String(count)} ${status}`];
  }).join(', ');

const protocolTable = (protocol: string, rows: readonly Row[]): string => {
  const families = FAMILY_NAMES.filter((family) =>
    rows.some(({ cells }) => cells.some((cell) => cell.family === family)),
  );
  const line = (words: readonly string[]): string => `| ${words.join(' | ')} |`;
  return [
    `### ${NAMES[protocol] ?? protocol}`,
    '',
    line(['client', 'configuration', ...families]),
    line(['---', '---', ...families.map(() => '---')]),
    ...rows.map((row) =>
      line([
        `${row.title} ${row.version}`,
        formOf(row),
        ...(row.fault === undefined
          ? families.map((family) => worst(row.cells, family))
          : [`not observed: ${row.fault}`]),
      ]),
    ),
  ].join('\n');
};

/** The worst verdict of a family, and of how many of its cases. */
const worst = (cells: readonly Cell[], family: string): string => {
  const own = cells.filter((cell) => cell.family === family);
  const status = STATUSES.find((each) => own.some((cell) => cell.status === each));
  if (status === undefined) return ''; // Not run, or none for this protocol and mode.
  if (status === 'not-applicable') return '·';
  const count = own.filter((cell) => cell.status === status).length;
  if (status === 'safe') return 'safe';
  const shown = `${status} ${String(count)}/${String(own.filter((cell) => cell.status !== 'not-applicable').length)}`;
  return status === 'unsafe' ? `**${shown}**` : shown;
};

interface Group {
  readonly status: string;
  readonly cells: readonly Cell[];
}

/** Results that surprise, those of one reason together. */
const groupsOf = ({ cells }: Row): Group[] => {
  const groups = new Map<string, Cell[]>();
  for (const cell of cells.filter(
    (each) => !isTooSlow(each) && (each.status === 'unsafe' || each.status === 'inconclusive'),
  )) {
    const key = `${cell.status} ${cell.because}`;
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  return [...groups.values()].map((each) => ({ status: each[0]?.status ?? '', cells: each }));
};

/** One line for a client and a sentence: its configurations, cases and verdicts. */
const surprises = (rows: readonly Row[], truths: readonly Truth[]): string[] => {
  const told = new Map<
    string,
    { title: string; forms: Set<string>; statuses: Set<string>; cases: Set<string>; end: string }
  >();
  for (const row of rows)
    for (const { status, cells } of groupsOf(row))
      for (const cell of cells) {
        const truth = sentenceOf(row, cell, truths);
        const end =
          truth === undefined ? `${cell.because} (not looked at yet)` : `${truth.sentence} (${truth.checked})`;
        const key = `${row.preset} ${end}`;
        const known = told.get(key) ?? {
          title: row.title,
          forms: new Set(),
          statuses: new Set(),
          cases: new Set(),
          end,
        };
        told.set(key, known);
        known.forms.add(`${NAMES[row.protocol] ?? row.protocol} ${formOf(row)}`);
        known.statuses.add(status);
        known.cases.add(nameOf(cell));
      }
  return [
    [
      '| client | configuration | verdict | cases | what it does |',
      '| --- | --- | --- | --- | --- |',
      ...[...told.values()].map(
        ({ title, forms, statuses, cases, end }) =>
          `| ${title} | ${[...forms].join('; ')} | ${[...statuses].join(', ')} | ${folded([...cases]).join(', ')} | ${end.replaceAll('|', '\\|')} |`,
      ),
    ].join('\n'),
  ];
};

const sentenceOf = (row: Row, cell: Cell, truths: readonly Truth[]): Truth | undefined =>
  truths.find(
    ({ preset, cases, protocol, tls, policy }) =>
      preset === row.preset &&
      (protocol ?? row.protocol) === row.protocol &&
      (tls ?? row.tls) === row.tls &&
      (policy ?? row.policy) === row.policy &&
      picomatch.isMatch(nameOf(cell), [...cases, ...cases.map((each) => `${each}/*`)]),
  );

const formOf = ({ tls, policy }: Row): string =>
  tls === 'implicit' ? 'implicit TLS' : policy === 'required' ? 'STARTTLS required' : 'STARTTLS if offered';

/** Cases of one scenario as one: `starttls-refused/{454,bye}`. */
export const folded = (cases: readonly string[]): string[] => {
  const variants = new Map<string, string[]>();
  for (const each of cases.toSorted()) {
    const [id = '', variant] = each.split('/', 2);
    const known = variants.get(id) ?? [];
    variants.set(id, variant === undefined ? known : [...known, variant]);
  }
  return [...variants].map(([id, each]) => {
    const [only] = each;
    return only === undefined ? id : each.length === 1 ? `${id}/${only}` : `${id}/{${each.join(',')}}`;
  });
};

const nameOf = ({ id, variant }: Cell): string => (variant === undefined ? id : `${id}/${variant}`);

const LEGEND =
  'Each cell has the worst verdict in one [family](reference/scenarios.md) of attacks, and how many of the family’s cases got it, such as 5 of 7. `·` means that the cases are not applicable to the client; an empty cell means that none was run.';

const STATUSES = ['unsafe', 'inconclusive', 'downgradable', 'safe', 'not-applicable'];

const NAMES: Readonly<Record<string, string>> = {
  smtp: 'SMTP',
  imap: 'IMAP',
  pop3: 'POP3',
  managesieve: 'ManageSieve',
  lmtp: 'LMTP',
};
