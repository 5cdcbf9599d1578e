import { otherDoor, type TamperRule } from '../endpoints/tamper.js';
import type { Flaw } from '../toys/moments.js';
import { believesNoLogin, takesNoStrayReply } from '../verdict/other-door.js';
import { lateness, refusedMail, wrongLogin } from './control-refused.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & { readonly name: 'login-accepted' | 'login-refused' };

/** The server has turned to TLS; whatever it says there of itself (ManageSieve) its other door does not say. */
const insideTls: TamperRule<Row> = ({ control }, next) => [
  ...next(() => Buffer.alloc(0)),
  otherDoor(lateness(control)),
];

const login: TamperRule<Row> = (context, next) =>
  context.variant.name === 'login-refused' ? wrongLogin(context, next) : next();

const message: TamperRule<Row> = (context, next) =>
  context.variant.name === 'login-refused' ? refusedMail(context, next) : next();

/** Logs in as it is configured to, and reads the server's next yes as the answer to what it said last. */
const takesAnyYes: Flaw = {
  name: 'takes the server’s next positive reply for the answer to its command',
  client: {
    takesReply: (reply, carefully) => (reply.status === 'ok' ? 'answer' : carefully),
    onInside: (toy) => {
      toy.goBy({ upgrade: false, logins: ['PLAIN'], loginDisabled: false, extensions: [] });
    },
  },
};

/** The attack is “Opossum” (USENIX Security 2026). */
export default defineScenario<Row>({
  id: 'greeting-inside-starttls',
  family: 'other-door',
  title: 'After STARTTLS the server greets a second time, inside TLS',
  attack:
    'starts TLS after STARTTLS; greets inside TLS, so that each later reply comes one command too late; in the variant login-refused, refuses every login, or the mail of a client that does not log in',
  why: 'Without breaking any cryptography, an attacker can connect a STARTTLS client to the port for implicit TLS. Certificate and TLS are right, but a greeting comes where an answer is due, so that the client takes each reply for the answer to its next command. A refused login then looks accepted, and a mail that was sent looks lost.',
  references: ['RFC 8314 §3', 'RFC 3207 §4.2', 'RFC 2595 §4'],
  cwe: ['CWE-345', 'CWE-923'],
  modes: ['starttls'],
  impossible: ({ title, speaksFirstAfterUpgrade }) =>
    speaksFirstAfterUpgrade
      ? `a ${title} server says after STARTTLS what it says in its greeting: both ports say the same, so no reply is taken for another`
      : undefined,
  variants: [
    { name: 'login-accepted', does: 'the server accepts the login' },
    { name: 'login-refused', does: 'the server refuses every login, or the mail of a client that does not log in' },
  ],
  plaintext: 'refused',
  comparesWith: ({ name }) => (name === 'login-refused' ? 'control-refused' : 'control-withheld'),
  goesByPace: true,
  tamper: { insideTls, login, message },
  unread: ({ name }) => (name === 'login-refused' ? 'spliced' : undefined),
  judge: (visit, { name }) => {
    const judgement = (name === 'login-refused' ? believesNoLogin : takesNoStrayReply)(visit);
    return name === 'login-refused' &&
      judgement.status === 'inconclusive' &&
      visit.control?.passed === true &&
      // Of TLS that passed on unread, the control saw nothing.
      visit.control.verbsInside.length > 0 &&
      visit.control.mechanisms.length === 0
      ? { ...judgement, status: 'not-applicable', because: 'the client does not log in' }
      : judgement;
  },
  flaw: takesAnyYes,
  covers: ['splice-starttls-to-implicit', 'splice-told-login', 'splice-told-sent'],
});
