import type { Colors } from 'picocolors/types.js';
import type { ResultEvidence } from '../document/report-model.js';
import type { ConnectionRecord } from '../verdict/visit.js';
import { escaped } from './escape.js';
import { endWords, noteWords } from './happenings.js';
import { cut, cutAround, wrapped } from './layout.js';
import { printable } from '../wire/printable.js';
import type { BoundaryEntry, BytesEntry, TranscriptEntry } from '../wire/entry.js';
import { isTampered } from '../wire/tampered.js';

/** How a transcript is shown. */
export interface TranscriptStyle {
  readonly colors: Colors;
  /** Columns. */
  readonly width: number;
  /** Lines per connection; what lies far from evidence is left out first. */
  readonly most: number;
  /** Lines longer than `width` are cut, around evidence. */
  readonly cut: boolean;
}

/** What is shown of a connection; an audit has no endpoints of its own. */
export type ShownConnection = Pick<ConnectionRecord, 'id' | 'portRole' | 'port' | 'entries'> &
  Partial<Pick<ConnectionRecord, 'endpoint' | 'leg'>>;

/**
 * Connections as lines: no bar means in clear, `┃` means inside TLS, a double rule is the boundary, `~` marks what the
 * scenario planted and `▶` what leaked. Everything a peer said is escaped.
 */
export const transcriptLines = (
  connections: readonly ShownConnection[],
  evidence: readonly ResultEvidence[],
  style: TranscriptStyle,
): string[] => {
  const proofs = grouped(evidence, ({ connection }) => connection);
  return connections.flatMap((connection) => connectionLines(connection, proofs.get(connection.id) ?? [], style));
};

const grouped = <T>(
  all: readonly T[],
  keyOf: (each: T) => number | undefined,
): ReadonlyMap<number | undefined, T[]> => {
  const groups = new Map<number | undefined, T[]>();
  for (const each of all) {
    const group = groups.get(keyOf(each));
    if (group === undefined) groups.set(keyOf(each), [each]);
    else group.push(each);
  }
  return groups;
};

const connectionLines = (
  connection: ShownConnection,
  evidence: readonly ResultEvidence[],
  style: TranscriptStyle,
): string[] => {
  const { bold, dim } = style.colors;
  const leg = connection.leg === 'server' ? ', to the real server' : '';
  const { endpoint } = connection;
  const isWeb = endpoint === 'web' || endpoint === 'attacker-web';
  const whose = endpoint === undefined || endpoint === 'own' || isWeb ? '' : `, ${endpoint} endpoint`;
  const what = isWeb ? (endpoint === 'web' ? 'web' : 'web, another domain') : connection.portRole;
  const head =
    bold(`connection ${String(connection.id)}`) + dim(` ${what}, port ${String(connection.port)}${whose}${leg}`);
  const proofs = grouped(evidence, ({ entry }) => entry);
  const lines = connection.entries.flatMap((entry, index) => {
    const proof = proofs.get(index) ?? [];
    return entryLines(entry, proof, style).map((text) => ({ text, isProof: proof.length > 0 }));
  });
  return [head, ...shortened(lines, style)];
};

const entryLines = (entry: TranscriptEntry, evidence: readonly ResultEvidence[], style: TranscriptStyle): string[] => {
  const { magenta, dim } = style.colors;
  switch (entry.kind) {
    case 'bytes':
      return bytesLines(entry, evidence, style);
    case 'boundary':
      return [...boundaryLines(entry, style), ...proofLines(evidence, style)];
    case 'outside':
      return [magenta(rule(` TLS ended by the ${entry.from}: now in clear `, style.width))];
    case 'end':
      return [dim(`${margin(entry.at, ' ', ' ')}-- ${endWords(entry)}`)];
    case 'note':
      return [
        (isTampered(entry) ? magenta : dim)(
          `${margin(entry.at, isTampered(entry) ? '~' : ' ', ' ')}-- ${printable(noteWords(entry))}`,
        ),
      ];
  }
};

const bytesLines = (entry: BytesEntry, evidence: readonly ResultEvidence[], style: TranscriptStyle): string[] => {
  const { red, bold, magenta, dim } = style.colors;
  const leaked = evidence.length > 0;
  const paint = leaked
    ? (text: string): string => bold(red(text))
    : entry.tampered === true
      ? magenta
      : entry.inside
        ? dim
        : (text: string): string => text;
  const mark = leaked ? '▶' : entry.tampered === true ? '~' : ' ';
  const who = entry.from === 'client' ? 'C:' : 'S:';
  if (entry.record === true)
    return [paint(`${margin(entry.at, mark, ' ')}${who} (${String(entry.data.length)} bytes of TLS records)`)];
  const pieces = lineEnds(entry.data);
  const room = style.cut ? Math.max(20, style.width - MARGIN - 3) : Infinity;
  const lines = pieces.map((piece, index) =>
    paint(
      `${index === 0 ? margin(entry.at, mark, entry.inside ? '┃' : ' ') : blank(mark, entry.inside ? '┃' : ' ')}${who} ${cutAround(readable(piece), room, evidence[0]?.quote ?? '')}`.trimEnd(),
    ),
  );
  const dropped =
    entry.dropped === undefined ? [] : [dim(`${blank(' ', ' ')}(${String(entry.dropped)} more bytes are left out)`)];
  return [...lines, ...dropped, ...proofLines(evidence, style)];
};

const proofLines = (evidence: readonly ResultEvidence[], { colors, width }: TranscriptStyle): string[] =>
  [...new Set(evidence.map(({ why }) => why))].flatMap((why) =>
    wrapped(`^ ${escaped(why)}`, Math.max(20, width - MARGIN - 2)).map((line, index) =>
      colors.red(`${' '.repeat(MARGIN)}${index === 0 ? '' : '  '}${line}`),
    ),
  );

const boundaryLines = (boundary: BoundaryEntry, style: TranscriptStyle): string[] => {
  const { green, red, magenta } = style.colors;
  const pending = boundary.pending.map(({ at, data }) =>
    magenta(
      `${margin(at, ' ', ' ')}C: ${cut(readable(data), style.cut ? style.width - MARGIN - 3 : Infinity)} (in clear, after the go-ahead)`,
    ),
  );
  const version = boundary.version?.replace('TLSv', 'TLS ') ?? 'TLS';
  if (!boundary.completed) {
    const why =
      boundary.alert === undefined
        ? (boundary.failure ?? 'not completed')
        : `${boundary.alert.from}'s alert ${boundary.alert.name}`;
    const answers = boundary.answers?.join(', ') ?? '';
    return [
      ...pending,
      ...(answers === '' ? [] : [magenta(`${margin(boundary.at, ' ', ' ')}C: (TLS: ${printable(answers)})`)]),
      magenta(rule(` no TLS: ${printable(why)} `, style.width)),
    ];
  }
  const certificate = boundary.trusted ? '' : `, certificate ${boundary.certificate ?? 'untrusted'}`;
  return [
    ...pending,
    (boundary.trusted ? green : red)(
      rule(` ${escaped(version)}${boundary.resumed === true ? ' resumed' : ''}${escaped(certificate)} `, style.width),
    ),
  ];
};

/** Keeps what is near evidence and at both ends. */
const shortened = (
  lines: readonly { readonly text: string; readonly isProof: boolean }[],
  { most, colors }: TranscriptStyle,
): string[] => {
  if (lines.length <= most) return lines.map(({ text }) => text);
  const distances = distancesToProof(lines.map(({ isProof }) => isProof));
  const near = (index: number): number =>
    Math.min(index, lines.length - 1 - index + 4, (distances[index] ?? Infinity) - 8);
  const kept = new Set(
    lines
      .map((_, index) => index)
      .toSorted((a, b) => near(a) - near(b) || a - b)
      .slice(0, most),
  );
  return lines.flatMap(({ text }, index) => {
    if (kept.has(index)) return [text];
    return index === 0 || kept.has(index - 1) ? [colors.dim(`${' '.repeat(MARGIN)}…`)] : [];
  });
};

/** Of each line, how many lines away the nearest proof is. */
const distancesToProof = (isProof: readonly boolean[]): number[] => {
  const distances = isProof.map((each) => (each ? 0 : Infinity));
  const look = (index: number, from: number): void => {
    distances[index] = Math.min(distances[index] ?? Infinity, (distances[from] ?? Infinity) + 1);
  };
  for (let index = 1; index < distances.length; index += 1) look(index, index - 1);
  for (let index = distances.length - 2; index >= 0; index -= 1) look(index, index + 1);
  return distances;
};

/** What a peer said, made safe; its backslashes stay single, as everywhere in the protocols' specifications. */
const readable = (text: string): string => printable(text).replaceAll('\\\\', '\\');

const lineEnds = (data: string): string[] =>
  data.match(/[^\n]*\n|[^\n]+/g)?.map((line) => line.replace(/\r?\n$/, '')) ?? [''];

const margin = (at: number, mark: string, bar: string): string =>
  `${mark}${String(Math.round(at)).padStart(6)} ${bar} `;

const blank = (mark: string, bar: string): string => `${mark}${' '.repeat(6)} ${bar} `;

const rule = (text: string, width: number): string => {
  const shown = cut(text, width - 8);
  return `${' '.repeat(8)}══${shown}${'═'.repeat(Math.max(2, width - 10 - shown.length))}`;
};

const MARGIN = 10;
