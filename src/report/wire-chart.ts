import type { ResultEvidence } from '../document/report-model.js';
import type { BytesEntry, BoundaryEntry, Party, TranscriptEntry } from '../wire/entry.js';
import { printable } from '../wire/printable.js';
import { isTampered } from '../wire/tampered.js';
import { endWords, noteWords } from './happenings.js';
import type { ShownConnection } from './transcript.js';

/** A piece of a line of a chart. */
export interface Piece {
  readonly text: string;
  /** `leak`: what proves the finding; `differs`: the first byte in which two clients differ. */
  readonly mark?: 'leak' | 'differs';
}

interface At {
  /** Milliseconds since the client was started; absent where times mean nothing. */
  readonly at?: number;
}

/** Something that passed from one side to the other. */
export interface Message extends At {
  readonly kind: 'message';
  readonly from: Party;
  readonly inside: boolean;
  /** Made or changed by the scenario. */
  readonly isAttack: boolean;
  readonly lines: readonly (readonly Piece[])[];
  /** What it proves. */
  readonly proof: readonly string[];
}

/** The turn to TLS, back from it, or its failure. */
export interface Boundary extends At {
  readonly kind: 'boundary';
  readonly how: 'trusted' | 'untrusted' | 'failed' | 'outside';
  readonly text: string;
  readonly proof: readonly string[];
  readonly differs?: true;
}

/** What happened without bytes. */
export interface Happening extends At {
  readonly kind: 'event';
  readonly text: string;
  readonly isAttack: boolean;
  readonly proof: readonly string[];
  readonly differs?: true;
}

export type Step = Message | Boundary | Happening;

/** One connection of a chart. */
export interface Lane {
  readonly title: string;
  readonly steps: readonly Step[];
  /** Steps that were left out in front of this one, by its index. */
  readonly gaps: ReadonlyMap<number, number>;
}

/** A place in the bytes of a client. */
export interface Difference {
  readonly connection: number;
  readonly entry: number;
  /** Characters of the entry’s data before it; absent where the entry as a whole differs. */
  readonly offset?: number;
}

/** How much of a chart is shown. */
export interface ChartLimits {
  readonly connections: number;
  /** Steps of one connection; those far from what matters are left out first. */
  readonly steps: number;
  readonly hasTimes: boolean;
}

/** Connections as lanes of a sequence chart; all text in it is printable ASCII, or ours. `secrets` are marked where a finding is proved. */
export const lanesOf = (
  connections: readonly ShownConnection[],
  evidence: readonly ResultEvidence[],
  limits: ChartLimits,
  {
    difference,
    secrets = [],
  }: { readonly difference?: Difference | undefined; readonly secrets?: readonly string[] } = {},
): Lane[] => {
  const matters = (id: number): boolean =>
    difference?.connection === id || evidence.some(({ connection }) => connection === id);
  const first = connections.filter(({ id }) => matters(id));
  const rest = connections.filter(({ id }) => !matters(id));
  const kept = new Set([...first, ...rest].slice(0, limits.connections));
  return connections
    .filter((each) => kept.has(each))
    .map((connection) =>
      laneOf(
        connection,
        evidence.filter((each) => each.connection === connection.id),
        limits,
        difference?.connection === connection.id ? difference : undefined,
        secrets,
      ),
    );
};

const laneOf = (
  connection: ShownConnection,
  evidence: readonly ResultEvidence[],
  { steps: most, hasTimes }: ChartLimits,
  difference: Difference | undefined,
  secrets: readonly string[],
): Lane => {
  const all = connection.entries.flatMap((entry, index) => {
    const proofs = evidence.filter((each) => each.entry === index);
    const differs = difference?.entry === index ? difference : undefined;
    return stepsOf(entry, proofs, differs, secrets).map((step) => ({
      step: hasTimes ? { ...step, at: entry.at } : step,
      matters: proofs.length > 0 || differs !== undefined || isTampered(entry),
    }));
  });
  const steps: Step[] = [];
  const gaps = new Map<number, number>();
  let left = 0;
  const kept = keptOf(
    all.map(({ matters }) => matters),
    most,
  );
  for (const [index, { step }] of all.entries()) {
    if (!kept.has(index)) left += 1;
    else {
      if (left > 0) gaps.set(steps.length, left);
      left = 0;
      steps.push(step);
    }
  }
  if (left > 0) gaps.set(steps.length, left);
  return { title: titleOf(connection), steps, gaps };
};

/** What is near something that matters, and both ends. */
const keptOf = (matters: readonly boolean[], most: number): ReadonlySet<number> => {
  const places = matters.flatMap((each, index) => (each ? [index] : []));
  const near = (index: number): number =>
    Math.min(
      index + 2,
      matters.length - index + 4,
      ...places.slice(0, MOST_PLACES).map((each) => Math.abs(index - each)),
    );
  if (matters.length <= most) return new Set(matters.keys());
  return new Set([...matters.keys()].toSorted((a, b) => near(a) - near(b) || a - b).slice(0, most));
};

const titleOf = ({ id, endpoint, leg, port, portRole }: ShownConnection): string => {
  const whose =
    endpoint === undefined || endpoint === 'own'
      ? ''
      : endpoint === 'web'
        ? ', web server'
        : endpoint === 'attacker-web'
          ? ', web server of another domain'
          : `, ${endpoint === 'attacker' ? 'the attacker’s server' : 'another server'}`;
  return `Connection ${String(id)}: ${portRole}${port === 0 ? '' : `, port ${String(port)}`}${whose}${leg === 'server' ? ', to the real server' : ''}`;
};

const stepsOf = (
  entry: TranscriptEntry,
  proofs: readonly ResultEvidence[],
  difference: Difference | undefined,
  secrets: readonly string[],
): Step[] => {
  const proof = [...new Set(proofs.map(({ why }) => why))];
  const differs = difference === undefined ? {} : { differs: true as const };
  switch (entry.kind) {
    case 'bytes':
      return [messageOf(entry, proofs, difference, secrets)];
    case 'boundary':
      return boundarySteps(entry, proof, difference !== undefined);
    case 'outside':
      return [
        {
          kind: 'boundary',
          how: 'outside',
          text: `the ${entry.from} ended TLS (close_notify): in clear from here on`,
          proof,
          ...differs,
        },
      ];
    case 'end':
      return [{ kind: 'event', text: endWords(entry), isAttack: false, proof, ...differs }];
    case 'note':
      return [{ kind: 'event', text: printable(noteWords(entry)), isAttack: isTampered(entry), proof, ...differs }];
  }
};

const messageOf = (
  entry: BytesEntry,
  proofs: readonly ResultEvidence[],
  difference: Difference | undefined,
  secrets: readonly string[],
): Message => {
  const { from, inside, data, dropped } = entry;
  const base = {
    kind: 'message',
    from,
    inside,
    isAttack: entry.tampered === true,
    proof: [...new Set(proofs.map(({ why }) => why))],
  } as const;
  // A handshake that nobody answers is no text (RFC 8446 §5.1).
  if (entry.record === true || /^[\x14-\x17]\x03/.test(data))
    return { ...base, lines: [[{ text: `(${String(data.length)} bytes of TLS records)` }]] };
  const all = data.match(/[^\n]*\n|[^\n]+/g) ?? [''];
  const leaked = proofs.length === 0 ? [] : leakedRanges(data, all, proofs, secrets);
  const lines: (readonly Piece[])[] = [];
  let start = 0;
  for (const [index, line] of all.entries()) {
    const end = start + line.replace(/\r?\n$/, '').length;
    const pieces = piecesOf(data, start, end, leaked, difference?.offset);
    start += line.length;
    // Lines that are marked stay, however long the message.
    if (index < MOST_LINES || (pieces.some(({ mark }) => mark !== undefined) && lines.length < 2 * MOST_LINES))
      lines.push(clipped(pieces));
  }
  if (all.length > lines.length) lines.push([{ text: `… ${String(all.length - lines.length)} more lines` }]);
  if (dropped !== undefined) lines.push([{ text: `… ${String(dropped)} more bytes` }]);
  return { ...base, lines };
};

type Range = readonly [from: number, to: number];

/** The secrets themselves; else the line that is quoted; else everything. */
const leakedRanges = (
  data: string,
  lines: readonly string[],
  proofs: readonly ResultEvidence[],
  secrets: readonly string[],
): Range[] => {
  const found = secrets.flatMap((secret) => {
    const at = secret.length < SHORTEST_SECRET ? -1 : data.indexOf(secret);
    return at === -1 ? [] : [[at, at + secret.length] as const];
  });
  if (found.length > 0) return found;
  const quotes = proofs.map(({ quote }) => quote.replace(/ ?…$/, '')).filter((quote) => quote !== '');
  let start = 0;
  for (const line of lines) {
    const text = readable(line.replace(/\r?\n$/, ''));
    // The quote may have been cut, or begin before this line.
    if (text.length >= SHORTEST_QUOTE && quotes.some((quote) => text.includes(quote) || quote.startsWith(text)))
      return [[start, start + line.length]];
    start += line.length;
  }
  return [[0, data.length]];
};

/** A line in pieces by its marks; at its end, the line end itself may be what differs. */
const piecesOf = (
  data: string,
  start: number,
  end: number,
  leaked: readonly Range[],
  differs: number | undefined,
): Piece[] => {
  const isHere = differs !== undefined && differs >= start && differs < Math.max(end + 1, start + 1);
  const cuts = [...leaked.flat(), ...(isHere ? [differs, differs + 1] : [])].filter((at) => at > start && at < end);
  const edges = [start, ...new Set(cuts.toSorted((a, b) => a - b)), end];
  const pieces = edges.slice(0, -1).map((from, index): Piece => {
    const text = readable(data.slice(from, edges[index + 1]));
    if (isHere && from === differs) return { text, mark: 'differs' };
    return leaked.some(([a, b]) => from >= a && from < b) ? { text, mark: 'leak' } : { text };
  });
  return isHere && differs >= end ? [...pieces, { text: '\\r\\n', mark: 'differs' }] : pieces;
};

/** At most so many characters of a line, from the beginning; marked pieces stay. */
const clipped = (pieces: readonly Piece[]): Piece[] => {
  let room = LONGEST_LINE;
  return pieces.flatMap((piece) => {
    const text = piece.text.slice(0, Math.max(room, piece.mark === undefined ? 0 : 80));
    room -= text.length;
    const left = piece.text.length - text.length;
    return text === '' && left === 0 ? [] : [{ ...piece, text: left > 0 ? `${text}… (${String(left)} more)` : text }];
  });
};

const boundarySteps = (boundary: BoundaryEntry, proof: readonly string[], isDifferent: boolean): Step[] => {
  const differs = isDifferent ? { differs: true as const } : {};
  const pending = boundary.pending.map(({ data }): Message => ({
    kind: 'message',
    from: 'client',
    inside: false,
    isAttack: false,
    lines: [[{ text: `${readable(data).slice(0, LONGEST_LINE)} (in clear, after the go-ahead)` }]],
    proof: [],
  }));
  if (!boundary.completed) {
    const why =
      boundary.alert === undefined
        ? (boundary.failure ?? 'not completed')
        : `${boundary.alert.from}’s alert ${boundary.alert.name}`;
    const answers = boundary.answers?.join(', ') ?? '';
    return [
      ...pending,
      ...(answers === ''
        ? []
        : [
            {
              kind: 'event',
              text: `client answers with TLS: ${printable(answers)}`,
              isAttack: false,
              proof: [],
            } as const,
          ]),
      { kind: 'boundary', how: 'failed', text: `no TLS: ${printable(why)}`, proof, ...differs },
    ];
  }
  const version = printable(boundary.version?.replace('TLSv', 'TLS ') ?? 'TLS');
  const certificate = boundary.trusted
    ? ''
    : `, certificate that must not be trusted: ${printable(boundary.certificate ?? 'untrusted')}`;
  const text = `${version}${boundary.resumed === true ? ', resumed' : ''}${boundary.opaque === true ? ', passed on unread' : ''}${certificate}`;
  return [...pending, { kind: 'boundary', how: boundary.trusted ? 'trusted' : 'untrusted', text, proof, ...differs }];
};

/** What a peer said, made safe; its backslashes stay single, as everywhere in the protocols' specifications. */
const readable = (text: string): string => printable(text).replaceAll('\\\\', '\\');

const MOST_LINES = 14;
const MOST_PLACES = 50;
/** Characters. */
const LONGEST_LINE = 400;
const SHORTEST_QUOTE = 4;
const SHORTEST_SECRET = 8;
