import Type, { type Static } from 'typebox';
import { DEPTHS } from '../probes/depth.js';
import { PROTOCOL_NAMES } from '../protocols/names.js';

const closed = { additionalProperties: false };
const Text = (description: string) => Type.String({ minLength: 1, description });
const Texts = (description: string) => Type.Array(Type.String({ minLength: 1 }), { description });
const FailOn = Type.Enum(['critical', 'high', 'medium', 'low', 'info'], {
  description: 'Lowest severity that makes the exit code 1',
});
const Ports = (description: string) =>
  Type.Array(Type.Integer({ minimum: 1, maximum: 65_535 }), { uniqueItems: true, description });
const Profile = Text('Norm to judge TLS by, such as bsi-tr-02102-2 (waxseal list profiles)');
const Known = Text('File of accepted results; waxseal.known.json beside this file by default');
const More = Texts('Further options of the command line, such as ["--place", "cell"]');

/** A client that `waxseal test` runs. */
export const ClientModel = Type.Object(
  {
    name: Type.String({
      pattern: String.raw`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`,
      description: 'Name of the client in reports, and in entries of waxseal.known.json',
    }),
    command: Type.Optional(
      Type.Array(Type.String(), { minItems: 1, description: 'Command with placeholders, a word each' }),
    ),
    preset: Type.Optional(Text('Ready-made configuration instead of a command (waxseal list presets)')),
    protocol: Type.Optional(Type.Enum([...PROTOCOL_NAMES], { description: 'Protocol of the client' })),
    tls: Type.Optional(Type.Enum(['starttls', 'implicit'], { description: 'How the client is configured' })),
    tlsPolicy: Type.Optional(
      Type.Enum(['required', 'opportunistic'], {
        description: 'opportunistic: the client uses TLS only where it is offered',
      }),
    ),
    scenario: Type.Optional(Texts('Globs over ids of scenarios; the default set if absent')),
    all: Type.Optional(Type.Boolean({ description: 'Run every case' })),
    file: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: 'Files for the client’s home: name, and the template that it is made from',
      }),
    ),
    env: Type.Optional(Texts('Environment variables to pass on')),
    through: Type.Optional(Text('Real server behind waxseal')),
    maxTime: Type.Optional(Type.Number({ exclusiveMinimum: 0, description: 'Seconds for one run of the client' })),
    failOn: Type.Optional(FailOn),
    known: Type.Optional(Known),
    options: Type.Optional(More),
  },
  closed,
);

/** A server that `waxseal audit` looks at. */
export const TargetModel = Type.Object(
  {
    target: Text('Host, host:port or scheme://host[:port]'),
    profile: Type.Optional(Profile),
    depth: Type.Optional(Type.Enum([...DEPTHS], { description: 'How thorough the audit is' })),
    check: Type.Optional(Texts('Globs over ids of checks; all if absent')),
    open: Type.Optional(Ports('Ports that must be open')),
    closed: Type.Optional(Ports('Ports that must be closed')),
    servername: Type.Optional(Text('Server name to send and to look for in certificates')),
    ca: Type.Optional(Texts('Files of CAs to trust too (PEM)')),
    failOn: Type.Optional(FailOn),
    known: Type.Optional(Known),
    options: Type.Optional(More),
  },
  closed,
);

export const ConfigModel = Type.Object(
  {
    $schema: Type.Optional(Type.String({ description: 'For editors' })),
    clients: Type.Optional(Type.Array(ClientModel, { description: 'Mail clients to test' })),
    targets: Type.Optional(
      Type.Array(Type.Union([Type.String({ minLength: 1 }), TargetModel]), { description: 'Mail servers to audit' }),
    ),
    profile: Type.Optional(Profile),
    failOn: Type.Optional(FailOn),
    known: Type.Optional(Known),
    plugins: Type.Optional(Texts('Modules with scenarios and checks of your own')),
    report: Type.Optional(Texts('Reports to write, FORMAT:FILE each; the client’s or target’s name is added to FILE')),
  },
  closed,
);

/** What `waxseal.config.ts`, `.js` or `.json` says. */
export type WaxsealConfig = Static<typeof ConfigModel>;
/** A client of the configuration. */
export type ConfiguredClient = Static<typeof ClientModel>;
/** A server of the configuration. */
export type ConfiguredTarget = Static<typeof TargetModel>;
