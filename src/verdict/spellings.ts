import { toBase32 } from './base32.js';
import { digestsOf } from './password-digests.js';
import { rot13 } from './rot13.js';
import { printable } from '../wire/printable.js';

/** How a value (latin1, as on the wire) may be written elsewhere, base64 aside: decoded, quoted, percent-coded, quoted-printable, in hexadecimal, in base32, with characters as numbers, in UTF-16 of either order; a longer one also reversed, with letters replaced, and as a digest. */
export const spellingsOf = (value: string): string[] => {
  const bytes = Buffer.from(value, 'latin1');
  const text = bytes.toString('utf8');
  const hex = bytes.toString('hex');
  const percents = percented(value);
  return [
    ...new Set([
      hex,
      value.replace(/[^](?=[^])/g, '$&\0'),
      hex.replace(/../g, '%$&'),
      hex.toUpperCase().replace(/../g, '=$&'),
      percents,
      percents.replaceAll('%20', '+'),
      toBase32(bytes),
      hex.replace(/../g, '\\u00$&'),
      hex.replace(/../g, '\\x$&'),
      hex.replace(/../g, '&#x$&;'),
      value.replace(/[^]/g, (sign) => `&#${String(sign.charCodeAt(0))};`),
      // Of a short one, it may be a word that stands everywhere.
      ...(value.length < LONG ? [] : [value.split('').reverse().join(''), rot13(value), ...digestsOf([value]).keys()]),
      ...(text === value ? [value] : [value, text]).flatMap((each) => [
        each,
        printable(each),
        JSON.stringify(each).slice(1, -1),
        each.replace(/[\\"]/g, '\\$&'),
        each.replace(/[\\']/g, '\\$&'),
        each.replaceAll("'", `'\\''`),
        ...markedUp(each),
      ]),
    ]),
  ];
};

/** Characters. */
const LONG = 12;

/** As in a URL: letters, digits and a few signs stay. */
const percented = (value: string): string =>
  value.replace(/[^\w.~!*'()-]/g, (sign) => `%${(sign.charCodeAt(0) & 0xff).toString(16).padStart(2, '0')}`);

/** As in XML or HTML: what need not be escaped everywhere is in some writers and not in others. */
const markedUp = (value: string): string[] => {
  const least = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const closed = [least, least.replaceAll('>', '&gt;')];
  const quoted = closed.flatMap((each) => [each, each.replaceAll('"', '&quot;'), each.replaceAll('"', '&#34;')]);
  return [...new Set(quoted.flatMap((each) => ["'", '&apos;', '&#39;'].map((sign) => each.replaceAll("'", sign))))];
};
