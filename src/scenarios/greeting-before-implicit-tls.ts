import { raw, withhold, type TamperRule } from '../endpoints/tamper.js';
import { leaks, type Evidence } from '../verdict/evidence.js';
import { quote } from '../verdict/evidence-words.js';
import { judgeBy } from '../verdict/judgement.js';
import type { Reading } from '../verdict/reading.js';
import { defineScenario } from './scenario.js';

/** In clear, before the ServerHello. */
const handshake: TamperRule = ({ protocol, insideOffer }, next) => [
  raw(protocol.answers.greeting(insideOffer)),
  ...next(),
];

/** The honest greeting waits: a client that goes on without it has heard the other one. */
const insideTls: TamperRule = (_context, next) => [withhold(SILENCE), ...next()];

/** Milliseconds. */
const SILENCE = 1000;

const goesOnUngreeted = (read: readonly Reading[]): Evidence[] =>
  read.flatMap(({ connection, said }): Evidence[] => {
    const greeted = connection.entries.findIndex((entry) => entry.kind === 'note' && entry.what === 'released');
    const early = said.find(
      ({ inside, unit, entry }) => inside && unit.moment !== 'quit' && (greeted === -1 || entry < greeted),
    );
    if (early === undefined) return [];
    return [
      {
        leak: 'trust',
        cause: 'believed',
        connection: connection.id,
        entry: early.entry,
        quote: early.isKnown ? quote(early) : '…',
        why: 'it went on inside TLS before it was greeted there: the greeting in clear was believed',
      },
    ];
  });

/** No TLS comes about on these bytes, unless the client has read them before it began. */
const swallowed = (read: readonly Reading[]): string | undefined =>
  read.some(({ boundaries }) => boundaries.some(({ facts }) => facts.completed))
    ? 'the client read what came in clear before it started TLS; whether it believed it did not show'
    : undefined;

export default defineScenario({
  id: 'greeting-before-implicit-tls',
  family: 'injection',
  title: 'A greeting in clear comes before TLS on the port for implicit TLS',
  attack: 'greets in clear on a port for implicit TLS, then starts TLS, and does not greet inside',
  why: 'Where TLS is due from the first byte, bytes in clear break it. A client that reads them as the greeting takes an attacker’s words for the server’s.',
  references: ['RFC 8314 §3', 'RFC 8446 §5.1'],
  cwe: ['CWE-74', 'CWE-345'],
  modes: ['implicit'],
  plaintext: 'refused',
  tamper: { handshake, insideTls },
  judge: judgeBy((visit, read) => [...leaks(visit, read), ...goesOnUngreeted(read)], {
    doubts: (_visit, read) => swallowed(read),
  }),
  flaw: {
    name: 'reads the greeting in clear before it starts TLS, and takes it for one from inside',
    client: {
      onConnected: async (toy, careful) => {
        await toy.linger(A_WHILE);
        await careful();
        await toy.startTls({ keeps: 'buffered' });
      },
    },
    // Who looks at the buffer only when more comes has two greetings then.
    harmlessWith: { reads: 'lazily' },
  },
  covers: ['inject-implicit-preamble'],
});

/** Milliseconds. */
const A_WHILE = 1000;
