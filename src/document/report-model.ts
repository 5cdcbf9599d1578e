import Type, { type Static } from 'typebox';
import { DEPTHS } from '../probes/depth.js';
import { PORT_ROLES, PROTOCOL_NAMES } from '../protocols/names.js';
import { FAMILY_NAMES } from '../scenarios/family.js';

/** A member of a closed list of words. */
const OneOf = <const T extends string[]>(...values: [...T]) => Type.Enum(values);

const Text = (description: string) => Type.String({ description });

export const EvidenceModel = Type.Object(
  {
    connection: Type.Integer({
      minimum: 1,
      description: 'Number of the connection in its visit, or in the audit of its listener',
    }),
    entry: Type.Integer({ minimum: 0, description: 'Index of the entry in that connection’s transcript' }),
    quote: Text('What was said, escaped, secrets masked'),
    why: Text('What it proves'),
  },
  { additionalProperties: false },
);

export const ResultModel = Type.Object(
  {
    case: Text('Stable key, such as starttls-refused/454@smtp+starttls#server; for audits check@host:port'),
    id: Text('Scenario or check, without variant'),
    title: Text('What is tested, or what should be true'),
    family: Type.Optional(Type.Enum(FAMILY_NAMES, { description: 'Scenarios: what the attack is about' })),
    variant: Type.Optional(Type.String()),
    protocol: OneOf(...PROTOCOL_NAMES),
    tls: OneOf('starttls', 'implicit'),
    seat: Type.Optional(OneOf('server', 'middle')),
    portRole: Type.Optional(OneOf(...PORT_ROLES)),
    port: Type.Optional(Type.Integer({ minimum: 0, maximum: 65535 })),
    client: Type.Optional(Text('serve, proxy: the client’s own name: EHLO, ID, user')),
    peer: Type.Optional(Text('serve, proxy: address and port that the client came from')),
    at: Type.Optional(Text('serve, proxy: when its connection was accepted, RFC 3339')),
    target: Type.Optional(
      Text('As the user named it; proxy: the server that the client asked for, where it may ask for any'),
    ),
    host: Type.Optional(Type.String()),
    address: Type.Optional(Type.String()),
    status: OneOf('safe', 'unsafe', 'downgradable', 'pass', 'fail', 'warn', 'info', 'inconclusive', 'not-applicable'),
    leaked: Type.Optional(Type.Array(OneOf('credentials', 'mail', 'trust', 'encryption', 'metadata', 'availability'))),
    severity: Type.Optional(OneOf('critical', 'high', 'medium', 'low', 'info')),
    told: Type.Optional(
      Type.Object(
        {
          reported: OneOf('success', 'failure', 'unknown'),
          although: Type.Optional(Text('What the server saw, where that contradicts it')),
          why: Type.Optional(Text('Why its report says nothing')),
        },
        {
          additionalProperties: false,
          description:
            'What the client told its user or caller at its end: by exit code, signal or error. No part of the verdict; not of clients that came by themselves',
        },
      ),
    ),
    because: Text('Why, in one sentence; for good results too'),
    decidedBy: Type.Optional(
      Text(
        'The client was still waiting when this case ended: the case that waits longer and shows what it does then, such as starttls-unanswered/for-seconds',
      ),
    ),
    expected: Type.Optional(Text('What a client must do instead; in bad results only')),
    fix: Type.Optional(Text('What usually mends it in a client; in bad results only')),
    remedy: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'What to change, by software' })),
    references: Type.Array(Type.String()),
    cve: Type.Array(Type.String()),
    cwe: Type.Array(Type.String()),
    evidence: Type.Array(EvidenceModel),
    moreEvidence: Type.Optional(Type.Integer({ minimum: 1, description: 'Pieces of evidence that are left out here' })),
    facts: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'What the probes observed' })),
    visit: Type.Optional(Type.Integer({ minimum: 1, description: 'Number of the visit in visits' })),
    known: Type.Optional(
      Type.Object(
        {
          reason: Type.String(),
          state: OneOf('expected', 'stale', 'unexpectedly-good'),
          owner: Type.Optional(Text('Who answers for the acceptance')),
          until: Type.Optional(Text('The last day of acceptance')),
        },
        { additionalProperties: false },
      ),
    ),
    reproduce: Type.Array(Type.String(), { description: 'A command line, an element an argument' }),
    byHand: Type.Optional(Text('The same with common tools')),
    /** Milliseconds. */
    duration: Type.Optional(Type.Number({ minimum: 0 })),
  },
  { additionalProperties: false },
);

export const ClosedPortModel = Type.Object(
  {
    target: Text('As the user named it'),
    host: Type.String(),
    address: Type.String(),
    port: Type.Integer({ minimum: 1, maximum: 65535 }),
    how: OneOf('refused', 'silent'),
  },
  { additionalProperties: false },
);

const Answers = (description: string) =>
  Type.Optional(
    Type.Object(
      {
        accepted: Type.Integer({ minimum: 0 }),
        refused: Type.Integer({ minimum: 0 }),
        misbehaved: Type.Optional(Type.Integer({ minimum: 1, description: 'Did something worse than to accept it' })),
        inconclusive: Type.Optional(Type.Integer({ minimum: 1 })),
      },
      { additionalProperties: false, description },
    ),
  );

export const ChainModel = Type.Object(
  {
    chain: Text('Its id in the suite'),
    host: Text('The name or address that the client was sent to'),
    kind: OneOf('invalid', 'doubtful', 'valid', 'open'),
    answer: OneOf('accepted', 'refused', 'misbehaved', 'inconclusive', 'not-applicable'),
    library: Type.Optional(OneOf('accepted', 'refused', 'inconclusive')),
    why: Type.Optional(Text('What is tested, or why nothing can be said')),
    visit: Type.Optional(Type.Integer({ minimum: 1, description: 'Number of the visit in visits' })),
  },
  { additionalProperties: false },
);

export const ChainFamilyModel = Type.Object(
  {
    case: Text('Key of the result that it comes to'),
    suite: Text('The file, or builtin'),
    family: Text('What its chains test'),
    protocol: OneOf(...PROTOCOL_NAMES),
    tls: OneOf('starttls', 'implicit'),
    invalid: Answers('Chains that must be refused'),
    doubtful: Answers('Chains that should be refused; to accept them is told, not judged'),
    valid: Answers('Chains that should be accepted; to refuse them is told, not judged'),
    open: Answers('Chains that may be accepted or refused'),
    notApplicable: Type.Optional(Type.Integer({ minimum: 1 })),
    library: Type.Optional(
      Type.Object(
        { name: Type.String(), compared: Type.Integer({ minimum: 0 }), different: Type.Integer({ minimum: 0 }) },
        {
          additionalProperties: false,
          description: 'The same chains through the command-line client of a TLS library',
        },
      ),
    ),
    chains: Type.Array(ChainModel, { description: 'Unexpected answers and differences; with --verbose every chain' }),
    more: Type.Optional(Type.Integer({ minimum: 1, description: 'Of these, left out here' })),
  },
  { additionalProperties: false },
);

export const ProfileModel = Type.Object(
  {
    id: Type.String(),
    title: Type.String(),
    version: Text('Edition of the norm'),
    kind: OneOf('guideline', 'controls'),
    source: Type.String(),
    leavesOut: Text('What of the norm is not judged'),
    rules: Type.Array(
      Type.Object(
        {
          rule: Type.String(),
          section: Text('Where the norm says so'),
          says: Type.String(),
          level: OneOf('must', 'should'),
          host: Type.String(),
          port: Type.Optional(
            Type.Integer({ minimum: 0, maximum: 65535, description: 'Absent for what is said of a domain' }),
          ),
          state: OneOf('met', 'not-met', 'not-looked-at'),
          because: Text('The fact that shows it'),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false, description: 'audit --profile: what a norm asks for, rule by rule and port by port' },
);

export const ReportModel = Type.Object(
  {
    schema: Type.Literal('urn:waxseal:report:1'),
    tool: Type.Object({ name: Type.Literal('waxseal'), version: Type.String() }, { additionalProperties: false }),
    kind: OneOf('test', 'audit', 'proxy'),
    startedAt: Text('RFC 3339'),
    finishedAt: Text('RFC 3339'),
    seed: Type.Optional(Text('What made-up user names, passwords and markers were derived from')),
    place: Type.Optional(OneOf('loopback', 'cell')),
    selfTest: Type.Optional(OneOf('passed', 'failed', 'skipped')),
    interrupted: Type.Optional(Type.Literal(true)),
    authorizedBy: Type.Optional(Type.String()),
    from: Type.Optional(Type.Array(Type.String(), { description: 'audit: addresses of this machine that connected' })),
    subject: Type.Object(
      { command: Type.Optional(Type.Array(Type.String())), targets: Type.Optional(Type.Array(Type.String())) },
      { additionalProperties: false },
    ),
    depth: Type.Optional(Type.Enum(DEPTHS, { description: 'audit: how thorough it was' })),
    leftOut: Type.Optional(
      Type.Array(
        Type.Object(
          {
            check: Type.String(),
            depth: Type.Enum(DEPTHS, { description: 'The depth that runs it' }),
            case: Type.Optional(
              Type.String({
                description: 'Where it was left out because the limit of connections was reached, if not everywhere',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        { description: 'audit: checks that this depth leaves out' },
      ),
    ),
    traffic: Type.Optional(
      Type.Object(
        {
          connections: Type.Integer({ minimum: 0, description: 'That were accepted' }),
          loginAttempts: Type.Integer({ minimum: 0 }),
          logLines: Type.Integer({
            minimum: 0,
            description: 'Login attempts that may have left a line which a ban filter counts',
          }),
        },
        { additionalProperties: false, description: 'audit: what it cost the servers' },
      ),
    ),
    profile: Type.Optional(ProfileModel),
    results: Type.Array(ResultModel),
    chains: Type.Optional(
      Type.Array(ChainFamilyModel, { description: 'Certificate chains (--chains), by what they test' }),
    ),
    closed: Type.Optional(
      Type.Array(ClosedPortModel, { description: 'Ports of bare hosts that do not answer: often good news' }),
    ),
    alsoNamed: Type.Optional(
      Type.Array(
        Type.Object(
          {
            target: Text('As the user named it'),
            host: Type.String(),
            address: Type.String(),
            port: Type.Integer({ minimum: 1, maximum: 65535 }),
            as: Text('The host under which the results that hold for all its names stand'),
          },
          { additionalProperties: false },
        ),
        { description: 'audit: targets whose address and port another target has too; that port was probed once' },
      ),
    ),
    diagnosis: Type.Optional(
      Type.Array(Type.String(), { description: 'What is wrong with the set-up, and what to do' }),
    ),
    faults: Type.Optional(Type.Array(Type.String(), { description: 'What could not be observed' })),
    visits: Type.Array(Type.Unknown(), {
      description: 'Recordings (urn:waxseal:recording:2), or paths of them; of an audit its connections',
    }),
    summary: Type.Record(Type.String(), Type.Integer({ minimum: 0 })),
  },
  { additionalProperties: false },
);

/** One result of a session; see docs/reference for every field. */
export type Result = Static<typeof ResultModel>;
export type ResultEvidence = Static<typeof EvidenceModel>;
/** Chains of one family, and what became of them. */
export type ChainFamily = Static<typeof ChainFamilyModel>;
/** One chain, and what became of it. */
export type ChainLine = Static<typeof ChainModel>;
/** What a norm asks for, and what became of it. */
export type ProfileReport = Static<typeof ProfileModel>;
/** The versioned report document. */
export type Report = Static<typeof ReportModel>;
