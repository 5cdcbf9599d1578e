import type { TamperRule } from '../endpoints/tamper.js';
import { ALL_PROTOCOLS } from '../protocols/port-roles.js';
import { latin1 } from '../protocols/text.js';
import { leaks } from '../verdict/evidence.js';
import { judgeBy, listNeverRead } from '../verdict/judgement.js';
import { fallsBackToPlaintext } from './flaws.js';
import { defineScenario, type Variant } from './scenario.js';

interface Row extends Variant {
  readonly spelt: (keyword: string) => string;
}

const respelt: TamperRule<Row> = ({ protocol, inside, variant }, next) => {
  if (inside) return next();
  const keyword = new RegExp(String.raw`\b${protocol.upgradeVerb}\b`, 'gi');
  const word = variant.spelt(protocol.upgradeVerb);
  return next((honest) => latin1(honest.toString('latin1').replace(keyword, word)));
};

/** The keyword of any protocol, in capitals. */
const IN_CAPITALS = new RegExp(
  String.raw`\b(?:${[...new Set(ALL_PROTOCOLS.map(({ upgradeVerb }) => upgradeVerb))].join('|')})\b`,
);

export default defineScenario<Row>({
  id: 'starttls-in-odd-case',
  family: 'early-login',
  title: 'STARTTLS is offered in small or mixed letters',
  attack: 'lists STARTTLS in small or mixed letters, and logins; otherwise it is honest',
  why: 'Keywords mean the same in capital and small letters, and STARTTLS works here. A client that overlooks the offer and logs in in clear is at fault.',
  references: ['RFC 5321 §2.4', 'RFC 9051 §9', 'RFC 2449 §3', 'RFC 5804 §2.2'],
  cwe: ['CWE-178', 'CWE-319'],
  modes: ['starttls'],
  variants: [
    {
      name: 'mixed',
      does: 'small and capital letters mixed: stARTTLS',
      spelt: (keyword) => `${keyword.slice(0, 2).toLowerCase()}${keyword.slice(2)}`,
    },
    { name: 'small', does: 'small letters: starttls', spelt: (keyword) => keyword.toLowerCase(), extra: 'more' },
  ],
  tamper: { greeting: respelt, capabilities: respelt },
  judge: judgeBy((visit, read) => leaks(visit, read), { bait: listNeverRead }),
  flaw: {
    name: 'knows its keyword in capitals only, and falls back to plaintext',
    client: {
      ...fallsBackToPlaintext.client,
      readsOffer: (offer, replies) =>
        offer && { ...offer, upgrade: replies.some(({ raw }) => IN_CAPITALS.test(raw.toString('latin1'))) },
    },
  },
  covers: ['strip-caps-case'],
});
