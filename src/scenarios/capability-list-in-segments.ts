import { inSegments, type MomentContext, type TamperRule } from '../endpoints/tamper.js';
import { leaks } from '../verdict/evidence.js';
import { judgeBy, listNeverRead } from '../verdict/judgement.js';
import { mayHaveReadAtOnce, pauseFor } from '../verdict/pace.js';
import { fallsBackToPlaintext } from './flaws.js';
import { defineScenario, type Variant } from './scenario.js';

interface Row extends Variant {
  readonly segments: (list: Buffer, keyword: string) => readonly Buffer[];
  /** Milliseconds, at least, from the first segment to the last one. */
  readonly apart: number;
}

/** The list stands in one place only, and arrives there in pieces. */
const greeting: TamperRule<Row> = (context, next) => {
  const { withoutList } = context.protocol.forgeries;
  return context.inside || withoutList !== undefined ? next(withoutList) : inPieces(context, next);
};

const inPieces: TamperRule<Row> = ({ protocol, inside, variant, control }, next) =>
  inside
    ? next()
    : inSegments(next(), (list) => {
        const segments = variant.segments(list, protocol.upgradeVerb);
        return [segments, timeFor(control, variant) / Math.max(1, segments.length - 1)];
      });

/** A client that finds all pieces at once has met no attack: they are further apart than it takes to answer. */
const timeFor = (control: MomentContext['control'], { apart }: Row): number =>
  pauseFor(Math.max(control?.pace ?? 0, control?.paceInClear ?? 0), apart, LONGEST);

const LONGEST = 10_000;

/** In two, behind so many bytes. */
const cutAt = (list: Buffer, at: number): Buffer[] =>
  at > 0 && at < list.length ? [list.subarray(0, at), list.subarray(at)] : [list];

const withinKeyword: Row['segments'] = (list, keyword) => {
  const at = list.toString('latin1').toUpperCase().indexOf(keyword);
  return cutAt(list, at === -1 ? at : at + Math.ceil(keyword.length / 2));
};

const byteByByte: Row['segments'] = (list) => Array.from({ length: list.length }, (_, at) => list.subarray(at, at + 1));

export default defineScenario<Row>({
  id: 'capability-list-in-segments',
  family: 'strip',
  title: 'The capability list arrives in pieces',
  attack: 'sends its list in pieces, with a pause between them; otherwise it is honest',
  why: 'TCP may cut a reply anywhere. A client that takes its first part for all of it overlooks STARTTLS, and an attacker decides where it is cut.',
  references: ['RFC 9293 §3.8', 'RFC 8314 §5.2'],
  cwe: ['CWE-757', 'CWE-319'],
  modes: ['starttls'],
  variants: [
    {
      name: 'within-keyword',
      does: 'the list is cut once, within the word STARTTLS',
      segments: withinKeyword,
      // Long enough for a machine that is busy.
      apart: 300,
    },
    {
      name: 'byte-by-byte',
      does: 'each byte comes in a TCP segment of its own',
      segments: byteByByte,
      apart: 300,
      extra: 'more',
    },
    {
      name: 'after-a-long-pause',
      does: 'the list is cut within the word STARTTLS, and the rest comes after five seconds',
      segments: withinKeyword,
      apart: 5000,
      extra: 'slow',
    },
  ],
  goesByPace: true,
  tamper: { greeting, capabilities: inPieces },
  judge: judgeBy((visit, read) => leaks(visit, read), {
    bait: (visit, read) => listNeverRead(visit, read) ?? mayHaveReadAtOnce(visit, read),
  }),
  flaw: {
    name: 'takes what arrives first for the whole list, and falls back to plaintext',
    client: { ...fallsBackToPlaintext.client, takesSegmentForReply: true },
    // Who waits for a challenge takes the rest of the list for it, and says no secret.
    habits: { prefers: 'PLAIN' },
  },
  covers: ['strip-caps-segmented'],
});
