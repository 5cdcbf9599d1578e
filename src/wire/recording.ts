import Type, { type Static } from 'typebox';
import { Errors } from 'typebox/value';
import { Fault } from '../fault.js';
import { printable } from './printable.js';

const Party = Type.Enum(['client', 'server']);
const At = Type.Number({ minimum: 0, description: 'Milliseconds since the visit began' });
const Bytes = (description: string) => Type.String({ description: `${description}; one character a byte (latin1)` });
const Planted = Type.Optional(Type.Literal(true, { description: 'Made or changed by the scenario' }));
const Texts = Type.Array(Type.String());
const CLOSED = { additionalProperties: false };

const HelloModel = Type.Object(
  {
    versions: Texts,
    servername: Type.Optional(Type.String()),
    alpn: Texts,
    cipherSuites: Type.Array(Type.Integer()),
    groups: Type.Array(Type.Integer()),
  },
  CLOSED,
);

const EntryModel = Type.Union([
  Type.Object(
    {
      kind: Type.Literal('bytes'),
      at: At,
      from: Party,
      inside: Type.Boolean({ description: 'Inside TLS: decrypted' }),
      data: Bytes('What passed, one entry a segment or TLS read'),
      tampered: Planted,
      record: Type.Optional(Type.Literal(true, { description: 'TLS records where plaintext was due' })),
      dropped: Type.Optional(Type.Integer({ minimum: 1, description: 'Bytes that were not kept' })),
    },
    CLOSED,
  ),
  Type.Object(
    {
      kind: Type.Literal('boundary'),
      at: At,
      completed: Type.Boolean(),
      pending: Type.Array(
        Type.Object({ at: At, data: Bytes('Plaintext between the go-ahead and the first TLS record') }, CLOSED),
      ),
      trusted: Type.Boolean({ description: 'The client may trust this session' }),
      opaque: Type.Optional(
        Type.Literal(true, { description: 'TLS between client and real server, passed through unseen' }),
      ),
      certificate: Type.Optional(Type.String({ description: 'Recipe of the certificate' })),
      hello: Type.Optional(HelloModel),
      version: Type.Optional(Type.String()),
      cipher: Type.Optional(Type.String()),
      alpn: Type.Optional(Type.String()),
      servername: Type.Optional(Type.String()),
      resumed: Type.Optional(Type.Boolean()),
      alert: Type.Optional(Type.Object({ from: Party, name: Type.String() }, CLOSED)),
      failure: Type.Optional(Type.String()),
    },
    CLOSED,
  ),
  Type.Object({ kind: Type.Literal('outside'), at: At, from: Party }, CLOSED),
  Type.Object({ kind: Type.Literal('end'), at: At, from: Party, how: Type.Enum(['fin', 'reset']) }, CLOSED),
  Type.Object({ kind: Type.Literal('note'), at: At, text: Type.String(), tampered: Planted }, CLOSED),
]);

const CANARIES = ['user', 'password', 'token', 'from', 'to', 'message', 'mailbox', 'capability', 'nonce'] as const;
const CanaryName = Type.Enum([...CANARIES]);
const Protocol = Type.Enum(['smtp', 'imap', 'pop3', 'managesieve']);
const Mode = Type.Enum(['starttls', 'implicit']);
const Role = Type.Enum(['smtp', 'submission', 'submissions', 'imap', 'imaps', 'pop3', 'pop3s', 'sieve']);
const Word = Type.String();

const ConnectionModel = Type.Object(
  {
    id: Type.Integer({ minimum: 1 }),
    endpoint: Type.Enum(['own', 'other', 'attacker']),
    portRole: Role,
    port: Type.Integer({ minimum: 0, maximum: 65535 }),
    protocol: Protocol,
    tls: Mode,
    leg: Type.Enum(['client', 'server']),
    openedAt: At,
    entries: Type.Array(EntryModel),
    truncated: Type.Boolean(),
  },
  CLOSED,
);

const ControlModel = Type.Object(
  {
    passed: Type.Boolean(),
    why: Type.Optional(Type.String()),
    tlsVersion: Type.Optional(Type.String()),
    connections: Type.Integer({ minimum: 0 }),
    verbsOutside: Texts,
    verbsInside: Texts,
    tags: Texts,
    mechanisms: Texts,
    found: Type.Array(CanaryName),
    duration: Type.Number({ minimum: 0 }),
  },
  CLOSED,
);

/** One visit, as it is stored; what the judges know of a visit is in it, and nothing else. */
export const RecordedVisitModel = Type.Object(
  {
    number: Type.Integer({ minimum: 0 }),
    scenario: Type.String(),
    variant: Type.Optional(Type.String()),
    protocol: Protocol,
    tls: Mode,
    seat: Type.Enum(['server', 'middle']),
    portRole: Role,
    policy: Type.Enum(['required', 'opportunistic']),
    ownCredentials: Type.Boolean({ description: 'The credentials are the canaries; else grammar decides' }),
    canaries: Type.Object(
      {
        user: Word,
        password: Word,
        token: Word,
        from: Word,
        to: Word,
        message: Word,
        mailbox: Word,
        capability: Word,
        nonce: Word,
      },
      CLOSED,
    ),
    connections: Type.Array(ConnectionModel),
    hits: Type.Array(
      Type.Object(
        {
          connection: Type.Integer({ minimum: 1 }),
          entry: Type.Integer({ minimum: 0 }),
          canary: CanaryName,
          form: Type.Enum(['literal', 'base64', 'derived']),
          inside: Type.Boolean(),
          visit: Type.Optional(Type.Integer({ minimum: 0, description: 'The other visit that the canary belongs to' })),
        },
        CLOSED,
      ),
    ),
    client: Type.Object(
      {
        how: Type.Enum(['ended', 'rested', 'stopped']),
        code: Type.Optional(Type.Integer()),
        signal: Type.Optional(Type.String()),
        error: Type.Optional(Type.String()),
        stdout: Type.String(),
        stderr: Type.String(),
        duration: Type.Number({ minimum: 0 }),
      },
      CLOSED,
    ),
    drained: Type.Boolean(),
    faults: Texts,
    control: Type.Optional(ControlModel),
    withheld: Type.Optional(Type.Object({ beforeRelease: Texts, verbs: Texts, mechanisms: Texts }, CLOSED)),
  },
  CLOSED,
);

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

export const RecordingModel = Type.Object(
  {
    schema: Type.Literal('urn:waxseal:recording:1'),
    version: Type.String({ description: 'Of waxseal' }),
    masked: Type.Array(MaskModel, {
      description: 'Secrets that were overwritten, because they were not this visit’s canaries',
    }),
    visit: RecordedVisitModel,
  },
  CLOSED,
);

/** A visit as a document of its own: `urn:waxseal:recording:1`. */
export type Recording = Static<typeof RecordingModel>;
export type RecordedVisit = Static<typeof RecordedVisitModel>;
/** What stands for a secret that was overwritten. */
export type Mask = Static<typeof MaskModel>;

/** Canonical JSON: sorted keys, ASCII only, one line end at the end; equal recordings are equal bytes. */
export const serializeRecording = (recording: Recording): string =>
  `${JSON.stringify(sorted(recording), undefined, 1).replace(/[^\x00-\x7e]|\x7f/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;

/** Reads a recording; `name` is for messages. Throws `CORRUPT_RECORDING` that says what is wrong with it. */
export const parseRecording = (text: string, name: string): Recording => {
  const corrupt = (what: string): Fault =>
    new Fault(
      'CORRUPT_RECORDING',
      `${printable(name)} is no recording that can be judged: ${what}; expected a file that waxseal test --record wrote`,
    );
  if (text.length > LARGEST_RECORDING) throw corrupt(`it is larger than ${String(LARGEST_RECORDING / MIB)} MiB`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw corrupt(text.trim() === '' ? 'it is empty' : 'it is not JSON, or cut off');
  }
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  if (schema !== 'urn:waxseal:recording:1')
    throw corrupt(
      `its schema is ${printable(JSON.stringify(schema ?? null).slice(0, 60))} instead of "urn:waxseal:recording:1"`,
    );
  const [wrong] = Errors(RecordingModel, value);
  if (wrong !== undefined)
    throw corrupt(`${printable(wrong.instancePath.slice(0, 120))} ${printable(wrong.message.slice(0, 120))}`);
  const recording = value as Recording;
  for (const [index, { connection, entry }] of recording.visit.hits.entries()) {
    const found = recording.visit.connections.find(({ id }) => id === connection)?.entries[entry];
    if (found === undefined) throw corrupt(`/visit/hits/${String(index)} points at an entry that is not there`);
  }
  return recording;
};

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
};

const MIB = 1024 * 1024;
/** Characters; more than any visit's bounded transcripts take. */
export const LARGEST_RECORDING = 64 * MIB;
