import { preauthenticate, type TamperRule } from '../endpoints/tamper.js';
import { protocolsWhere } from '../protocols/port-roles.js';
import { leaks, mailboxInClear } from '../verdict/evidence.js';
import { judgeBy } from '../verdict/judgement.js';
import { inTheEnd, judgedForSeconds, SECONDS_AND_MORE } from './patience.js';
import { goodbye, refusingUpgrade } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & { readonly name: 'without-starttls' | 'starttls-listed' | 'without-list' };

const change = (variant: Row) => ({ upgrade: variant.name === 'starttls-listed', logins: [], loginDisabled: false });

const greeting: TamperRule<Row> = ({ protocol, inside, variant, control }, next) =>
  inside
    ? next()
    : [
        ...next((honest) => {
          const { preauthenticated, withoutList } = protocol.forgeries;
          const words = protocol.rewriteOffer(preauthenticated?.(honest) ?? honest, change(variant));
          return variant.name === 'without-list' ? (withoutList?.(words) ?? words) : words;
        }),
        preauthenticate,
        // A client that knows no PREAUTH may wait for another greeting for ever.
        inTheEnd(...goodbye(protocol.answers.refuse(undefined, 'bye', 'I have waited too long'), control)),
      ];

const capabilities: TamperRule<Row> = ({ protocol, inside, variant }, next) =>
  inside ? next() : next((honest) => protocol.rewriteOffer(honest, change(variant)));

export default defineScenario<Row>({
  id: 'preauth',
  family: 'preauth',
  title: 'The greeting says that the client is logged in already',
  attack: 'greets with PREAUTH, after which TLS cannot be started; answers STARTTLS with an error',
  why: 'After PREAUTH no TLS can be started. A client that goes on reads and uploads mail in clear, with a server that it never verified.',
  references: ['RFC 9051 §7.1.4', 'RFC 8314 §3.2'],
  cve: ['CVE-2020-12398', 'CVE-2020-14093', 'CVE-2021-39272', 'CVE-2021-22946'],
  cwe: ['CWE-757', 'CWE-319'],
  protocols: protocolsWhere(({ forgeries }) => forgeries.preauthenticated !== undefined),
  modes: ['starttls'],
  lasts: SECONDS_AND_MORE,
  variants: [
    { name: 'without-starttls', does: 'the greeting lists no STARTTLS' },
    { name: 'starttls-listed', does: 'the greeting still lists STARTTLS' },
    { name: 'without-list', does: 'the greeting has no capability list', extra: 'more', covers: ['preauth-crash'] },
  ],
  tamper: { greeting, capabilities, starttls: refusingUpgrade },
  // One that waits for a greeting all the same: what it does where none comes is another scenario's question.
  judge: judgedForSeconds(
    judgeBy((visit, read) => [...leaks(visit, read), ...mailboxInClear(read)]),
    'server-falls-silent/greeting',
  ),
  flaw: { name: 'goes on in clear after PREAUTH', client: { onPreauth: (toy) => toy.goOnInClear() } },
  covers: ['preauth-plain', 'preauth-starttls-listed', 'preauth-draft-upload'],
});
