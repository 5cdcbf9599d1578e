import { createHash } from 'node:crypto';

import { element, elements, TAG } from './der.js';

/**
 * The eight hexadecimal digits by which OpenSSL 1.0 and later finds a CA in a directory.
 * Takes the DER encoding of a Name; malformed DER is hashed as it is.
 */
export const subjectHash = (name: Buffer): string => {
  const digest = createHash('sha1')
    .update(canonicalName(name) ?? name)
    .digest();
  return digest.readUInt32LE(0).toString(16).padStart(8, '0');
};

/** OpenSSL's canonical form: strings as UTF-8 in lower case with single spaces, and no outer SEQUENCE. */
const canonicalName = (name: Buffer): Buffer | undefined => {
  const sets = elements(name)?.[0];
  const canonical = sets && elements(sets.contents)?.map((set) => canonicalSet(set.contents));
  return canonical?.every((set) => set !== undefined) ? Buffer.concat(canonical) : undefined;
};

const canonicalSet = (contents: Buffer): Buffer | undefined => {
  const attributes = elements(contents)?.map((attribute) => {
    const [type, value] = elements(attribute.contents) ?? [];
    return (
      type && value && element(TAG.sequence, type.encoding, canonicalValue(value.tag, value.contents, value.encoding))
    );
  });
  return attributes?.every((attribute) => attribute !== undefined)
    ? element(TAG.set, ...attributes.toSorted((one, other) => one.compare(other)))
    : undefined;
};

const canonicalValue = (tag: number, contents: Buffer, encoding: Buffer): Buffer => {
  const text = decoded(tag, contents);
  if (text === undefined) return encoding;
  const folded = text
    .replace(/^[\t-\r ]+|[\t-\r ]+$/g, '')
    .replace(/[\t-\r ]+/g, ' ')
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return element(TAG.utf8String, Buffer.from(folded, 'utf8'));
};

const decoded = (tag: number, contents: Buffer): string | undefined => {
  switch (tag) {
    case TAG.utf8String:
      return contents.toString('utf8');
    case TAG.printableString:
    case TAG.ia5String:
    case TAG.visibleString:
    case TAG.t61String:
      return contents.toString('latin1');
    case TAG.bmpString:
      return contents.length % 2 === 0 ? Buffer.from(contents).swap16().toString('utf16le') : undefined;
    default:
      return undefined;
  }
};
