import type { NoteEntry, TranscriptEntry } from './entry.js';

/** Whether an entry notes that this happened. */
export const isNote = (entry: TranscriptEntry, what: NoteEntry['what']): boolean =>
  entry.kind === 'note' && entry.what === what;
