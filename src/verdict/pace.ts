import type { ControlFacts, ConnectionRecord, Visit } from './visit.js';
import { isAfterRelease } from './comparison.js';
import { readings } from './evidence.js';
import type { Reading, Said } from './reading.js';
import { IGNORED, verbOf } from './way.js';
import { isNote } from '../wire/notes.js';

/** Milliseconds, at most, from what the server says inside TLS to the client’s next words there; 0 where it says nothing. */
export const paceOf = (read: readonly Reading[]): number =>
  Math.max(0, ...read.map(({ connection }) => longestReaction(connection, true)));

/** The same in clear. */
export const paceInClearOf = (read: readonly Reading[]): number =>
  Math.max(0, ...read.map(({ connection }) => longestReaction(connection, false)));

const longestReaction = ({ entries }: ConnectionRecord, isInside: boolean): number => {
  let longest = 0;
  let heardAt: number | undefined;
  for (const entry of entries) {
    // What a client says when it is disconnected for being idle is no answer to what the server said long before.
    if (isNote(entry, 'farewell')) break;
    if (entry.kind !== 'bytes' || entry.inside !== isInside) continue;
    if (entry.from === 'client' && heardAt !== undefined) longest = Math.max(longest, entry.at - heardAt);
    heardAt = entry.from === 'server' ? entry.at : undefined;
  }
  return longest;
};

/** What a control taught, with the pace of a later visit in which the client took longer to speak; undefined where it hardly did. */
export const atSlowerPace = (control: ControlFacts, visit: Visit): ControlFacts | undefined => {
  const read = readings(visit);
  const [pace, paceInClear] = [paceOf(read), paceInClearOf(read)];
  const { pace: usual = 0, paceInClear: usualInClear = 0 } = control;
  return pace > MUCH_SLOWER * usual || paceInClear > MUCH_SLOWER * usualInClear
    ? { ...control, pace: Math.max(pace, usual), paceInClear: Math.max(paceInClear, usualInClear) }
    : undefined;
};

/** A pause that goes by the pace, and is not much longer than the last one, shows nothing new. */
const MUCH_SLOWER = 1.1;

/**
 * Milliseconds of a pause of ours that a client of this pace stands out against: it is as long again as what its pace is held
 * against, because clients are not equally quick each time.
 */
export const pauseFor = (pace: number, least: number, most: number): number =>
  Math.min(most, Math.max(least, 2 * TIMES * pace));

/**
 * Of a pause so much is a client's own time at most. A slow client that did not wait for the end of the pause would have to speak
 * by chance just after it; one that takes about as long as the pause does so without any chance.
 */
const TIMES = 4;

/**
 * Why nothing follows from a client that spoke only after the withheld answers were released: it may take as long to speak as the
 * server was silent. How long it takes counts from the answers here, and one that did not wait for them began sooner. Undefined
 * where it is quick enough, and where it ended the session itself and said nothing else after the release: a server that is told
 * QUIT ends the silence there and then.
 */
export const slowerThanTheSilence = (read: readonly Reading[]): string | undefined => {
  for (const each of read) {
    if (endedInSilence(each)) continue;
    const silence = silenceOf(each.connection);
    const pace = paceOf([each]);
    if (silence !== undefined && TIMES * pace > silence)
      return `the client takes ${milliseconds(pace)} to speak, and the server was silent for ${milliseconds(silence)} only: which answer it believed is not known`;
  }
  return undefined;
};

/** All that it said after the release is a way out, or nothing, and it was the client who left. */
const endedInSilence = (read: Reading): boolean => {
  const { connection, said } = read;
  if (said.some((each) => each.inside && isAfterRelease(read, each) && !isWayOut(each))) return false;
  return (
    said.some(({ inside, unit }) => inside && unit.moment === 'quit') ||
    connection.entries.some(
      (entry) =>
        (entry.kind === 'outside' && entry.from === 'client') || (entry.kind === 'end' && entry.by === 'client'),
    )
  );
};

const isWayOut = (said: Said): boolean => said.unit.kind === 'command' && IGNORED.has(verbOf(said));

/**
 * Why nothing follows from a client to which a reply came in pieces: by its pace it may have read them all at once, as one reply.
 * Undefined where it spoke between them, or is quicker than they were apart.
 */
export const mayHaveReadAtOnce = ({ control }: Visit, read: readonly Reading[]): string | undefined => {
  for (const each of read) {
    const apart = timeBetweenPieces(each.connection);
    if (apart === undefined) continue;
    const pace = Math.max(paceOf([each]), paceInClearOf([each]), control?.pace ?? 0, control?.paceInClear ?? 0);
    if (TIMES * pace > apart)
      return `the client takes ${milliseconds(pace)} to answer, and the pieces came within ${milliseconds(apart)}: it may have read them at once, as if the reply had not been cut`;
  }
  return undefined;
};

/** Where a server that does not greet says goodbye to a client that has said nothing; -1 where it does not. */
export const goodbyeOf = ({ entries }: ConnectionRecord): number => {
  const from = entries.findIndex((entry) => isNote(entry, 'ungreeted'));
  const next = from === -1 ? -1 : entries.findIndex((entry, index) => index > from && entry.kind === 'bytes');
  const words = entries[next];
  return words?.kind === 'bytes' && words.from === 'server' && words.tampered === true ? next : -1;
};

/**
 * Why nothing follows from a client that said nothing before the server said goodbye in place of a greeting: what it did then it did
 * so late that it may not have waited, but have been about to speak. Undefined where it did something soon.
 */
export const reactedTooLate = (read: readonly Reading[]): string | undefined => {
  for (const { connection } of read) {
    const goodbye = goodbyeOf(connection);
    const from = connection.entries.find((entry) => isNote(entry, 'ungreeted'));
    const to = connection.entries[goodbye];
    const next = connection.entries.find((entry, index) => index > goodbye && entry.kind !== 'note');
    if (from === undefined || to === undefined || next === undefined) continue;
    // Who says nothing after the goodbye either, and leaves when the server closes, waited for that.
    const closed = connection.entries.find((entry, index) => index > goodbye && isNote(entry, 'hung-up'));
    const last = closed !== undefined && closed.at <= next.at ? closed : to;
    const [silence, rest] = [last.at - from.at, next.at - last.at];
    if (TIMES * rest > silence)
      return `waxseal stopped waiting for the client after ${milliseconds(silence)}, and its next sign came ${milliseconds(rest)} later: whether it waited for the greeting is not known`;
  }
  return undefined;
};

/** Milliseconds from the first piece of a reply to its last one, where the client said nothing in between. */
const timeBetweenPieces = ({ entries }: ConnectionRecord): number | undefined => {
  let first: number | undefined;
  let apart: number | undefined;
  for (const entry of entries) {
    if (entry.kind !== 'bytes' || entry.inside) continue;
    if (entry.from === 'server' && entry.tampered === true) {
      if (first === undefined) first = entry.at;
      else apart = Math.max(apart ?? 0, entry.at - first);
    } else if (entry.from === 'client') first = undefined;
  }
  return apart;
};

/** From the client’s first words inside TLS, which may come before the silence does, to the release. */
const silenceOf = ({ entries }: ConnectionRecord): number | undefined => {
  const withheld = entries.find((entry) => isNote(entry, 'withheld'));
  const to = entries.findIndex((entry) => isNote(entry, 'released'));
  const spoke = entries.slice(0, to).find((entry) => entry.kind === 'bytes' && entry.from === 'client' && entry.inside);
  const released = entries[to];
  return withheld === undefined || spoke === undefined || released === undefined
    ? undefined
    : released.at - Math.max(withheld.at, spoke.at);
};

const milliseconds = (ms: number): string => `${String(Math.round(ms))} ms`;
