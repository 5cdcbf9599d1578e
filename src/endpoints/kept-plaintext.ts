import type { BoundaryEntry } from '../wire/entry.js';

/** What a careless server takes over from before TLS: whole lines, the one that was not finished, or all. */
export const kept = ({ pending }: BoundaryEntry, what: 'lines' | 'fragment' | 'all'): Buffer => {
  const text = pending.map(({ data }) => data).join('');
  if (what === 'all') return Buffer.from(text, 'latin1');
  const end = text.lastIndexOf('\n') + 1;
  return Buffer.from(what === 'lines' ? text.slice(0, end) : text.slice(end), 'latin1');
};
