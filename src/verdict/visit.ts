import Type, { type Static } from 'typebox';
import protocols from '../protocols/index.js';
import { WELL_KNOWN_PORTS } from '../protocols/port-roles.js';
import type { PortRole, ProtocolName } from '../protocols/protocol.js';
import { AtModel, CLOSED, EntryModel, WireBytesModel, type Stored } from '../wire/entry.js';

const Words = (description: string) => Type.Array(Type.String(), { description });
const Milliseconds = (description: string) => Type.Number({ minimum: 0, description });

const ProtocolModel = Type.Unsafe<ProtocolName>(Type.Enum(Object.keys(protocols)));
const PortRoleModel = Type.Unsafe<PortRole>(Type.Enum(WELL_KNOWN_PORTS.map(({ role }) => role)));
const TlsModeModel = Type.Enum(['starttls', 'implicit']);
const SeatModel = Type.Enum(['server', 'middle']);
const PolicyModel = Type.Enum(['required', 'opportunistic']);
const CanaryModel = Type.Enum(['user', 'password', 'token', 'from', 'to', 'message', 'mailbox', 'capability', 'nonce']);

const ConnectionModel = Type.Object(
  {
    id: Type.Integer({ minimum: 1, description: '1 for the first connection of the visit' }),
    endpoint: Type.Enum(['own', 'other', 'attacker', 'web', 'attacker-web'], {
      description:
        'The client’s own endpoint, another honest one, or the attacker’s; `web`: a web server of the mail domain, `attacker-web` of another domain',
    }),
    portRole: PortRoleModel,
    port: Type.Integer({ minimum: 0, maximum: 65535 }),
    protocol: ProtocolModel,
    tls: TlsModeModel,
    leg: Type.Enum(['client', 'server'], {
      description: 'Middle seat: `server` is waxseal’s own leg to the real server',
    }),
    openedAt: AtModel,
    entries: Type.Array(EntryModel),
    truncated: Type.Boolean({ description: 'Something of this connection was not kept' }),
    wire: Type.Optional(WireBytesModel),
  },
  CLOSED,
);

const FORMS = [
  'literal',
  'base64',
  'hex',
  'percent',
  'quoted-printable',
  'utf-16',
  'derived',
  'base32',
  'capitals',
  'digest',
  'entities',
  'escapes',
  'reversed',
  'rot13',
] as const;
const HitModel = Type.Object(
  {
    connection: Type.Integer({ minimum: 1 }),
    entry: Type.Integer({ minimum: 0, description: 'Index into the connection’s entries' }),
    canary: CanaryModel,
    form: Type.Enum(FORMS),
    inside: Type.Boolean({ description: 'The bytes were inside TLS' }),
    visit: Type.Optional(Type.Integer({ minimum: 0, description: 'The other visit that the canary belongs to' })),
  },
  CLOSED,
);

const ClientEndModel = Type.Object(
  {
    how: Type.Enum(['ended', 'rested', 'stopped'], {
      description:
        '`ended`: by itself; `rested`: a library call returned, or nothing was sent for as long as --until-idle says; `stopped`: waxseal ended it',
    }),
    code: Type.Optional(Type.Integer()),
    signal: Type.Optional(Type.String()),
    error: Type.Optional(Type.String({ description: 'What a library threw' })),
    idle: Type.Optional(
      Type.Literal(true, {
        description: 'waxseal ended it, because nothing was sent for as long as --until-idle says: it reported nothing',
      }),
    ),
    user: Type.Optional(
      Type.String({ description: 'The user that the client had changed to when it was denied something' }),
    ),
    stdout: Type.String(),
    stderr: Type.String(),
    display: Type.Optional(
      Type.String({ description: 'What its user saw, if the client tells that: only clients made for tests do' }),
    ),
    duration: Milliseconds('Milliseconds'),
  },
  CLOSED,
);

const ControlModel = Type.Object(
  {
    passed: Type.Boolean(),
    why: Type.Optional(Type.String({ description: 'Why it did not pass, with the remedy' })),
    tlsVersion: Type.Optional(Type.String()),
    connections: Type.Integer({ minimum: 0 }),
    spoken: Type.Optional(Type.Integer({ minimum: 0, description: 'Connections on which the client spoke' })),
    verbsOutside: Words('Verbs in clear, in order, over all connections'),
    verbsInside: Words('Verbs inside TLS, in order, over all connections'),
    tags: Words('IMAP tags in order, of the connection that asked for STARTTLS first, or else of the first one'),
    upgrade: Type.Optional(
      Type.Object(
        {
          connection: Type.Integer({ minimum: 1, description: 'The first connection on which it asked for STARTTLS' }),
          after: Words('Verbs in clear before STARTTLS, on that connection'),
        },
        CLOSED,
      ),
    ),
    mechanisms: Words('Mechanisms of logins'),
    found: Type.Array(CanaryModel),
    loggedIn: Type.Optional(Type.Boolean({ description: 'The server took a login of the client inside TLS' })),
    took: Type.Optional(
      Type.Array(Type.Enum(['login', 'message']), { description: 'What the server took of the client' }),
    ),
    reported: Type.Optional(
      Type.Enum(['success', 'failure', 'unknown'], {
        description:
          'By exit code, signal or error; `unknown` where it was ended when idle, absent where it was stopped',
      }),
    ),
    reportsRefusal: Type.Optional(
      Type.Boolean({
        description: 'It reports failure where an honest server refuses it; absent where that was not tried',
      }),
    ),
    pace: Type.Optional(
      Milliseconds('Milliseconds, at most, from what the server said inside TLS to the client’s next words there'),
    ),
    paceInClear: Type.Optional(Milliseconds('The same before TLS')),
    duration: Milliseconds('Milliseconds from start to end'),
  },
  CLOSED,
);

const WithheldModel = Type.Object(
  {
    beforeRelease: Words('Verbs inside TLS before the answers were released'),
    verbs: Words('All verbs inside TLS'),
    mechanisms: Words('Mechanisms of logins inside TLS'),
    inStep: Type.Optional(
      Words('Verbs inside TLS that the client said only when all before them was answered, though it had to wait'),
    ),
    ways: Type.Optional(
      Type.Array(Words('What the client said inside TLS on one connection, in order, and what the server took'), {
        description: 'Absent where the client did not end by itself',
      }),
    ),
    stopped: Type.Optional(Type.Literal(true, { description: 'The client did not end by itself' })),
    waited: Type.Optional(
      Type.Literal(true, { description: 'The client was still connected when the answers were released' }),
    ),
    announced: Type.Optional(
      Type.Literal(true, {
        description: 'The client announced its login as literals, and waited to be asked for them',
      }),
    ),
    wentOn: Type.Optional(
      Type.Literal(true, {
        description: 'The client went on with a faultless handshake that was made by hand (control-handshake)',
      }),
    ),
    failed: Type.Optional(
      Type.Literal(true, { description: 'The client reported failure: an exit code, a signal or an error' }),
    ),
  },
  CLOSED,
);

const LookupsModel = Type.Object(
  {
    names: Words('What was asked of DNS: type and name, each once'),
    web: Type.Array(ConnectionModel, {
      description: 'Connections to web servers; protocol and role of the port are those of the mail server',
    }),
  },
  { ...CLOSED, description: 'What the client asked that looks for its server by itself; in a cell only' },
);

const Word = Type.String();

/** One visit, as it is observed, judged and stored; what the judges know of a visit is in it, and nothing else. */
export const VisitModel = Type.Object(
  {
    number: Type.Integer({ minimum: 0 }),
    scenario: Type.String(),
    variant: Type.Optional(Type.String()),
    protocol: ProtocolModel,
    tls: TlsModeModel,
    seat: SeatModel,
    portRole: PortRoleModel,
    policy: PolicyModel,
    ownCredentials: Type.Boolean({ description: 'The credentials are the canaries; else grammar decides' }),
    met: Type.Optional(
      Type.Object(
        {
          by: Type.Enum(['serve', 'proxy']),
          at: Type.String({ description: 'When the first connection was accepted, RFC 3339' }),
          peer: Type.String({ description: 'Address and port that the client came from' }),
          client: Type.Optional(Type.String({ description: 'The client’s own name: EHLO, ID, user' })),
          unnamed: Type.Optional(
            Type.Boolean({ description: 'Nothing that was said tells which of the clients seen before it is, if any' }),
          ),
          target: Type.Optional(Type.String({ description: 'The server that the client asked a proxy for' })),
          awaited: Type.Optional(
            Type.Boolean({ description: 'The attack goes on in the client’s next connection, which has not come' }),
          ),
          returned: Type.Optional(
            Type.Boolean({
              description: 'The attack goes on here: the client tried to start TLS on an earlier connection of it',
            }),
          ),
        },
        { ...CLOSED, description: 'Which client came, to endpoints that stay up' },
      ),
    ),
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
    hits: Type.Array(HitModel),
    client: ClientEndModel,
    drained: Type.Boolean({ description: 'All listeners were drained' }),
    faults: Words('What stopped waxseal from observing, in words'),
    control: Type.Optional(ControlModel),
    withheld: Type.Optional(WithheldModel),
    lookups: Type.Optional(LookupsModel),
    attested: Type.Optional(
      Type.Object(
        {
          question: Type.String(),
          answer: Type.Enum(['yes', 'no'], { description: '`yes`: the attack had its effect' }),
        },
        { ...CLOSED, description: 'What a person said who looked at the client’s screen' },
      ),
    ),
  },
  CLOSED,
);

export type Seat = Static<typeof SeatModel>;
export type TlsPolicy = Static<typeof PolicyModel>;
export type ClientStatus = 'safe' | 'unsafe' | 'downgradable' | 'inconclusive' | 'not-applicable';
export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'info';
export type Leak = 'credentials' | 'mail' | 'trust' | 'encryption' | 'metadata' | 'availability';

/** One connection of a visit. */
export type ConnectionRecord = Stored<Static<typeof ConnectionModel>>;
/** A canary that passed on the wire; found as bytes passed, so that a bounded transcript cannot hide it. */
export type CanaryHit = Stored<Static<typeof HitModel>>;
/** How the client's run ended. */
export type ClientEnd = Stored<Static<typeof ClientEndModel>>;
/** What a client's control taught: it guards `safe`, and parametrises scenarios. */
export type ControlFacts = Stored<Static<typeof ControlModel>>;
/** What the visit with the same silence, and nothing injected, showed (`control-withheld`). */
export type WithheldFacts = Stored<Static<typeof WithheldModel>>;
/** What a client asked that looks for its server by itself. */
export type Lookups = Stored<Static<typeof LookupsModel>>;
/** Everything that was observed of one start of the client in one scene; judges are pure functions of it. */
export type Visit = Stored<Static<typeof VisitModel>>;
