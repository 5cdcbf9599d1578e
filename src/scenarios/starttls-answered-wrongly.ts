import { losePatience, send, type TamperRule } from '../endpoints/tamper.js';
import type { ProtocolName } from '../protocols/protocol.js';
import { latin1 } from '../protocols/text.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { commandOf } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

interface Row extends Variant {
  readonly protocols: readonly ProtocolName[];
  readonly reply: string;
}

// Some of these answers leave a client waiting for more, which it may do; the server does not wait as long.
const starttls: TamperRule<Row> = ({ unit, inside, variant }, next) =>
  inside ? next() : [send(latin1(variant.reply.replace('TAG', commandOf(unit)?.tag ?? '*'))), losePatience(PATIENCE)];

const rows = (protocol: ProtocolName, replies: Readonly<Record<string, string>>): Row[] =>
  Object.entries(replies).map(([name, reply]) => ({ name, protocols: [protocol], reply: `${reply}\r\n` }));

const PATIENCE = 2000;

export default defineScenario<Row>({
  id: 'starttls-answered-wrongly',
  title: 'STARTTLS is answered, but not with the go-ahead',
  why: 'Only one reply starts TLS. A client that takes another positive one, an invitation to go on, or an unknown word for it believes in TLS that never began.',
  references: ['RFC 3207 §4', 'RFC 2595 §4', 'RFC 9051 §6.2.1', 'RFC 5804 §2.2'],
  cve: ['CVE-2016-0772', 'CVE-2021-32066'],
  cwe: ['CWE-754', 'CWE-319'],
  modes: ['starttls'],
  variants: [
    ...rows('smtp', {
      '200': '200 Ok',
      '221': '221 2.0.0 Ok',
      '235': '235 2.7.0 Ok',
      '250': '250 2.0.0 Ok',
      '251': '251 2.1.5 Ok',
      '334': '334 ',
      '354': '354 Go on',
      '999': '999 What',
      'no-code': 'Ready to start TLS',
    }),
    ...rows('imap', {
      'untagged-ok': '* OK Begin TLS negotiation now',
      continuation: '+ Go on',
      unknown: 'TAG FINE Begin TLS negotiation now',
    }),
    ...rows('pop3', {
      'lookalike-ok': '+OKAY Begin TLS negotiation',
      continuation: '+ ',
      unknown: '?OK Begin TLS negotiation',
    }),
    ...rows('managesieve', {
      'lookalike-ok': 'OKAY "Begin TLS negotiation now"',
      unknown: 'MAYBE "Begin TLS negotiation now"',
    }),
  ],
  tamper: { starttls },
  judge: secretsStayInsideTls,
  flaw: {
    name: 'takes any answer for the go-ahead, and goes on without TLS',
    client: { goAhead: 'anything', afterFalseGoAhead: 'log-in' },
  },
  covers: ['refuse-wrong-positive', 'refuse-intermediate', 'refuse-unknown-status', 'lib-starttls-return'],
});
