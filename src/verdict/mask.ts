import { createHmac } from 'node:crypto';
import type { Mask } from './recording.js';
import type { TranscriptEntry } from '../wire/entry.js';
import { valuesIn, valuesInUnfinished } from './own-secret.js';
import { secretRanges, type SecretRange, type StreamPiece } from './secret-ranges.js';
import { overwritten, placesOf } from './sweep.js';
import type { ClientEnd, ConnectionRecord, ControlFacts, Visit } from './visit.js';

/** How secrets that are not canaries are kept out of what is stored. */
export interface Masking {
  /** `keep` for labs only. */
  readonly secrets: 'mask' | 'keep';
  /** Key of the fingerprints; thrown away with the session. */
  readonly key: Buffer;
  /** Secrets of earlier visits of the session: a client may print them in any. */
  readonly known: Set<string>;
}

/**
 * The visit as it may be stored: credentials that are not its canaries, and in the middle seat mail, are overwritten by as many letters,
 * first where grammar finds them, then wherever else the same values stand. Verdicts stay what they are.
 */
export const maskVisit = (visit: Visit, masking: Masking): { readonly visit: Visit; readonly masks: Mask[] } => {
  if (masking.secrets === 'keep') return { visit, masks: [] };
  const mail = visit.seat === 'middle';
  const found = visit.connections.map((connection) => ({
    connection,
    ...secretRanges(connection, visit.canaries, mail),
  }));
  for (const { ranges } of found)
    for (const range of ranges)
      if (range.class !== 'mail')
        for (const value of (range.unfinished === true ? valuesInUnfinished : valuesIn)(range.value))
          if (masking.known.size < MOST_VALUES) masking.known.add(value);
  const values = [...masking.known].filter((value) => !Object.values(visit.canaries).includes(value));
  const masks = found.flatMap(({ connection, ranges, pieces }) =>
    ranges.map((range) => maskOf(range, connection, pieces, masking.key)),
  );
  if (masks.length === 0 && values.length === 0) return { visit, masks };
  const sweep = (text: string): string => overwritten(text, placesOf(values, text));
  return {
    masks,
    visit: {
      ...visit,
      connections: found.map(({ connection, ranges, pieces }) => ({
        ...connection,
        entries: maskedEntries(connection, ranges, pieces, values),
      })),
      client: sweptEnd(visit.client, sweep),
      faults: visit.faults.map(sweep),
      ...(visit.control && { control: sweptControl(visit.control, sweep) }),
      ...(visit.withheld && {
        withheld: {
          beforeRelease: visit.withheld.beforeRelease.map(sweep),
          verbs: visit.withheld.verbs.map(sweep),
          mechanisms: visit.withheld.mechanisms.map(sweep),
        },
      }),
    },
  };
};

/** Values that are searched for everywhere; what else is secret is masked where it stands. */
const MOST_VALUES = 5000;

const maskOf = (
  { stream, start, class: kind, value }: SecretRange,
  connection: ConnectionRecord,
  pieces: readonly StreamPiece[],
  key: Buffer,
): Mask => {
  const entry = pieces.findLast((piece) => piece.stream === stream && piece.start <= start)?.entry;
  const fingerprint = createHmac('sha256', key).update(value, 'latin1').digest('hex').slice(0, 16);
  return {
    class: kind,
    length: value.length,
    fingerprint,
    connection: connection.id,
    ...(entry !== undefined && { entry }),
  };
};

/** Overwrites in whole streams, since a secret may be cut into segments anywhere, and cuts them up as they were. */
const maskedEntries = (
  connection: ConnectionRecord,
  ranges: readonly SecretRange[],
  pieces: readonly StreamPiece[],
  values: readonly string[],
): TranscriptEntry[] => {
  const masked = new Map<string, string>();
  for (const stream of new Set(pieces.map((piece) => piece.stream))) {
    const text = pieces
      .filter((piece) => piece.stream === stream)
      .map(({ data }) => data)
      .join('');
    masked.set(
      stream,
      overwritten(text, [...ranges.filter((range) => range.stream === stream), ...placesOf(values, text)]),
    );
  }
  const parts = new Map(
    pieces.map(({ stream, entry, pending, start, data }) => [
      `${String(entry)} ${String(pending ?? '')}`,
      (masked.get(stream) ?? '').slice(start, start + data.length),
    ]),
  );
  return connection.entries.map((entry, index): TranscriptEntry => {
    if (entry.kind === 'bytes') return { ...entry, data: parts.get(`${String(index)} `) ?? entry.data };
    if (entry.kind !== 'boundary') return entry;
    return {
      ...entry,
      pending: entry.pending.map(({ at, data }, segment) => ({
        at,
        data: parts.get(`${String(index)} ${String(segment)}`) ?? data,
      })),
    };
  });
};

const sweptEnd = (end: ClientEnd, sweep: (text: string) => string): ClientEnd => ({
  ...end,
  stdout: sweep(end.stdout),
  stderr: sweep(end.stderr),
  ...(end.error !== undefined && { error: sweep(end.error) }),
});

const sweptControl = (control: ControlFacts, sweep: (text: string) => string): ControlFacts => ({
  ...control,
  ...(control.why !== undefined && { why: sweep(control.why) }),
  verbsOutside: control.verbsOutside.map(sweep),
  verbsInside: control.verbsInside.map(sweep),
  tags: control.tags.map(sweep),
  mechanisms: control.mechanisms.map(sweep),
});
