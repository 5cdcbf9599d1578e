import type { BoundaryEntry } from '../wire/entry.js';

/** What a careless server takes over from before TLS: whole lines, or the one that was not finished. */
export const kept = ({ pending }: BoundaryEntry, what: 'lines' | 'fragment'): Buffer => {
  const text = pending.map(({ data }) => data).join('');
  const end = text.lastIndexOf('\n') + 1;
  return Buffer.from(what === 'lines' ? text.slice(0, end) : text.slice(end), 'latin1');
};
