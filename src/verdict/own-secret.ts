import { fromBase64 } from '../protocols/text.js';
import type { Canaries } from './canaries.js';

/** Whether a credential, as it stands on the wire, is this visit's own: the value itself, quoted, or in a SASL message. */
export const holdsOnlyCanaries = (value: string, canaries: Canaries): boolean => {
  const own: ReadonlySet<string> = new Set([canaries.password, canaries.token, canaries.user, '', '*', '=']);
  const bare = value.replace(/^"(.*)"$/s, '$1').trim();
  if (own.has(bare)) return true;
  const decoded = fromBase64(bare)?.toString('latin1');
  if (decoded === undefined) return false;
  if (own.has(decoded)) return true;
  const bearer = /\x01auth=Bearer ([^\x01]*)\x01/i.exec(decoded)?.[1];
  if (bearer !== undefined) return own.has(bearer);
  const parts = decoded.split('\0');
  return parts.length === 3 && own.has(parts[2] ?? '') && parts[2] !== '';
};

/** The secret values inside a credential as it stands on the wire, for which everything else is to be searched. */
export const valuesIn = (value: string): string[] => {
  const bare = value.replace(/^"(.*)"$/s, '$1').trim();
  const unescaped = bare.replace(/\\(["\\])/g, '$1');
  // What was cut off is decoded as far as it goes.
  const decoded = /^[A-Za-z0-9+/]+={0,2}$/.test(bare) ? Buffer.from(bare, 'base64').toString('latin1') : undefined;
  const bearer = decoded === undefined ? undefined : /auth=Bearer ([^\x01]*)/i.exec(decoded)?.[1];
  const parts = decoded?.split('\0') ?? [];
  return [
    ...new Set([
      value,
      bare,
      unescaped,
      ...(decoded === undefined ? [] : [decoded]),
      ...(bearer === undefined ? [] : [bearer]),
      ...(parts.length === 3 ? parts.slice(2) : []),
    ]),
  ];
};

/** The same of an unfinished command: any of its words may be it. */
export const valuesInUnfinished = (value: string): string[] => {
  const words = [...value.slice(0, LONGEST_UNFINISHED).matchAll(/"(?:[^"\\]|\\.)*"?|[^ \r\n"]+/g)].map(
    ([word]) => word,
  );
  return [...new Set([value, ...words, value.trim().split(' ').slice(1).join(' ')].flatMap(valuesIn))];
};

/** Characters of an unfinished command that may hold words of a login. */
const LONGEST_UNFINISHED = 4096;
