import type { Block } from './block.js';
import type { Mode, Setting } from './claim.js';
import { isHedged } from './hedges.js';
import { isLabel, sendingIn, wayIn, type Label } from './labels.js';
import { readingsOf } from './readings.js';
import { tokensIn } from './tokens.js';

/** The settings of a table: a record in each row, a service in each column, or rows that are read as lines. */
export const tableSettings = (rows: readonly Block[], isSectionHedged: boolean): Setting[] => {
  const [head] = rows;
  const headers = head?.cells ?? [];
  const labels = headers.map(isLabel);
  const hasHeader = labels.some((label) => label === 'port') && !/\b\d{2,5}\b/.test(head?.text ?? '');
  if (hasHeader) return rows.slice(1).flatMap((row) => recordSettings(row, headers, labels, isSectionHedged));
  const first = rows.map(({ cells: [label = ''] = [] }) => isLabel(label));
  if (first.includes('port')) return columnSettings(rows, first, isSectionHedged);
  return rows.flatMap((row) => lineSettings(row, isSectionHedged));
};

/** “| IMAP | imap.example.org | 993 | SSL/TLS |”. */
const recordSettings = (
  { line, text, cells = [] }: Block,
  headers: readonly string[],
  labels: readonly (Label | undefined)[],
  isSectionHedged: boolean,
): Setting[] => {
  const others = cells.filter((_, column) => labels[column] !== 'port' && labels[column] !== 'mode').join(' | ');
  const { tokens, host } = tokensIn(others, { isField: true });
  const row = servicesOf(tokens);
  const modes = cells.flatMap((cell, column) => (labels[column] === 'mode' ? modesIn(cell) : []));
  return cells.flatMap((cell, column): Setting[] => {
    if (labels[column] !== 'port') return [];
    const header = tokensIn(headers[column] ?? '', { isField: true }).tokens;
    const headerModes = header.flatMap((token) => (token.kind === 'mode' ? token.modes : []));
    const headerServices = servicesOf(header);
    const readings = readingsOf(tokensIn(cell, { isField: true, isPortField: true }).tokens);
    return readings.map((reading): Setting => {
      const own = reading.speaks.length > 0 ? reading.speaks : headerServices.length > 0 ? headerServices : row;
      const speaks = own.length > 0 ? own : (wayIn(others) ?? []);
      const fromRow = readings.length === 1 && headerModes.length === 0 ? modes : [];
      return {
        line,
        quote: text,
        speaks,
        port: reading.port,
        modes: reading.modes.length > 0 ? reading.modes : headerModes.length > 0 ? headerModes : fromRow,
        ...(host !== undefined && { host }),
        ...(sendingIn(others) && { isForSending: true as const }),
        ...((reading.isUnclear === true ||
          isSectionHedged ||
          isHedged(cells.filter((_, each) => labels[each] !== 'mode').join(' | ')) ||
          (own.length > 1 && readings.length > 1)) && {
          isUnclear: true as const,
        }),
      };
    });
  });
};

/** Attributes in rows: “| Port | 993 | 465 |” below “| | IMAP | SMTP |”. */
const columnSettings = (
  rows: readonly Block[],
  labels: readonly (Label | undefined)[],
  isSectionHedged: boolean,
): Setting[] => {
  const width = Math.min(MOST_COLUMNS, Math.max(...rows.map(({ cells = [] }) => cells.length)));
  const isWholeHedged = isSectionHedged || rows.some(({ text }, row) => labels[row] !== 'mode' && isHedged(text));
  return Array.from({ length: width - 1 }, (_, at) => at + 1).flatMap((column) => {
    const cellsOf = (...wanted: readonly (Label | undefined)[]): string =>
      rows.flatMap(({ cells = [] }, row) => (wanted.includes(labels[row]) ? [cells[column] ?? ''] : [])).join(' | ');
    const about = cellsOf('host', 'type', undefined);
    const { tokens, host } = tokensIn(about, { isField: true });
    const named = servicesOf(tokens);
    const speaks = named.length > 0 ? named : (wayIn(about) ?? []);
    const modes = modesIn(cellsOf('mode'));
    return rows.flatMap(({ cells = [], line, text }, row): Setting[] => {
      if (labels[row] !== 'port') return [];
      const label = tokensIn(cells[0] ?? '', { isField: true }).tokens;
      const labelModes = label.flatMap((token) => (token.kind === 'mode' ? token.modes : []));
      const readings = readingsOf(tokensIn(cells[column] ?? '', { isField: true, isPortField: true }).tokens);
      return readings.map((reading) => ({
        line,
        quote: text,
        speaks: reading.speaks.length > 0 ? reading.speaks : speaks,
        port: reading.port,
        modes:
          reading.modes.length > 0
            ? reading.modes
            : labelModes.length > 0
              ? labelModes
              : readings.length === 1
                ? modes
                : [],
        ...(host !== undefined && { host }),
        ...(sendingIn(about) && { isForSending: true as const }),
        ...((reading.isUnclear === true || isWholeHedged || named.length > 1) && { isUnclear: true as const }),
      }));
    });
  });
};

const lineSettings = ({ line, text }: Block, isSectionHedged: boolean): Setting[] => {
  const { tokens, host } = tokensIn(text, { isField: true });
  return readingsOf(tokens).map((reading) => ({
    line,
    quote: text,
    speaks: reading.speaks.length > 0 ? reading.speaks : (wayIn(text) ?? []),
    ...(reading.isShared === true && { isShared: true as const }),
    port: reading.port,
    modes: reading.modes,
    ...(host !== undefined && { host }),
    ...(sendingIn(text) && { isForSending: true as const }),
    ...((reading.isUnclear === true || isSectionHedged || isHedged(text)) && { isUnclear: true as const }),
  }));
};

const servicesOf = (tokens: ReturnType<typeof tokensIn>['tokens']): string[] => [
  ...new Set(tokens.flatMap((token) => (token.kind === 'service' ? token.speaks : []))),
];

const modesIn = (cell: string): Mode[] =>
  NONE.test(cell.trim())
    ? ['none']
    : tokensIn(cell, { isField: true }).tokens.flatMap((token) => (token.kind === 'mode' ? [...token.modes] : []));

const NONE = /^(?:none|no encryption|unencrypted|keine?|unverschlüsselt|plain(?:text)?)$/i;
const MOST_COLUMNS = 40;
