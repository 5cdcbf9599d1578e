import { send, upgrade, type MomentContext, type TamperRule } from '../endpoints/tamper.js';
import { protocolsWhere } from '../protocols/port-roles.js';
import { latin1 } from '../protocols/text.js';
import type { ClientHooks } from '../toys/moments.js';
import type { Canaries } from '../verdict/canaries.js';
import { judgeByLook } from '../verdict/screen.js';
import { commandOf } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & {
  readonly name: 'greeting' | 'before-go-ahead' | 'behind-go-ahead' | 'folder' | 'refusal' | 'terminal-escape';
};

/** What the attacker would have the user read. */
const textOf = ({ capability }: Pick<Canaries, 'capability'>): string => `Call us about ${capability}`;

const alert = ({ canaries }: MomentContext<Row>): Buffer => latin1(`* OK [ALERT] ${textOf(canaries)}\r\n`);

const greeting: TamperRule<Row> = (context, next) => {
  const { inside, variant, canaries } = context;
  if (!inside && variant.name === 'greeting') return [send(alert(context))];
  return !inside && variant.name === 'folder'
    ? next((honest) => Buffer.concat([honest, latin1(`* LIST () "/" "${textOf(canaries)}"\r\n`)]))
    : next();
};

const starttls: TamperRule<Row> = (context, next) => {
  const { inside, variant, protocol, unit, canaries } = context;
  if (inside) return next();
  const command = commandOf(unit);
  switch (variant.name) {
    case 'before-go-ahead':
      return [send(Buffer.concat([alert(context), protocol.answers.goAhead(command)])), upgrade()];
    case 'behind-go-ahead':
      return [send(Buffer.concat([protocol.answers.goAhead(command), alert(context)])), upgrade()];
    case 'refusal':
      return [send(protocol.answers.refuse(command, 'no', textOf(canaries)))];
    case 'terminal-escape':
      return [send(protocol.answers.refuse(command, 'no', `${REVERSE}${textOf(canaries)}${NORMAL}`))];
    default:
      return next();
  }
};

/** Light and dark change places (ECMA-48, SGR). */
const REVERSE = '\u001b[7m';
const NORMAL = '\u001b[0m';

const QUESTIONS: Readonly<Record<Row['name'], (text: string) => string>> = {
  greeting: (text) => `Did the client show “${text}” without marking it as suspicious?`,
  'before-go-ahead': (text) => `Did the client show “${text}” without marking it as suspicious?`,
  'behind-go-ahead': (text) => `Did the client show “${text}”?`,
  folder: (text) => `Did the client show a folder named “${text}”?`,
  refusal: (text) =>
    `Did the client show “${text}” as a message of its own, without saying that it comes from a server?`,
  'terminal-escape': (text) => `Did the client show “${text}” in reverse video (light and dark swapped)?`,
};

const ALERTS = protocolsWhere(({ tagged }) => tagged);

const shows: ClientHooks = { showsText: true };
const readsOn: ClientHooks = { ...shows, onEarlyReply: () => undefined };
const keeps: ClientHooks = { ...shows, onGoAhead: (toy) => toy.startTls({ keeps: 'buffered' }) };

export default defineScenario<Row>({
  id: 'text-shown-before-tls',
  family: 'display',
  title: 'The server has a text for the user before TLS',
  attack: 'has a text for the user in clear: an alert, the name of a folder, or an error',
  why: 'Before TLS anybody on the path can write what the server says. A client that shows such a text as if the server, or the client itself, had written it, helps with phishing; terminal escapes in it can forge what else is on the screen.',
  references: ['RFC 9051 §7.1', 'RFC 9051 §11.3', 'RFC 5804 §1.3'],
  cwe: ['CWE-451', 'CWE-150'],
  modes: ['starttls'],
  seats: ['server'],
  extra: 'more',
  variants: [
    {
      name: 'greeting',
      does: 'the greeting is an alert',
      protocols: ALERTS,
      covers: ['alert-greeting'],
    },
    {
      name: 'before-go-ahead',
      does: 'an alert comes right before the go-ahead to STARTTLS',
      protocols: ALERTS,
      covers: ['alert-before-starttls'],
    },
    {
      name: 'behind-go-ahead',
      does: 'an alert comes right behind the go-ahead to STARTTLS',
      protocols: ALERTS,
      covers: ['inject-alert'],
    },
    {
      name: 'folder',
      does: 'a folder whose name is a text is listed behind the greeting',
      protocols: ALERTS,
      covers: ['list-click-payload'],
    },
    { name: 'refusal', does: 'STARTTLS is refused with a text', covers: ['alert-smtp-pop-sieve'] },
    {
      name: 'terminal-escape',
      does: 'STARTTLS is refused with a text that has terminal escapes around it',
      covers: ['alert-smtp-pop-sieve'],
    },
  ],
  plaintext: 'refused',
  tamper: { greeting, starttls },
  judge: (visit, { name }) =>
    judgeByLook({
      text: ({ canaries }) => (name === 'terminal-escape' ? `${REVERSE}${textOf(canaries)}` : textOf(canaries)),
      words:
        name === 'terminal-escape'
          ? ['passed terminal escapes of the server on to the screen', 'pass on the terminal escapes']
          : ['showed a text that came before TLS', 'show the text as its own or as the server’s'],
    })(visit),
  asks: ({ name }, canaries) => QUESTIONS[name](textOf(canaries)),
  flaw: ({ name }) => ({
    name: 'shows whatever text a server sends',
    client: name === 'behind-go-ahead' ? keeps : name === 'folder' ? readsOn : shows,
  }),
  covers: [],
});
