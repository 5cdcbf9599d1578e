import { protocolsWhere } from '../protocols/port-roles.js';
import { send, upgrade, upgradeAfter, type MomentContext, type TamperRule } from '../endpoints/tamper.js';
import type { Command, Offer } from '../protocols/protocol.js';
import { base64, latin1 } from '../protocols/text.js';
import type { ClientHooks } from '../toys/moments.js';
import { readings } from '../verdict/evidence.js';
import { believesNothingInjected } from '../verdict/injection.js';
import type { Visit } from '../verdict/visit.js';
import { silence } from './control-withheld.js';
import { chosenLogins, isOwnCommand, withoutChosen } from './bait.js';
import { commandOf, line, nextTag, verbIn } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

interface Row extends Variant {
  readonly what: 'reply' | 'list' | 'fragment' | 'last-line' | 'session';
  /** When the ClientHello begins to come, or after so many milliseconds without one; together with the go-ahead by default. */
  readonly after?: number;
  /** The go-ahead ends with a bare line feed. */
  readonly bareLf?: true;
}

const starttls: TamperRule<Row> = (context, next) => {
  const { protocol, unit, inside, variant } = context;
  if (inside) return next();
  const honest = protocol.answers.goAhead(commandOf(unit));
  const goAhead = variant.bareLf === true ? latin1(honest.toString('latin1').replace(/\r\n$/, '\n')) : honest;
  const bytes = injected(context);
  if (variant.after === undefined) return [send(Buffer.concat([goAhead, bytes])), upgrade()];
  return [send(goAhead), upgradeAfter({ bytes, after: variant.after })];
};

/**
 * Data in clear that a client must not carry over the boundary. It offers what this client chooses, which inside TLS is
 * neither offered nor taken; for a client that goes by no list it is the answer to its login.
 */
const injected = (context: MomentContext<Row>): Buffer => {
  const { protocol, insideOffer, canaries, variant, control } = context;
  const [login] = chosenLogins(control);
  const only: Offer = {
    upgrade: false,
    logins: [login],
    loginDisabled: false,
    extensions: [canaries.capability.toUpperCase()],
  };
  if (goesByNoList(context) || variant.what === 'session') return answersUntilLogin(context, login, only);
  const to = nextCommand(context, commandOf(context.unit));
  const { fragment, lastLine = fragment } = protocol.forgeries;
  if (variant.what === 'last-line' || (variant.what === 'fragment' && stopsWithoutIts(context)))
    return latin1(lastLine(login).replace('TAG', to?.tag ?? '*'));
  if (variant.what === 'fragment') return latin1(fragment(login).replace('TAG', to?.tag ?? '*'));
  // IMAP: without a tagged line the list is unsolicited data, which a client may use at once. What is missing on it says nothing.
  if (variant.what === 'list' && !isOwnCommand(login))
    return protocol.answers.capabilities(
      undefined,
      protocol.tagged ? only : { ...only, logins: [login, ...insideOffer.logins] },
    );
  return protocol.answers.capabilities(to, only);
};

const nextCommand = ({ control }: MomentContext<Row>, command: Command | undefined): Command | undefined =>
  command?.tag === undefined ? undefined : { ...command, tag: nextTag(command.tag, control?.tags) };

/** It tried its usual login where that was not offered. */
const goesByNoList = ({ control, withheld }: MomentContext<Row>): boolean =>
  control !== undefined && chosenLogins(control).some((login) => withheld?.mechanisms.includes(login) === true);

/** Where its usual login is not offered it leaves: that a list lost its keywords would not show in it. */
const stopsWithoutIts = ({ withheld }: MomentContext<Row>): boolean => withheld?.mechanisms.length === 0;

/** Answers to all that this client says inside TLS, until it takes itself for logged in, or is asked for its secret. */
const answersUntilLogin = (context: MomentContext<Row>, login: string, offer: Offer): Buffer => {
  const { protocol, variant, control, withheld, canaries } = context;
  const { answers, forgeries, say } = protocol;
  const list = verbIn(protocol, say.capabilities('T', 'name'));
  const logsIn = verbIn(protocol, say.login('T', login, canaries));
  const verbs = control?.verbsInside ?? [];
  const replies: Buffer[] = protocol.speaksFirstAfterUpgrade ? [answers.capabilities(undefined, offer)] : [];
  let to = nextCommand(context, commandOf(context.unit));
  for (const verb of verbs.slice(0, Math.max(0, verbs.indexOf(logsIn)))) {
    replies.push(verb === list ? answers.capabilities(to, offer) : answers.ok(to, 'Done'));
    to = nextCommand(context, to);
  }
  // A client that says PASS whatever USER was answered goes by the answer to PASS.
  if (logsIn === 'USER') replies.push(answers.ok(to, 'Go on'));
  if (withheld?.announced === true) replies.push(answers.challenge(''), answers.challenge(''));
  const last = CHALLENGED.has(login)
    ? answers.challenge(base64(`<${canaries.nonce}@lab.test>`))
    : line(forgeries.loggedIn, to);
  const end = isUnfinished(variant) ? latin1(last.toString('latin1').replace(/\r\n$/, ' ')) : last;
  if (variant.what !== 'session') return Buffer.concat([...replies, end]);
  replies.push(end);
  for (let more = 0; more < FURTHER; more += 1) {
    to = nextCommand(context, to);
    replies.push(answers.ok(to, 'Done'));
  }
  return Buffer.concat(replies);
};

/** Answers for the commands after a login. */
const FURTHER = 20;

const isUnfinished = ({ what }: Row): boolean => what === 'fragment' || what === 'last-line';

/** Logins that go on only when the server has asked for more. */
const CHALLENGED: ReadonlySet<string> = new Set([
  'LOGIN',
  'CRAM-MD5',
  'DIGEST-MD5',
  'NTLM',
  'SCRAM-SHA-1',
  'SCRAM-SHA-256',
]);

/** After the upgrade the client asks for the list, or the server gives it by itself. */
const SILENT = protocolsWhere(({ speaksFirstAfterUpgrade }) => !speaksFirstAfterUpgrade);
const SPEAKING = protocolsWhere(({ speaksFirstAfterUpgrade }) => speaksFirstAfterUpgrade);

/** A ClientHello was sent, and no TLS came of it. */
const brokeOnThem = (visit: Visit): boolean =>
  readings(visit).some(({ boundaries }) =>
    boundaries.some(({ facts }) => facts.hello !== undefined && !facts.completed),
  );

const LATE = 'late-segment';

/** Keywords are searched for in the whole reply, as nodemailer does. */
const bySearch: ClientHooks['readsOffer'] = (offer, replies) => {
  const found = replies.flatMap(({ raw }) => / ?[ -]AUTH[ =]+([A-Z0-9-]+)/.exec(raw.toString('latin1'))?.[1] ?? []);
  return offer && { ...offer, logins: [...found, ...offer.logins] };
};

export default defineScenario<Row>({
  id: 'starttls-response-injection',
  family: 'injection',
  title: 'Forged replies in clear follow the go-ahead to STARTTLS',
  attack: 'sends forged replies in clear right behind the go-ahead to STARTTLS',
  why: 'Bytes that came in clear may stay in the client’s buffer when TLS starts. A client that reads them inside TLS takes them for words of the server: the attacker chooses capabilities, mechanisms and answers.',
  references: ['RFC 3207 §4.2', 'RFC 9051 §6.2.1', 'RFC 5804 §2.2', 'RFC 2595 §3.1'],
  cve: ['CVE-2020-15953', 'CVE-2020-14954', 'CVE-2020-15685', 'CVE-2021-38371', 'CVE-2021-22947', 'CVE-2026-41319'],
  cwe: ['CWE-74', 'CWE-345'],
  modes: ['starttls'],
  variants: [
    { name: 'full-line', does: 'a whole forged reply comes with the go-ahead', what: 'reply', protocols: SILENT },
    {
      name: 'partial-line',
      does: 'half a forged line comes with the go-ahead; the first line inside TLS completes it',
      what: 'fragment',
    },
    // Clients that read a reply to its end first wait for ever here; others take the unfinished line for the list inside TLS.
    {
      name: 'partial-last-line',
      does: 'a forged reply comes with the go-ahead; its last line is unfinished',
      what: 'last-line',
      protocols: protocolsWhere(({ forgeries }) => forgeries.lastLine !== undefined),
    },
    { name: 'sasl-list', does: 'a forged capability list comes with the go-ahead', what: 'list', protocols: SILENT },
    {
      name: 'managesieve-block',
      does: 'a forged capability block comes with the go-ahead, as ManageSieve servers send one after TLS has started',
      what: 'reply',
      protocols: SPEAKING,
    },
    {
      name: LATE,
      does: 'a whole forged reply comes a moment after the go-ahead, in a TCP segment of its own',
      what: 'reply',
      after: 1000,
    },
    {
      name: 'behind-bare-lf',
      does: 'a forged reply follows the go-ahead, which ends in LF instead of CRLF',
      what: 'reply',
      bareLf: true,
      covers: ['inject-lf-only'],
    },
    {
      name: 'whole-session',
      does: 'forged replies for a whole session come with the go-ahead',
      what: 'session',
      extra: 'more',
      covers: ['inject-login-ok', 'inject-pipelined-multi'],
    },
  ],
  plaintext: 'refused',
  inside: (honest, _variant, control) => withoutChosen(honest, control),
  comparesWith: 'control-withheld',
  tamper: { ...silence, starttls },
  judge: (visit, variant) => {
    const judgement = believesNothingInjected(visit);
    // Bytes that come late meet the handshake of a client that does not dawdle, as they wait for its hello: nobody sees what it does with its buffer.
    return variant.name === LATE && judgement.status === 'safe' && brokeOnThem(visit)
      ? {
          ...judgement,
          status: 'not-applicable',
          because: 'it had begun TLS when the late bytes came, and TLS failed on them, which is the protection',
        }
      : judgement;
  },
  flaw: ({ what, after }) => ({
    name: 'keeps what was buffered before TLS',
    // Only a client that dawdles has later segments in the buffer when the handshake begins.
    ...(after !== undefined && { habits: { lingers: after + 1000 } }),
    client: {
      onGoAhead: (toy) => toy.startTls({ keeps: 'buffered' }),
      ...((what === 'fragment' || what === 'last-line') && { readsOffer: bySearch }),
    },
    // Who reads it together with the honest list goes by the last one.
    ...(what === 'list' && { harmlessWith: { reads: 'lazily' } }),
  }),
  covers: [
    'mta-resp-inject',
    'inject-reply-same-segment',
    'inject-reply-late-segment',
    'inject-partial-line',
    'inject-caps-sasl',
    'inject-sieve-caps',
  ],
});
