import { send, upgrade, type MomentContext, type TamperRule } from '../endpoints/tamper.js';
import { protocolsWhere } from '../protocols/port-roles.js';
import { latin1 } from '../protocols/text.js';
import type { ClientHooks } from '../toys/moments.js';
import { leaks, type Evidence } from '../verdict/evidence.js';
import { quote } from '../verdict/evidence-words.js';
import { judgeBy, type Judge } from '../verdict/judgement.js';
import type { Reading } from '../verdict/reading.js';
import type { Visit } from '../verdict/visit.js';
import { commandOf } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & { readonly name: 'after-greeting' | 'before-go-ahead' };

/** What nobody has asked for: folders, flags, sizes and a message (RFC 9051 §7). The folder has a name of this visit. */
const unasked = ({ canaries }: MomentContext<Row>): Buffer =>
  latin1(
    [
      `* LIST (\\HasNoChildren) "/" ${canaries.capability}`,
      `* LSUB () "/" ${canaries.capability}`,
      `* STATUS ${canaries.capability} (MESSAGES 529001 UNSEEN 529001 UIDNEXT 529002 UIDVALIDITY 1)`,
      '* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)',
      '* SEARCH 1 2 3 4 5',
      '* 54321 EXISTS',
      '* 12345 RECENT',
      '* 1 EXPUNGE',
      '* 1 FETCH (UID 1 FLAGS (\\Flagged))',
      '',
    ].join('\r\n'),
  );

const greeting: TamperRule<Row> = (context, next) =>
  !context.inside && context.variant.name === 'after-greeting'
    ? next((honest) => Buffer.concat([honest, unasked(context)]))
    : next();

const starttls: TamperRule<Row> = (context, next) => {
  const { inside, variant, protocol, unit } = context;
  return !inside && variant.name === 'before-go-ahead'
    ? [send(Buffer.concat([unasked(context), protocol.answers.goAhead(commandOf(unit))])), upgrade()]
    : next();
};

/** The folder that only the clear text named is asked for inside TLS. */
const usesFolder = (visit: Visit, read: readonly Reading[]): Evidence[] =>
  read.flatMap(({ connection, said }) =>
    said
      .filter(({ inside, unit }) => inside && unit.raw.includes(visit.canaries.capability))
      .slice(0, 1)
      .map((each) => ({
        leak: 'trust',
        cause: 'believed',
        connection: connection.id,
        entry: each.entry,
        quote: each.isKnown ? quote(each) : '…',
        why: 'asked inside TLS for a folder that was named in clear only',
      })),
  );

const judgeUse = judgeBy((visit, read) => [...leaks(visit, read), ...usesFolder(visit, read)]);

/** A client that has no use for folders would not show that it believes in one. */
const judge: Judge = (visit) => {
  const judgement = judgeUse(visit);
  const isUser = visit.control?.verbsInside.some((verb) => MAILBOX.has(verb)) === true;
  return judgement.status === 'safe' && !isUser
    ? {
        ...judgement,
        status: 'not-applicable',
        because: 'it opens no mailbox, so nobody can see whether it kept the folder',
      }
    : judgement;
};

const MAILBOX: ReadonlySet<string> = new Set(['SELECT', 'EXAMINE', 'LIST', 'LSUB', 'STATUS', 'XLIST']);

/** Notes the folder of a LIST among the capabilities, and asks for it inside TLS. */
const believes: ClientHooks = {
  onEarlyReply: () => undefined,
  readsOffer: (offer, replies) => {
    const names = replies.flatMap(({ lines }) =>
      lines.flatMap((line) => /^\* LIST \([^)]*\) "\/" (\S+)/.exec(line)?.[1] ?? []),
    );
    if (names.length === 0) return offer;
    const known = offer ?? { upgrade: true, logins: [], loginDisabled: true, extensions: [] };
    return { ...known, extensions: [...known.extensions, ...names.map((name) => `${FOLDER}${name}`)] };
  },
  onInside: async (toy, careful, before) => {
    await careful();
    const folder = before?.extensions.find((each) => each.startsWith(FOLDER))?.slice(FOLDER.length);
    if (folder !== undefined) await toy.ask((tag) => latin1(`${tag} SELECT ${folder}\r\n`));
  },
};
const FOLDER = 'folder ';

export default defineScenario<Row>({
  id: 'folders-named-before-tls',
  family: 'carry-over',
  title: 'Folders and mail are named in clear, unasked',
  attack:
    'names a folder, flags and mail in clear, behind its greeting or before its go-ahead, and has none of them inside TLS',
  why: 'In IMAP, data may come unasked at any time. What came in clear may be from an attacker: a client that keeps it shows folders and mail that the server never had.',
  references: ['RFC 9051 §11.3', 'RFC 9051 §6.2.1'],
  cve: ['CVE-2021-29969', 'CVE-2021-38370'],
  cwe: ['CWE-345', 'CWE-349'],
  protocols: protocolsWhere(({ tagged }) => tagged),
  modes: ['starttls'],
  extra: 'more',
  plaintext: 'refused',
  variants: [
    {
      name: 'after-greeting',
      does: 'folders and mail are named right after the greeting',
      covers: ['untagged-after-greeting'],
    },
    {
      name: 'before-go-ahead',
      does: 'folders and mail are named right before the go-ahead to STARTTLS',
      covers: ['untagged-before-starttls'],
    },
  ],
  tamper: { greeting, starttls },
  judge,
  flaw: { name: 'keeps folders that were named in clear', client: believes },
  covers: [],
});
