import Type, { type Static } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { Errors } from 'typebox/value';
import { Fault } from '../fault.js';
import { CLOSED, EntryModel, type Stored } from '../wire/entry.js';
import { printable } from '../wire/printable.js';
import { fromVersion1 } from './recording-version-1.js';
import { VisitModel } from './visit.js';

const MaskModel = Type.Object(
  {
    class: Type.Enum(['user', 'password', 'token', 'authenticator', 'mail']),
    length: Type.Integer({ minimum: 0, description: 'Bytes' }),
    fingerprint: Type.String({
      description:
        'Keyed with a key that is thrown away: equal values of one session are equal, and nothing can be tried against it',
    }),
    connection: Type.Optional(Type.Integer({ minimum: 1 })),
    entry: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  CLOSED,
);

const SCHEMA = 'urn:waxseal:recording:2';

export const RecordingModel = Type.Object(
  {
    schema: Type.Literal(SCHEMA),
    version: Type.String({ description: 'Of waxseal' }),
    masked: Type.Array(MaskModel, {
      description: 'Secrets that were overwritten, because they were not this visit’s canaries',
    }),
    leftOut: Type.Optional(
      Type.Integer({
        minimum: 1,
        description:
          'Entries that were left out, with what points at them, because a report would be too large: it cannot be judged again',
      }),
    ),
    visit: VisitModel,
  },
  CLOSED,
);

/** A visit as a document of its own: `urn:waxseal:recording:2`. */
export type Recording = Stored<Static<typeof RecordingModel>>;
/** What stands for a secret that was overwritten. */
export type Mask = Stored<Static<typeof MaskModel>>;

/**
 * Reads a recording of version 2, or of version 1, which is converted; `name` is for messages.
 * Throws `CORRUPT_RECORDING` that says what is wrong with it.
 */
export const parseRecording = (text: string, name: string): Recording => {
  const corrupt = (what: string): Fault =>
    new Fault(
      'CORRUPT_RECORDING',
      `${printable(name)} is not a recording that can be judged: ${what}; expected a file that waxseal test --record wrote`,
    );
  if (text.length > LARGEST_RECORDING) throw corrupt(`it is larger than ${String(LARGEST_RECORDING / MIB)} MiB`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw corrupt(text.trim() === '' ? 'it is empty' : 'it is not JSON, or cut off');
  }
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  if (schema === 'urn:waxseal:recording:1') value = fromVersion1(value, SCHEMA);
  else if (schema !== SCHEMA)
    throw corrupt(`its schema is ${printable(JSON.stringify(schema ?? null).slice(0, 60))} instead of "${SCHEMA}"`);
  // What is wrong is looked for only where something is: that takes several times longer.
  if (!validator().Check(value)) {
    const { document, at, entry } = withFirstWrong(value);
    const [wrong] = Errors(RecordingModel, document);
    const path = (wrong?.instancePath ?? '')
      .replace(/^(\/visit\/connections\/0\/entries\/)0(?=\/|$)/, `$1${String(entry)}`)
      .replace(/^(\/visit\/connections\/)0(?=\/|$)/, `$1${String(at)}`);
    throw corrupt(
      `${printable(path.slice(0, 120)) || 'the document'} ${printable((wrong?.message ?? 'is not valid').slice(0, 120))}`,
    );
  }
  const recording = value as Recording;
  const connections = new Map(recording.visit.connections.map((each) => [each.id, each]));
  if (connections.size < recording.visit.connections.length)
    throw corrupt('two of its connections have the same number');
  for (const [index, { connection, entry }] of recording.visit.hits.entries()) {
    if (connections.get(connection)?.entries[entry] === undefined)
      throw corrupt(`/visit/hits/${String(index)} points at an entry that is not there`);
  }
  return recording;
};

/**
 * The document with only the first connection that is wrong by itself, of that only the first entry that is, and their indices:
 * to explain a large one whole takes minutes.
 */
const withFirstWrong = (
  value: unknown,
): { readonly document: unknown; readonly at: number; readonly entry: number } => {
  // Its schema was read: it is an object.
  const { visit } = value as { readonly visit?: { readonly connections?: unknown } | null };
  const all: unknown = visit?.connections;
  if (!Array.isArray(all)) return { document: value, at: 0, entry: 0 };
  const at = firstWrong(all, connectionValidator());
  const { connection, entry } = withFirstWrongEntry(all[at]);
  const connections = all.length === 0 ? [] : [connection];
  return { document: { ...(value as object), visit: { ...visit, connections } }, at, entry };
};

const withFirstWrongEntry = (connection: unknown): { readonly connection: unknown; readonly entry: number } => {
  const { entries } = (connection ?? {}) as { readonly entries?: unknown };
  if (!Array.isArray(entries)) return { connection, entry: 0 };
  const entry = firstWrong(entries, entryValidator());
  return { connection: { ...(connection as object), entries: entries.slice(entry, entry + 1) }, entry };
};

/** Where the first stands that is wrong; 0 if none is. */
const firstWrong = (all: readonly unknown[], model: Validator): number =>
  Math.max(
    0,
    all.findIndex((each) => !model.Check(each)),
  );

let compiledEntry: Validator | undefined;
const entryValidator = (): Validator => (compiledEntry ??= Compile(EntryModel));

let compiledConnection: Validator | undefined;
const connectionValidator = (): Validator => (compiledConnection ??= Compile(VisitModel.properties.connections.items));

let compiled: Validator | undefined;

/** Compiled, for what is checked entry by entry takes minutes of the largest recordings. */
const validator = (): Validator => (compiled ??= Compile(RecordingModel));

const MIB = 1024 * 1024;
/** Characters; more than any visit's bounded transcripts take. */
export const LARGEST_RECORDING = 64 * MIB;
