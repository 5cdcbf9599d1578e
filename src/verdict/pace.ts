import type { ConnectionRecord } from './visit.js';
import type { Reading } from './reading.js';

/** Milliseconds, at most, from what the server says inside TLS to the client’s next words there; 0 where it says nothing. */
export const paceOf = (read: readonly Reading[]): number =>
  Math.max(0, ...read.map(({ connection }) => longestReaction(connection)));

const longestReaction = ({ entries }: ConnectionRecord): number => {
  let longest = 0;
  let heardAt: number | undefined;
  for (const entry of entries) {
    if (entry.kind !== 'bytes' || !entry.inside) continue;
    if (entry.from === 'client' && heardAt !== undefined) longest = Math.max(longest, entry.at - heardAt);
    heardAt = entry.from === 'server' ? entry.at : undefined;
  }
  return longest;
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
      return `the client takes ${milliseconds(pace)} to speak, longer than the server was silent (${milliseconds(silence)}): what it took for an answer cannot be told`;
  }
  return undefined;
};

const silenceOf = ({ entries }: ConnectionRecord): number | undefined => {
  const from = entries.findIndex((entry) => entry.kind === 'note' && entry.what === 'withheld');
  const spoke = entries.slice(from + 1).find((entry) => entry.kind === 'bytes' && entry.from === 'client');
  const released = entries.find((entry, index) => index > from && entry.kind === 'note' && entry.what === 'released');
  return from === -1 || spoke === undefined || released === undefined ? undefined : released.at - spoke.at;
};

const milliseconds = (ms: number): string => `${String(Math.round(ms))} ms`;
