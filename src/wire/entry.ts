import Type, { type Static } from 'typebox';

/** What a stored model holds, read-only at every depth. */
export type Stored<T> = T extends (infer Each)[]
  ? readonly Stored<Each>[]
  : T extends object
    ? { readonly [Key in keyof T]: Stored<T[Key]> }
    : T;

/** Objects of a stored document have the fields of their model, and no others. */
export const CLOSED = { additionalProperties: false };

const PartyModel = Type.Enum(['client', 'server']);
export const AtModel = Type.Number({ minimum: 0, description: 'Milliseconds since the visit began' });
const Bytes = (description: string) => Type.String({ description: `${description}; one character a byte (latin1)` });
const Flag = (description: string) => Type.Optional(Type.Literal(true, { description }));
const Texts = Type.Array(Type.String());

const HelloModel = Type.Object(
  {
    versions: Texts,
    servername: Type.Optional(Type.String()),
    alpn: Texts,
    cipherSuites: Type.Array(Type.Integer()),
    groups: Type.Array(Type.Integer()),
    asksForStatus: Flag('It asks whether the certificate is revoked (status_request)'),
  },
  CLOSED,
);

const BytesEntryModel = Type.Object(
  {
    kind: Type.Literal('bytes'),
    at: AtModel,
    from: PartyModel,
    inside: Type.Boolean({ description: 'Inside TLS: decrypted' }),
    data: Bytes('What passed, one entry a segment or TLS read'),
    tampered: Flag('Made or changed by the scenario'),
    unasked: Flag('Sent by the server when nothing was asked, or beneath TLS: no answer to any command'),
    record: Flag(
      'TLS records where plaintext was due: encrypted, or a handshake that nobody answered; or a handshake in which something was found that it should not say',
    ),
    dropped: Type.Optional(Type.Integer({ minimum: 1, description: 'Bytes that were not kept' })),
  },
  CLOSED,
);

const BoundaryEntryModel = Type.Object(
  {
    kind: Type.Literal('boundary'),
    at: AtModel,
    completed: Type.Boolean(),
    pending: Type.Array(
      Type.Object({ at: AtModel, data: Bytes('Plaintext between the go-ahead and the first TLS record') }, CLOSED),
    ),
    trusted: Type.Boolean({
      description: 'The peer of waxseal may trust this session: chain and name right, no planted fault',
    }),
    opaque: Flag('TLS between client and real server, passed through unseen'),
    certificate: Type.Optional(Type.String({ description: 'Recipe of the certificate' })),
    hello: Type.Optional(HelloModel),
    version: Type.Optional(Type.String({ description: 'Such as TLSv1.3' })),
    cipher: Type.Optional(Type.String()),
    alpn: Type.Optional(Type.String()),
    servername: Type.Optional(Type.String()),
    resumed: Type.Optional(Type.Boolean()),
    alert: Type.Optional(
      Type.Object(
        { from: PartyModel, name: Type.String({ description: 'Registered name, such as unknown_ca' }) },
        CLOSED,
      ),
    ),
    failure: Type.Optional(Type.String({ description: 'Why the handshake did not complete, in words' })),
    timeout: Type.Optional(
      Type.Number({ minimum: 0, description: 'Milliseconds after which waxseal stopped waiting for the handshake' }),
    ),
    answers: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'Where the server’s handshake is made by hand and never finished: the TLS messages that the client answered with, by name',
      }),
    ),
    brokenOff: Flag('The peer ended the connection in the middle of the handshake'),
    unfit: Flag('The ClientHello left no room for what the scenario does in the handshake; `failure` says why'),
  },
  CLOSED,
);

const OutsideEntryModel = Type.Object(
  { kind: Type.Literal('outside'), at: AtModel, from: PartyModel },
  { ...CLOSED, description: 'close_notify: what follows on this connection is outside TLS again' },
);

const EndEntryModel = Type.Object(
  {
    kind: Type.Literal('end'),
    at: AtModel,
    from: PartyModel,
    how: Type.Enum(['fin', 'reset']),
    by: Type.Enum(['client', 'server', 'scenario', 'us'], {
      description:
        'Who caused it: `from` itself, or the side that had ended the connection before; `us` is waxseal for reasons of its own',
    }),
  },
  CLOSED,
);

const Note = { kind: Type.Literal('note'), at: AtModel };
const Us = Type.Literal('us');

/** What happened that left no bytes, and who did it. */
const NoteEntryModel = Type.Union([
  Type.Object(
    {
      ...Note,
      what: Type.Enum(['withheld', 'ignored', 'ungreeted', 'left-TLS', 'hung-up', 'reset', 'spliced'], {
        description:
          'Answers are withheld; the client is not answered, or not greeted; TLS ends and the connection goes on in clear; the client’s TLS is passed on, unread, to another port of the real server',
      }),
      by: Type.Literal('scenario'),
    },
    CLOSED,
  ),
  Type.Object(
    {
      ...Note,
      what: Type.Literal('flooded', { description: 'The client was sent a line without an end' }),
      by: Type.Literal('scenario'),
      bytes: Type.Integer({ minimum: 0, description: 'How much of it left for the client before it disconnected' }),
    },
    CLOSED,
  ),
  Type.Object(
    {
      ...Note,
      what: Type.Enum(['released', 'passes-through', 'farewell', 'stopped', 'hung-up'], {
        description:
          'Withheld answers go out; TLS between client and real server passes through unseen; the client came to rest and is let go; the visit is over',
      }),
      by: Us,
    },
    CLOSED,
  ),
  Type.Object(
    {
      ...Note,
      what: Type.Enum(['idle', 'server-late', 'answered-end'], {
        description:
          'The client said nothing; the real server did not finish its answer; the client ended TLS and said nothing more, and is answered with the end',
      }),
      by: Us,
      ms: Type.Number({ minimum: 0, description: 'Milliseconds that waxseal waited before it ended the connection' }),
    },
    CLOSED,
  ),
  Type.Object(
    {
      ...Note,
      what: Type.Literal('led-elsewhere', {
        description: 'An audit: what is said from now on goes to another listener, and is answered from there',
      }),
      by: Us,
      to: Type.String({ description: 'Host and port' }),
    },
    CLOSED,
  ),
  Type.Object(
    {
      ...Note,
      what: Type.Literal('too-long', {
        description: 'A line, a message, or a reply that was to be held, was too long',
      }),
      by: Us,
      of: Type.Enum(['line', 'message', 'reply']),
    },
    CLOSED,
  ),
  Type.Object(
    {
      ...Note,
      what: Type.Literal('overload', {
        description: 'The connection was ended, because all clients together had opened or sent too much',
      }),
      by: Us,
      of: Type.Enum(['connections', 'bytes']),
    },
    CLOSED,
  ),
  Type.Object(
    {
      ...Note,
      what: Type.Literal('storm', { description: 'The client said the same again and again, and was ended' }),
      by: Us,
      of: Type.String({ description: 'Verb' }),
      count: Type.Integer({ minimum: 1 }),
      ms: Type.Number({ minimum: 0, description: 'Milliseconds in which it was said so often' }),
    },
    CLOSED,
  ),
  Type.Object(
    { ...Note, what: Type.Literal('failed', { description: 'A bug in waxseal ended the connection' }), by: Us },
    CLOSED,
  ),
  Type.Object(
    {
      ...Note,
      what: Type.Literal('tls-failed'),
      by: PartyModel,
      code: Type.String({ description: 'As OpenSSL or Node names it' }),
    },
    CLOSED,
  ),
  Type.Object(
    {
      ...Note,
      what: Type.Literal('server-gone', { description: 'The real server ended' }),
      by: Type.Literal('server'),
    },
    CLOSED,
  ),
  Type.Object(
    {
      ...Note,
      what: Type.Literal('server-unverified', { description: 'The real server’s certificate' }),
      by: Type.Literal('server'),
      code: Type.String({ description: 'As OpenSSL or Node names it' }),
    },
    CLOSED,
  ),
  Type.Object(
    {
      ...Note,
      what: Type.Literal('server-unreachable', { description: 'The real server cannot be used' }),
      by: Type.Literal('server'),
      reason: Type.Optional(Type.String({ description: 'In words' })),
    },
    CLOSED,
  ),
  Type.Object(
    {
      ...Note,
      what: Type.Literal('remark', { description: 'Of a recording of version 1' }),
      by: Type.Enum(['scenario', 'us']),
      text: Type.String(),
    },
    CLOSED,
  ),
]);

export const EntryModel = Type.Union([
  BytesEntryModel,
  BoundaryEntryModel,
  OutsideEntryModel,
  EndEntryModel,
  NoteEntryModel,
]);

/** What passed on the wire, in clear and encrypted, and what opens it. */
export const WireBytesModel = Type.Object(
  {
    openedAt: Type.String({ description: 'RFC 3339' }),
    bytes: Type.Array(
      Type.Object({ at: AtModel, from: PartyModel, data: Bytes('As sent or received, TLS records too') }, CLOSED),
    ),
    keys: Type.Array(Type.String(), { description: 'TLS secrets, lines of SSLKEYLOGFILE (RFC 9850)' }),
    truncated: Flag('Later bytes were not kept'),
  },
  CLOSED,
);

/** What passed on the wire, in clear and encrypted, and what opens it. */
export type WireBytes = Stored<Static<typeof WireBytesModel>>;
/** Who sent something. */
export type Party = Static<typeof PartyModel>;
/** Bytes of one segment (or one TLS read), as they passed. */
export type BytesEntry = Stored<Static<typeof BytesEntryModel>>;
/** Facts of a ClientHello that judges and reports use. */
export type HelloFacts = Stored<Static<typeof HelloModel>>;
/** The instant when a connection turned to TLS, or failed to. */
export type BoundaryEntry = Stored<Static<typeof BoundaryEntryModel>>;
export type EndEntry = Stored<Static<typeof EndEntryModel>>;
/** Who caused an end. `server` is the honest side: our own server, or the real one; `us` is the harness itself. */
export type Cause = EndEntry['by'];
/** What happened that left no bytes. */
export type NoteEntry = Stored<Static<typeof NoteEntryModel>>;
export type TranscriptEntry = Stored<Static<typeof EntryModel>>;

/** A note before it has its time. */
export type Note = NoteEntry extends infer Each ? (Each extends NoteEntry ? Omit<Each, 'kind' | 'at'> : never) : never;
