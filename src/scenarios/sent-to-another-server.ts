import { hangUp, preauthenticate, send, type MomentContext, type TamperRule } from '../endpoints/tamper.js';
import { protocolsWhere } from '../protocols/port-roles.js';
import { leaks, mailboxInClear, type Evidence } from '../verdict/evidence.js';
import { judgeBy } from '../verdict/judgement.js';
import type { Reading } from '../verdict/reading.js';
import type { Visit } from '../verdict/visit.js';
import { commandOf, line } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & { readonly name: 'greeting' | 'starttls' | 'login' | 'mailbox' | 'preauth' };

/** The lines that name the attacker's server. */
const named = (context: MomentContext<Row>, how: 'greeting' | 'refusal'): Buffer => {
  const { protocol, attacker, canaries, unit } = context;
  const { host, port } = attacker ?? { host: '', port: 0 };
  const words = protocol.forgeries.referral?.[how](host, port, canaries.user) ?? '';
  return line(words, commandOf(unit));
};

const greeting: TamperRule<Row> = (context, next) => {
  const { inside, variant, protocol } = context;
  if (inside) return next();
  if (variant.name === 'greeting') return [send(named(context, 'greeting')), hangUp];
  if (variant.name !== 'preauth') return next();
  return [
    ...next((honest) => {
      const words = protocol.forgeries.preauthenticated?.(honest) ?? honest;
      return protocol.rewriteOffer(words, { upgrade: false, logins: [], loginDisabled: false });
    }),
    preauthenticate,
  ];
};

/** The list says that it may refer. */
const listed: TamperRule<Row> = ({ protocol }, next) =>
  next((honest) => protocol.rewriteOffer(honest, { addExtensions: protocol.forgeries.referral?.capabilities ?? [] }));

/** A command is answered with the name of the other server. */
const referring =
  (...names: readonly Row['name'][]): TamperRule<Row> =>
  (context, next) =>
    names.includes(context.variant.name) && commandOf(context.unit) !== undefined
      ? [send(named(context, 'refusal'))]
      : next();

/** What was said to the attacker's server was said to nobody else's: no policy allows it. */
const toAttacker = (visit: Visit, read: readonly Reading[]): Evidence[] => {
  const attackers = new Set(visit.connections.filter(({ endpoint }) => endpoint === 'attacker').map(({ id }) => id));
  return leaks(visit, read).map((evidence) =>
    attackers.has(evidence.connection)
      ? { ...evidence, cause: 'referred', why: `${evidence.why}: it went to a server that the attacker had named` }
      : evidence,
  );
};

/** `REFERRAL`, and the port of the address behind it. */
const portIn = (text: string): number | undefined => {
  const [, port] = /REFERRAL\W+[a-z]+:\/\/\S*?:(\d+)/.exec(text) ?? [];
  return port === undefined ? undefined : Number(port);
};

export default defineScenario<Row>({
  id: 'sent-to-another-server',
  family: 'referral',
  title: 'The server names another server, which is the attacker’s',
  attack:
    'answers with a referral, in its greeting, to STARTTLS, to the login or to a mailbox; the other server takes logins in clear, and has a certificate of an unknown issuer',
  why: 'A referral may have been written by anybody on the path. A client that follows it must insist on TLS and on a certificate there as it did at first, or it gives its password to the attacker.',
  references: ['RFC 2221 §5', 'RFC 2193 §8', 'RFC 5804 §1.3'],
  cwe: ['CWE-601', 'CWE-319', 'CWE-295'],
  protocols: protocolsWhere(({ forgeries }) => forgeries.referral !== undefined),
  modes: ['starttls'],
  // A real server has not the accounts with which referrals are followed here.
  seats: ['server'],
  extra: 'more',
  plaintext: 'refused',
  attacker: true,
  variants: [
    { name: 'greeting', does: 'the greeting names the other server', covers: ['referral-greeting'] },
    { name: 'starttls', does: 'the answer to STARTTLS names it' },
    { name: 'login', does: 'the answer to the login, inside TLS, names it', covers: ['referral-login'] },
    {
      name: 'mailbox',
      does: 'the answer to opening a mailbox, inside TLS, names it',
      protocols: protocolsWhere(({ tagged }) => tagged),
      covers: ['referral-mailbox'],
    },
    {
      name: 'preauth',
      does: 'the greeting says that the client is logged in (PREAUTH); the answers that follow name it, in clear',
      protocols: protocolsWhere(({ forgeries }) => forgeries.preauthenticated !== undefined),
      covers: ['preauth-referral'],
    },
  ],
  tamper: {
    greeting,
    capabilities: listed,
    starttls: (context, next) => (context.inside ? next() : referring('starttls', 'preauth')(context, next)),
    login: (context, next) => (context.inside ? referring('login')(context, next) : next()),
    mailbox: (context, next) => referring(context.inside ? 'mailbox' : 'preauth')(context, next),
  },
  judge: judgeBy((visit, read) => [...toAttacker(visit, read), ...mailboxInClear(read)]),
  flaw: {
    name: 'follows a referral in clear',
    client: {
      refersTo: ({ raw }) => portIn(raw.toString('latin1')),
      onPreauth: (toy) => {
        toy.goOnInClear();
      },
    },
  },
  covers: ['referral-sieve'],
});
