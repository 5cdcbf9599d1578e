import { hangUp, onSilence, onSilenceAtLast, send, type TamperRule } from '../endpoints/tamper.js';
import type { ForgedReply } from '../protocols/protocol.js';
import { impatience } from '../verdict/impatience.js';
import { secretsStayInsideTls, type Judge } from '../verdict/judgement.js';
import { commandOf, forgedReplies, line } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & ForgedReply;

/** Some of these answers rightly leave a client waiting for more. In the end it gets a refusal, so that how the session ends is up to it. */
const starttls: TamperRule<Row> = ({ protocol, unit, inside, variant }, next) =>
  inside
    ? next()
    : [
        send(line(variant.reply, commandOf(unit))),
        onSilenceAtLast(PATIENCE, [
          send(protocol.answers.refuse(commandOf(unit), 'no', 'TLS is not available')),
          // One that reads on to the end of a list never sees the refusal (s-nail): it sees the end of the connection.
          onSilence(PATIENCE, [hangUp]),
        ]),
      ];

/** Milliseconds of silence; one that takes it for an answer, and is slower, is not called safe. */
const PATIENCE = 4000;

/** A client that was waiting when it was refused had no answer yet: what it does where none comes is another scenario's question. */
const judge: Judge = (visit) => {
  const judgement = secretsStayInsideTls(visit);
  const stopped = impatience(visit);
  return judgement.status === 'inconclusive' && judgement.because === stopped
    ? {
        ...judgement,
        status: 'not-applicable',
        because: `the client does not take this for the answer: it waited for one until it was refused (${stopped}); what it does where none comes, starttls-unanswered tests`,
        decidedBy: 'starttls-unanswered/for-seconds',
      }
    : judgement;
};

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
  judge,
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
