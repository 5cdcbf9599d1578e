import { hangUp, send, upgradeBrokenOff, type TamperRule } from '../endpoints/tamper.js';
import { leaks } from '../verdict/evidence.js';
import { judgeBy, upgradeNeverTried } from '../verdict/judgement.js';
import type { BrokenOff } from '../wire/upgrade.js';
import { comesBackWithoutTls } from './flaws.js';
import { commandOf, stripped } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & { readonly name: BrokenOff };

const greeting: TamperRule<Row> = (context, next) => (context.ordinal > 1 ? stripped.greeting(context, next) : next());

const capabilities: TamperRule<Row> = (context, next) =>
  context.ordinal > 1 ? stripped.capabilities(context, next) : next();

const starttls: TamperRule<Row> = (context, next) => {
  const { ordinal, inside, protocol, unit, variant } = context;
  if (inside || ordinal > 1) return stripped.starttls(context, next);
  return [send(protocol.answers.goAhead(commandOf(unit))), upgradeBrokenOff(variant.name)];
};

const handshake: TamperRule<Row> = ({ ordinal, spokeTls, variant }) => {
  if (ordinal === 1 && !spokeTls) return [upgradeBrokenOff(variant.name)];
  return spokeTls ? [hangUp] : [];
};

export default defineScenario<Row>({
  id: 'handshake-broken-off',
  family: 'fallback',
  title: 'The handshake breaks off in the middle, and the next connection offers no TLS',
  attack: 'breaks the first connection off within its own first messages of the handshake; offers no TLS on later ones',
  why: 'A handshake that did not finish proves nothing about the server: the next try must insist on TLS as the first one did.',
  references: ['RFC 8446 §6.1', 'RFC 3207 §4', 'RFC 8314 §5.2'],
  cwe: ['CWE-757', 'CWE-636'],
  modes: ['starttls', 'implicit'],
  extra: 'more',
  variants: [
    { name: 'half-way', does: 'the connection ends halfway through the server’s first handshake messages' },
    {
      name: 'after-server-hello',
      does: 'the connection ends after the first TLS record, which carries the ServerHello',
    },
    {
      name: 'before-its-end',
      does: 'the connection ends a few bytes before the end of the server’s first handshake messages',
    },
  ],
  goesOn: true,
  tamper: { greeting, capabilities, starttls, handshake },
  judge: judgeBy((visit, read) => leaks(visit, read), { bait: upgradeNeverTried }),
  flaw: comesBackWithoutTls,
  covers: ['oktls-mid-handshake-close'],
});
