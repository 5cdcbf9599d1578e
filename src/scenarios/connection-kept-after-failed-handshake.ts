import { raw, send, upgradeOrStay, type TamperRule } from '../endpoints/tamper.js';
import type { Flaw } from '../toys/moments.js';
import { leaks } from '../verdict/evidence.js';
import { judgeBy, upgradeNeverTried } from '../verdict/judgement.js';
import { commandOf, stripped } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & { readonly name: 'alert' | 'certificate' };

/** Fatal, handshake_failure (RFC 8446 §6). */
const ALERT = Buffer.from([21, 3, 3, 0, 2, 2, 40]);

/** TLS was asked for once: from then on, on this connection and on later ones, there is none. */
const over =
  (rule: TamperRule<Row>): TamperRule<Row> =>
  (context, next) =>
    context.asked || context.ordinal > 1 ? rule(context, next) : next();

const starttls: TamperRule<Row> = (context, next) => {
  const { ordinal, hello, spokeTls, inside, protocol, unit, variant } = context;
  if (inside || ordinal > 1 || spokeTls || hello !== undefined) return stripped.starttls(context, next);
  const goAhead = send(protocol.answers.goAhead(commandOf(unit)));
  return variant.name === 'alert' ? [goAhead] : [goAhead, upgradeOrStay];
};

/** The ClientHello has come. */
const handshake: TamperRule<Row> = ({ variant }, next) => (variant.name === 'alert' ? [raw(ALERT)] : next());

const FLAWS: Readonly<Record<Row['name'], Flaw>> = {
  alert: {
    name: 'goes on in clear after an alert',
    client: { onHandshakeFailure: (toy) => toy.logIn() },
  },
  certificate: {
    name: 'refuses the certificate, ends TLS, and goes on in clear',
    client: {
      onHandshakeFailure: async (toy) => {
        await toy.leaveTls();
        await toy.logIn();
      },
      // The server's answer to close_notify.
      onCloseNotify: (toy) => toy.logIn(),
    },
  },
};

export default defineScenario<Row>({
  id: 'connection-kept-after-failed-handshake',
  family: 'no-tls',
  title: 'The handshake fails, and the connection stays open',
  attack:
    'makes the handshake fail, by an alert or by a certificate that is self-signed; then answers in clear on the same connection',
  why: 'In many libraries the connection stays open, in clear, when the call that starts TLS fails. A program that ignores the error sends the password on it.',
  references: ['RFC 3207 §4', 'RFC 8314 §5.2'],
  cwe: ['CWE-252', 'CWE-319', 'CWE-757'],
  modes: ['starttls'],
  variants: [
    { name: 'alert', does: 'the server ends the handshake with an alert' },
    { name: 'certificate', does: 'the server shows a self-signed certificate, which the client must refuse' },
  ],
  certificate: 'self-signed',
  tamper: { greeting: over(stripped.greeting), capabilities: over(stripped.capabilities), starttls, handshake },
  judge: judgeBy((visit, read) => leaks(visit, read), { bait: upgradeNeverTried }),
  flaw: ({ name }) => FLAWS[name],
  covers: ['oktls-alert', 'oktls-stays-plain', 'cert-self-signed'],
});
