import { protocolsWhere } from '../protocols/port-roles.js';
import { send, upgrade, upgradeAfter, type MomentContext, type TamperRule } from '../endpoints/tamper.js';
import type { Command, Offer } from '../protocols/protocol.js';
import { latin1 } from '../protocols/text.js';
import type { ClientHooks } from '../toys/moments.js';
import { believesNothingInjected } from '../verdict/injection.js';
import { silence } from './control-withheld.js';
import { commandOf, nextTag, withoutPlain } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

interface Row extends Variant {
  readonly what: 'reply' | 'list' | 'fragment';
  /** Milliseconds after the go-ahead; together with it unless told. */
  readonly after?: number;
}

const starttls: TamperRule<Row> = (context, next) => {
  const { protocol, unit, inside, variant } = context;
  if (inside) return next();
  const goAhead = protocol.answers.goAhead(commandOf(unit));
  const bytes = injected(context);
  if (variant.after === undefined) return [send(Buffer.concat([goAhead, bytes])), upgrade()];
  return [send(goAhead), upgradeAfter({ bytes, after: variant.after })];
};

/** Data in clear that a client must not carry over the boundary; all of it offers PLAIN, which is not offered inside. */
const injected = (context: MomentContext<Row>): Buffer => {
  const { protocol, insideOffer, canaries, variant } = context;
  if (variant.what === 'fragment') return latin1(protocol.forgeries.fragment);
  const only: Offer = {
    upgrade: false,
    logins: ['PLAIN'],
    loginDisabled: false,
    extensions: [canaries.capability.toUpperCase()],
  };
  // IMAP: without a tagged line the list is unsolicited data, which a client may use at once.
  if (variant.what === 'list')
    return protocol.answers.capabilities(
      undefined,
      protocol.tagged ? only : { ...only, logins: ['PLAIN', ...insideOffer.logins] },
    );
  return protocol.answers.capabilities(nextCommand(context), only);
};

const nextCommand = ({ unit, control }: MomentContext<Row>): Command | undefined => {
  const command = commandOf(unit);
  return command?.tag === undefined ? undefined : { ...command, tag: nextTag(command.tag, control?.tags) };
};

/** After the upgrade the client asks for the list, or the server gives it by itself. */
const SILENT = protocolsWhere(({ speaksFirstAfterUpgrade }) => !speaksFirstAfterUpgrade);
const SPEAKING = protocolsWhere(({ speaksFirstAfterUpgrade }) => speaksFirstAfterUpgrade);

/** Keywords are searched for in the whole reply, as nodemailer does. */
const bySearch: ClientHooks['readsOffer'] = (offer, replies) => {
  const found = replies.flatMap(({ raw }) => / ?[ -]AUTH[ =]+([A-Z0-9-]+)/.exec(raw.toString('latin1'))?.[1] ?? []);
  return offer && { ...offer, logins: [...found, ...offer.logins] };
};

export default defineScenario<Row>({
  id: 'starttls-response-injection',
  family: 'injection',
  title: 'Replies slipped in behind the go-ahead',
  why: 'Bytes in clear that stay in a buffer over the start of TLS are later read as if the server had said them inside: an attacker chooses capabilities, mechanisms and answers.',
  references: ['RFC 3207 §4.2', 'RFC 9051 §6.2.1', 'RFC 5804 §2.2', 'RFC 2595 §3.1'],
  cve: ['CVE-2020-15953', 'CVE-2020-14954', 'CVE-2020-15685', 'CVE-2021-38371', 'CVE-2021-22947', 'CVE-2026-41319'],
  cwe: ['CWE-74', 'CWE-345'],
  modes: ['starttls'],
  variants: [
    { name: 'full-line', what: 'reply', protocols: SILENT },
    { name: 'partial-line', what: 'fragment' },
    { name: 'sasl-list', what: 'list', protocols: SILENT },
    { name: 'managesieve-block', what: 'reply', protocols: SPEAKING },
    { name: 'late-segment', what: 'reply', after: 50 },
  ],
  plaintext: 'refused',
  inside: withoutPlain,
  comparesWith: 'control-withheld',
  tamper: { ...silence, starttls },
  judge: believesNothingInjected({ mechanisms: ['PLAIN'] }),
  flaw: ({ what, after }) => ({
    name: 'keeps what was buffered before TLS',
    client: {
      onGoAhead: async (toy) => {
        // Only who dawdles has later segments in the buffer when the handshake begins.
        if (after !== undefined) await toy.linger(after + 1000);
        await toy.startTls({ keeps: 'buffered' });
      },
      ...(what === 'fragment' && { readsOffer: bySearch }),
    },
  }),
  covers: [
    'inject-reply-same-segment',
    'inject-reply-late-segment',
    'inject-partial-line',
    'inject-caps-sasl',
    'inject-sieve-caps',
  ],
});
