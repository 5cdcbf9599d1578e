import { protocolsWhere } from '../protocols/port-roles.js';
import { send, type MomentContext, type TamperRule } from '../endpoints/tamper.js';
import { latin1 } from '../protocols/text.js';
import { leaks } from '../verdict/evidence.js';
import { judgeBy, type Doubt } from '../verdict/judgement.js';
import type { Reading } from '../verdict/reading.js';
import type { ControlFacts, Visit } from '../verdict/visit.js';
import { commandOf, nextTag, verbIn } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & { readonly name: 'after-greeting' | 'before-command' };

const greeting: TamperRule<Row> = (context, next) => {
  const { control, inside, variant } = context;
  return !inside && isDue(context) && (variant.name === 'after-greeting' || previous(context) === undefined)
    ? next((honest) => Buffer.concat([honest, ...earlyOks(upgradeTags(control))]))
    : next();
};

/** A client that only looks around on its first connections is let do so: it asks for STARTTLS on a later one. */
const isDue = ({ control, ordinal }: MomentContext<Row>): boolean => ordinal >= (control?.upgrade?.connection ?? 1);

/** Behind the answer to the command that this client sends before STARTTLS. */
const answer: TamperRule<Row> = (context, next) => {
  const { inside, unit, variant } = context;
  const isPrevious =
    variant.name === 'before-command' && !inside && isDue(context) && commandOf(unit)?.verb === previous(context);
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
const previous = ({ control, protocol }: MomentContext<Row>): string | undefined =>
  control === undefined ? verbIn(protocol, protocol.say.capabilities('T', 'name')) : control.upgrade?.after.at(-1);

/** The tag of STARTTLS in the client's control, else first and second tags of well-known libraries. */
const upgradeTags = (control: ControlFacts | undefined): readonly string[] => {
  const tag = control?.upgrade && control.tags[control.upgrade.after.length];
  return tag === undefined ? COMMON_TAGS : [tag];
};

const COMMON_TAGS = ['A001', 'A002', 'a1', 'a2', '1', '2', 'A0001', 'A0002', 'RUBY0001', 'RUBY0002'];

/** STARTTLS and the tag before it, on the first connection that said it. */
const upgradeOf = (
  read: readonly Reading[],
): { readonly tag: string; readonly before?: string; readonly early: boolean } | undefined => {
  for (const { said, heard } of read) {
    const at = said.findIndex((each) => each.unit.moment === 'starttls' && !each.inside);
    const asked = said[at];
    const { tag } = commandOf(asked?.unit) ?? {};
    if (asked === undefined || tag === undefined) continue;
    const before = commandOf(said[at - 1]?.unit)?.tag;
    const early = heard.some(({ reply, entry }) => reply.kind === 'final' && reply.tag === tag && entry < asked.entry);
    return { tag, early, ...(before !== undefined && { before }) };
  }
  return undefined;
};

/**
 * Where the forged tag was not the one that the client used, it was never put to the test. Against a client whose tags nobody
 * can foretell there is no such attack: they differ from visit to visit; behind the greeting that is enough, behind a command
 * the tags of the visit and of its control must not be counted on.
 */
const wrongTag = ({ control, variant }: Visit, read: readonly Reading[]): Doubt | undefined => {
  const upgrade = upgradeOf(read);
  if (upgrade?.early !== false) return undefined;
  const isNew = control?.tags.every((tag) => tag !== upgrade.tag) === true;
  const isCounted = upgrade.before !== undefined && areCounted(control?.tags ?? [], [upgrade.before, upgrade.tag]);
  return isNew && !(variant === 'before-command' && isCounted)
    ? { notApplicable: 'its tags cannot be predicted, which is the protection' }
    : 'the tag of the client’s STARTTLS could not be foretold';
};

/** Whether tags are counted on: most of them begin as the one before did. Two alone may be alike by chance. */
const areCounted = (...runs: readonly (readonly string[])[]): boolean => {
  const alike = runs.flatMap((tags) =>
    tags.slice(1).map((tag, index) => commonBeginning(tags[index] ?? '', tag) * 2 >= tag.length),
  );
  return alike.filter(Boolean).length >= COUNTED * alike.length;
};

/** The share of neighbours that are alike where tags are counted; at A099, A100 they are not. */
const COUNTED = 0.75;

/** The number of characters that two tags have in common at their beginnings. */
const commonBeginning = (one: string, other: string): number => {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
};

export default defineScenario<Row>({
  id: 'early-tagged-ok',
  family: 'forged-reply',
  title: 'The OK to STARTTLS comes before the client sends STARTTLS',
  attack: 'sends the tagged OK for STARTTLS before the client has sent STARTTLS; answers STARTTLS itself with an error',
  why: 'Tags can be predicted. A library that finds an OK with its tag waiting believes that STARTTLS was accepted, and never starts TLS.',
  references: ['RFC 9051 §2.2.2', 'RFC 9051 §6.2.1'],
  cve: ['CVE-2026-42246'],
  cwe: ['CWE-393', 'CWE-319'],
  protocols: protocolsWhere(({ tagged }) => tagged),
  modes: ['starttls'],
  variants: [
    { name: 'after-greeting', does: 'the OK comes right after the greeting' },
    { name: 'before-command', does: 'the OK comes with the answer to the command before STARTTLS' },
  ],
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
