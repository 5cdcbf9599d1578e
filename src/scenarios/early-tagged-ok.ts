import { protocolsWhere } from '../protocols/port-roles.js';
import { send, type MomentContext, type TamperRule } from '../endpoints/tamper.js';
import { latin1 } from '../protocols/text.js';
import { leaks } from '../verdict/evidence.js';
import { judgeBy } from '../verdict/judgement.js';
import type { Reading } from '../verdict/reading.js';
import type { ControlFacts, Visit } from '../verdict/visit.js';
import { commandOf, nextTag } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & { readonly name: 'after-greeting' | 'before-command' };

const greeting: TamperRule<Row> = ({ control, inside, variant }, next) =>
  !inside && (variant.name === 'after-greeting' || previous(control) === undefined)
    ? next((honest) => Buffer.concat([honest, ...earlyOks(upgradeTags(control))]))
    : next();

/** Behind the answer to the command that this client sends before STARTTLS. */
const answer: TamperRule<Row> = (context, next) => {
  const { control, inside, unit, variant } = context;
  const isPrevious = variant.name === 'before-command' && !inside && commandOf(unit)?.verb === previous(control);
  return isPrevious ? next((honest) => Buffer.concat([honest, ...earlyOks(tagsAfter(context))])) : next();
};

// The real command is refused: a client that waits for its answer gets one, a client that has believed the early one does not look.
const starttls: TamperRule<Row> = ({ protocol, unit, inside }, next) =>
  inside ? next() : [send(protocol.answers.refuse(commandOf(unit), 'no', 'TLS is not available'))];

const earlyOks = (tags: readonly string[]): Buffer[] =>
  tags.map((tag) => latin1(`${tag} OK Begin TLS negotiation now\r\n`));

const tagsAfter = ({ unit, control }: MomentContext<Row>): string[] => {
  const tag = commandOf(unit)?.tag;
  return tag === undefined ? [] : [nextTag(tag, control?.tags)];
};

/** The verb before STARTTLS; undefined if there is none. */
const previous = (control: ControlFacts | undefined): string | undefined =>
  control === undefined ? 'CAPABILITY' : control.verbsOutside[control.verbsOutside.indexOf('STARTTLS') - 1];

/** The tag of STARTTLS in the client's control, else first and second tags of well-known libraries. */
const upgradeTags = (control: ControlFacts | undefined): readonly string[] => {
  const tag = control?.tags[control.verbsOutside.indexOf('STARTTLS')];
  return tag === undefined ? COMMON_TAGS : [tag];
};

const COMMON_TAGS = ['A001', 'A002', 'a1', 'a2', '1', '2', 'A0001', 'A0002', 'RUBY0001', 'RUBY0002'];

/** Where the forged tag was not the one that the client used, it was never put to the test. */
const wrongTag = (_visit: Visit, read: readonly Reading[]): string | undefined => {
  for (const { said, heard } of read) {
    const asked = said.find((each) => each.unit.moment === 'starttls' && !each.inside);
    if (asked?.unit.kind !== 'command') continue;
    const { tag } = asked.unit;
    if (!heard.some(({ reply, entry }) => reply.kind === 'final' && reply.tag === tag && entry < asked.entry))
      return 'the tag of the client’s STARTTLS could not be foretold';
  }
  return undefined;
};

export default defineScenario<Row>({
  id: 'early-tagged-ok',
  family: 'forged-reply',
  title: 'The OK to STARTTLS comes before the command',
  why: 'Tags can be foretold. A library that finds its tag completed already believes that TLS was granted, and never starts it.',
  references: ['RFC 9051 §2.2.2', 'RFC 9051 §6.2.1'],
  cve: ['CVE-2026-42246'],
  cwe: ['CWE-393', 'CWE-319'],
  protocols: protocolsWhere(({ tagged }) => tagged),
  modes: ['starttls'],
  variants: [{ name: 'after-greeting' }, { name: 'before-command' }],
  tamper: { greeting, capabilities: answer, identify: answer, other: answer, starttls },
  judge: judgeBy((visit, read) => leaks(visit, read), { doubts: wrongTag }),
  flaw: {
    name: 'believes a tagged OK that came too early',
    client: {
      onEarlyReply: () => undefined,
      onGoAhead: (toy, careful, { early }) => (early ? toy.logIn() : careful()),
    },
  },
  covers: ['early-tagged-ok'],
});
