import type { TranscriptEntry } from '../wire/entry.js';
import { printable } from '../wire/printable.js';
import type { Visit } from './visit.js';

/**
 * Where waxseal ended a connection because it would not wait any longer: nobody knows what the client would have done.
 * A sentence; undefined if it waited for the client's own end everywhere.
 */
export const impatience = ({ connections }: Visit): string | undefined => {
  for (const { entries } of connections)
    for (const entry of entries) {
      const words = stopped(entry);
      if (words !== undefined) return words;
    }
  return undefined;
};

const stopped = (entry: TranscriptEntry): string | undefined => {
  if (entry.kind === 'boundary')
    return entry.timeout === undefined
      ? undefined
      : `waxseal stopped waiting for a TLS handshake after ${seconds(entry.timeout)}`;
  if (entry.kind !== 'note') return undefined;
  switch (entry.what) {
    case 'idle':
      return `waxseal stopped waiting for the client after ${seconds(entry.ms)} of silence`;
    case 'answered-end':
      return `waxseal stopped waiting for the client, which had ended TLS, after ${seconds(entry.ms)} of silence`;
    case 'server-late':
      return `waxseal stopped waiting for the real server after ${seconds(entry.ms)}`;
    case 'too-long':
      return `waxseal ended the connection: a ${entry.of} was longer than waxseal accepts`;
    case 'overload':
      return `waxseal ended the connection: all clients together had ${entry.of === 'bytes' ? 'sent' : 'opened'} too much`;
    case 'storm':
      return `asked for ${printable(entry.of)} ${String(entry.count)} times in ${String(Math.round(entry.ms))} ms`;
    case 'failed':
      return 'a bug in waxseal ended the connection';
    default:
      return undefined;
  }
};

const seconds = (ms: number): string => `${String(Math.round(ms / 100) / 10)} s`;
