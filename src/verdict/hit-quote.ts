import { printable } from '../wire/printable.js';
import { overwritten, placesOf } from './sweep.js';
import type { CanaryHit, ConnectionRecord, Visit } from './visit.js';

/**
 * The bytes in which a canary was found, escaped, without the visit's password and token. Where one of them was found in the same
 * line and cannot be told from the rest (another coding, cut into segments), nothing is quoted: a report must not be what leaks.
 */
export const hitQuote = (hit: CanaryHit, { entries }: ConnectionRecord, visit: Visit): string => {
  const entry = entries[hit.entry];
  if (entry?.kind !== 'bytes') return '…';
  const text = entry.data;
  const masked = overwritten(text, placesOf([visit.canaries.password, visit.canaries.token]).in(text));
  const isLine = (until: number): boolean =>
    !entries
      .slice(hit.entry, until)
      .some((each) => each.kind === 'bytes' && each.from === 'client' && endsLine(each.data));
  const hidesSecret = visit.hits.some(
    ({ canary, connection, entry: at }) =>
      (canary === 'password' || canary === 'token') && connection === hit.connection && at >= hit.entry && isLine(at),
  );
  // A ClientHello says it somewhere among numbers.
  const from = entry.record === true ? Math.max(0, text.indexOf(visit.canaries[hit.canary]) - BEFORE) : 0;
  return hidesSecret && masked === text ? '…' : printable(masked.slice(from, from + LONGEST));
};

const endsLine = (text: string): boolean => text.includes('\n');

/** Characters. */
const LONGEST = 80;
/** Characters before a word in a ClientHello. */
const BEFORE = 8;
