import { onSilence, send, type TamperRule } from '../endpoints/tamper.js';
import type { ForgedReply } from '../protocols/protocol.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { commandOf, forgedReplies, line } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & ForgedReply;

/** Some of these answers rightly leave a client waiting for more. It gets a refusal, so that how the session ends is up to it. */
const starttls: TamperRule<Row> = ({ protocol, unit, inside, variant }, next) =>
  inside
    ? next()
    : [
        send(line(variant.reply, commandOf(unit))),
        onSilence(PATIENCE, [send(protocol.answers.refuse(commandOf(unit), 'no', 'TLS is not available'))]),
      ];

/** Milliseconds of silence. */
const PATIENCE = 2000;

export default defineScenario<Row>({
  id: 'starttls-answered-wrongly',
  family: 'refuse',
  title: 'STARTTLS is answered, but not with the go-ahead',
  attack: 'answers STARTTLS with a reply that is not the go-ahead',
  why: 'Only one reply starts TLS. A client that accepts another positive reply, an intermediate reply or an unknown word believes that TLS has begun, when it has not.',
  references: ['RFC 3207 §4', 'RFC 2595 §4', 'RFC 9051 §6.2.1', 'RFC 5804 §2.2'],
  cve: ['CVE-2016-0772', 'CVE-2021-32066'],
  cwe: ['CWE-754', 'CWE-319'],
  modes: ['starttls'],
  variants: forgedReplies(({ wrongAnswers }) => wrongAnswers),
  tamper: { starttls },
  judge: secretsStayInsideTls,
  flaw: {
    name: 'takes any answer for the go-ahead, and goes on without TLS',
    client: {
      onUpgrade: async (toy) => {
        await toy.askUpgrade('any reply');
        await toy.logIn();
      },
    },
  },
  covers: [
    'refuse-wrong-positive',
    'refuse-intermediate',
    'refuse-unknown-status',
    'refuse-wrong-tag',
    'lib-starttls-return',
  ],
});
