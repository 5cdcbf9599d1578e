import type { TranscriptEntry } from './entry.js';

/** A scenario sent, changed or did this. */
export const isTampered = (entry: TranscriptEntry): boolean =>
  (entry.kind === 'bytes' && entry.tampered === true) || (entry.kind === 'note' && entry.by === 'scenario');
