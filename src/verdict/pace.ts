import type { ControlFacts, ConnectionRecord, Visit } from './visit.js';
import { readings } from './evidence.js';
import type { Reading } from './reading.js';
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
    if (entry.kind !== 'bytes' || entry.inside !== isInside) continue;
    if (entry.from === 'client' && heardAt !== undefined) longest = Math.max(longest, entry.at - heardAt);
    heardAt = entry.from === 'server' ? entry.at : undefined;
  }
  return longest;
};

/** What a control taught, with the pace of a later visit in which the client took longer to speak; undefined where it did not. */
export const atSlowerPace = (control: ControlFacts, visit: Visit): ControlFacts | undefined => {
  const read = readings(visit);
  const [pace, paceInClear] = [paceOf(read), paceInClearOf(read)];
  const { pace: usual = 0, paceInClear: usualInClear = 0 } = control;
  return pace > usual || paceInClear > usualInClear
    ? { ...control, pace: Math.max(pace, usual), paceInClear: Math.max(paceInClear, usualInClear) }
    : undefined;
};

/**
 * Why nothing follows from a client that spoke only after the withheld answers were released: it takes longer to speak than the
 * server was silent. Undefined where it is quick enough.
 */
export const slowerThanTheSilence = (read: readonly Reading[]): string | undefined => {
  for (const each of read) {
    const silence = silenceOf(each.connection);
    const pace = paceOf([each]);
    if (silence !== undefined && pace > silence)
      return `the client takes ${milliseconds(pace)} to speak, longer than the server was silent (${milliseconds(silence)}): which answer it believed is not known`;
  }
  return undefined;
};

/**
 * Why nothing follows from a client to which a reply came in pieces: by its pace it may have read them all at once, as one reply.
 * Undefined where it spoke between them, or is quicker than they were apart.
 */
export const mayHaveReadAtOnce = ({ control }: Visit, read: readonly Reading[]): string | undefined => {
  for (const each of read) {
    const apart = timeBetweenPieces(each.connection);
    if (apart === undefined) continue;
    const pace = Math.max(paceOf([each]), paceInClearOf([each]), control?.pace ?? 0, control?.paceInClear ?? 0);
    if (pace >= apart)
      return `the client takes ${milliseconds(pace)} to answer, and the pieces came within ${milliseconds(apart)}: it may have read them at once, as if the reply had not been cut`;
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
