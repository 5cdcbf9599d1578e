import { flood, hangUp, type TamperRule } from '../endpoints/tamper.js';
import { leaks, type Evidence } from '../verdict/evidence.js';
import { judgeBy } from '../verdict/judgement.js';
import type { Reading } from '../verdict/reading.js';
import { defineScenario } from './scenario.js';

/**
 * Bytes. A reader's system takes little more than the reader has taken of it lately (on Linux the window grows with what is read), a
 * writer's system a few megabytes: if all of this left, most of it was read.
 */
const ALL = 24_000_000;

const greeting: TamperRule = ({ inside }, next) => (inside ? next() : [flood(ALL), hangUp]);

const readToTheEnd = (read: readonly Reading[]): Evidence[] =>
  read.flatMap(({ connection: { id, entries } }) =>
    entries.flatMap((entry, index): Evidence[] =>
      entry.kind === 'note' && entry.what === 'flooded' && entry.bytes >= ALL
        ? [
            {
              leak: 'availability',
              cause: 'availability',
              connection: id,
              entry: index,
              quote: '…',
              why: 'read megabytes of a greeting that has no line end, and did not stop',
            },
          ]
        : [],
    ),
  );

export default defineScenario({
  id: 'greeting-without-end',
  family: 'availability',
  title: 'The greeting is a line without an end',
  attack: 'sends 24 MB without a line end in place of a greeting, then disconnects',
  why: 'Before TLS anybody may be the server. A client that reads a line however long it gets, and keeps it, can be made to use up memory until the system ends it.',
  references: ['RFC 5321 §4.5.3.1.5', 'RFC 9051 §7'],
  cwe: ['CWE-770', 'CWE-400'],
  modes: ['starttls'],
  extra: 'more',
  // A client may take its time.
  lasts: 60_000,
  tamper: { greeting },
  judge: judgeBy((visit, read) => [...leaks(visit, read), ...readToTheEnd(read)]),
  flaw: { name: 'reads a line however long it gets', client: { readsEndlessReplies: true } },
  covers: ['greet-oversize'],
});
