import Type, { type Static, type TSchema } from 'typebox';
import { ResultModel } from '../document/report-model.js';
import { PROTOCOL_NAMES } from '../protocols/names.js';

/** The version of the control protocol; a new one where something that was there changes or goes. */
export const CONTROL_VERSION = 1;

const Text = (description: string) => Type.String({ description, maxLength: 4000 });
const Name = (description: string) => Type.String({ description, minLength: 1, maxLength: 400 });
const closed = { additionalProperties: false };
const Visit = Type.Integer({
  minimum: 1,
  description: 'Number of the visit (one run of the client), as start answered it',
});
const Protocol = Type.Enum([...PROTOCOL_NAMES]);
const Tls = Type.Enum(['starttls', 'implicit'], { description: 'How the client is configured' });
const Globs = Type.Array(Type.String({ maxLength: 400 }), {
  maxItems: 1000,
  description: 'Patterns for ids of scenarios, such as starttls-*; the default set if absent',
});

const SetUpFields = { protocol: Protocol, tls: Tls };

/** What each command takes and answers, with one line of what it does. */
export const COMMANDS = {
  hello: {
    does: 'Tells the version of these commands, the protocols and scenarios, and where the CA is. Optional; may be repeated.',
    takes: Type.Object(
      { version: Type.Optional(Type.Integer({ description: 'The version that the caller speaks' })) },
      closed,
    ),
    answers: Type.Object(
      {
        version: Type.Literal(CONTROL_VERSION),
        tool: Type.Object({ name: Type.Literal('waxseal'), version: Type.String() }, closed),
        seed: Text('What user names and passwords are made from'),
        protocols: Type.Array(Type.Object({ name: Protocol, tls: Type.Array(Tls) }, closed)),
        scenarios: Type.Array(Type.Object({ id: Type.String(), title: Type.String(), family: Type.String() }, closed)),
        ca: Type.Object(
          {
            file: Text('The CA’s certificate, PEM'),
            pem: Text('The same as text'),
            dir: Text('A directory with it under OpenSSL’s hashed name'),
            p12: Text('PKCS#12 trust store'),
            jks: Text('Java’s own trust store'),
            password: Text('Of the two trust stores'),
          },
          closed,
        ),
      },
      closed,
    ),
  },
  list: {
    does: 'Lists the steps for a client in one protocol and TLS mode, in their order: the control, comparisons, cases.',
    takes: Type.Object(
      {
        ...SetUpFields,
        scenario: Type.Optional(Globs),
        all: Type.Optional(Type.Boolean({ description: 'Every case, not only the default set' })),
      },
      closed,
    ),
    answers: Type.Object(
      {
        steps: Type.Array(
          Type.Object(
            {
              step: Text('What start takes: the id of a case, such as starttls-refused/454, or comparison/1'),
              role: Type.Enum(['control', 'comparison', 'case'], {
                description:
                  'control: shows that the client works with an honest server, which safe needs; comparison: shows how it behaves where nothing is attacked, and has no result unless something leaks',
              }),
              after: Type.Array(Type.String(), {
                description:
                  'Steps that the same client must have been through before: needed where a user runs this one alone',
              }),
              notApplicable: Type.Optional(Text('Why it cannot be played here')),
            },
            closed,
          ),
        ),
      },
      closed,
    ),
  },
  start: {
    does: 'Starts the server of one step, and says where the client must connect, and with which account.',
    takes: Type.Object(
      {
        ...SetUpFields,
        step: Type.Optional(Name('A step from the answer to list; the control by default')),
        client: Type.Optional(
          Name('Name of the client that will connect; each name needs its own control. “client” by default'),
        ),
        policy: Type.Optional(
          Type.Enum(['required', 'opportunistic'], {
            description: 'Whether the client is configured to insist on TLS; required by default',
          }),
        ),
        maxTime: Type.Optional(
          Type.Integer({
            minimum: 100,
            maximum: 600_000,
            description: 'Milliseconds after which the visit ends by itself; 20 000 by default',
          }),
        ),
        reproduce: Type.Optional(
          Type.Array(Type.String({ maxLength: 4000 }), {
            minItems: 1,
            maxItems: 100,
            description:
              'Command line, as a list of words, with which your user repeats this step; the message shows it',
          }),
        ),
      },
      closed,
    ),
    answers: Type.Object(
      {
        visit: Visit,
        case: Text('Stable key of the case'),
        host: Text('The name to connect to; the certificate is for it'),
        port: Type.Integer({ minimum: 1, maximum: 65_535 }),
        ip: Text('The address of the host'),
        protocol: Protocol,
        tls: Tls,
        url: Text('Scheme, host and port'),
        user: Type.String(),
        password: Type.String(),
        token: Text('OAuth 2.0 bearer token'),
        from: Type.String(),
        to: Type.String(),
        message: Text('A message ready to be sent, RFC 5322 with CRLF'),
        ca: Text('The CA’s certificate, a PEM file'),
      },
      closed,
    ),
  },
  wait: {
    does: 'Waits until the client has connected, or until all its connections have ended.',
    takes: Type.Object(
      {
        visit: Visit,
        until: Type.Enum(['connected', 'disconnected']),
        timeout: Type.Optional(
          Type.Integer({ minimum: 0, maximum: 600_000, description: 'Milliseconds; 10 000 by default' }),
        ),
      },
      closed,
    ),
    answers: Type.Object(
      {
        reached: Type.Boolean({ description: 'false if the timeout ended the wait' }),
        connections: Type.Integer({ minimum: 0 }),
      },
      closed,
    ),
  },
  verdict: {
    does: 'To be sent once for each visit, when the client has ended. Waits for what is still under way (at most 2 s), judges, and closes the server.',
    takes: Type.Object(
      {
        visit: Visit,
        outcome: Type.Enum(['success', 'failure'], {
          description:
            'What the client reported. success: it returned, or ended with exit code 0; failure: it threw, or ended otherwise',
        }),
        error: Type.Optional(Text('What the client said about the failure')),
        recording: Type.Optional(Type.Boolean({ description: 'Whether the answer includes the recording' })),
      },
      closed,
    ),
    answers: Type.Object(
      {
        visit: Visit,
        role: Type.Enum(['control', 'comparison', 'case']),
        passed: Type.Boolean({
          description:
            'Nothing is wrong: the result is safe, downgradable or not-applicable, or accepted in waxseal.known.json; or a comparison leaked nothing',
        }),
        again: Type.Optional(
          Text('If present, run this step once more, because its result is not final; the text says why'),
        ),
        skipped: Type.Optional(
          Text(
            'If present, nothing was tested; the text says why: the case does not apply to this client, or the client failed in its control. A test runner reports the test as skipped, or as failed if it has not reported the control',
          ),
        ),
        result: Type.Optional(ResultModel),
        message: Type.Optional(
          Text('What an assertion says: status, reason, what must happen, what mends it, and the marked transcript'),
        ),
        transcript: Text('What both sides said on all connections'),
        recording: Type.Optional(Type.Unknown({ description: 'urn:waxseal:recording:2' })),
      },
      closed,
    ),
  },
  stop: {
    does: 'Closes the server of a visit without a verdict; nothing is learned about the client.',
    takes: Type.Object({ visit: Visit }, closed),
    answers: Type.Object({}, closed),
  },
  reset: {
    does: 'Closes all servers of the caller, and forgets what was learned about one client, or about all.',
    takes: Type.Object(
      { client: Type.Optional(Name('The name that was given to start; all clients by default')) },
      closed,
    ),
    answers: Type.Object({ stopped: Type.Integer({ minimum: 0, description: 'Servers that were closed' }) }, closed),
  },
} as const satisfies Readonly<
  Record<string, { readonly does: string; readonly takes: TSchema; readonly answers: TSchema }>
>;

export type CommandName = keyof typeof COMMANDS;
/** What a command takes. */
export type Taken<C extends CommandName> = Static<(typeof COMMANDS)[C]['takes']>;
/** What a command answers. */
export type Answered<C extends CommandName> = Static<(typeof COMMANDS)[C]['answers']>;

/** Why a command was not carried out. */
export type ControlErrorCode =
  | 'bad-json'
  | 'bad-request'
  | 'line-too-long'
  | 'not-authorised'
  | 'unknown-command'
  | 'unsupported-version'
  | 'unknown-visit'
  | 'verdict-already-given'
  | 'too-many-visits'
  | 'cannot-start'
  | 'internal';

/** The error is told to the caller; the message says what to do. */
export class ControlError extends Error {
  readonly code: ControlErrorCode;

  constructor(code: ControlErrorCode, message: string) {
    super(message);
    this.name = 'ControlError';
    this.code = code;
  }
}

const CommandModel = Type.Union(
  Object.entries(COMMANDS).map(([command, { does, takes }]) =>
    Type.Object(
      {
        id: Type.Optional(
          Type.Union([Type.String({ maxLength: 200 }), Type.Number()], {
            description: 'Repeated in the answer; answers may come in another order',
          }),
        ),
        command: Type.Literal(command),
        ...(takes as unknown as { readonly properties: Readonly<Record<string, TSchema>> }).properties,
      },
      { ...closed, description: does },
    ),
  ),
);

/** A line of the caller, for the published schema. */
export const RequestModel = CommandModel;

/** A line of waxseal, for the published schema. */
export const ResponseModel = Type.Union([
  Type.Object(
    {
      id: Type.Optional(Type.Union([Type.String(), Type.Number()])),
      ok: Type.Literal(true),
      answer: Type.Union(Object.values(COMMANDS).map(({ answers }) => answers)),
    },
    closed,
  ),
  Type.Object(
    {
      id: Type.Optional(Type.Union([Type.String(), Type.Number()])),
      ok: Type.Literal(false),
      error: Type.Object({ code: Type.String(), message: Text('What is wrong, and what to do') }, closed),
    },
    closed,
  ),
]);
